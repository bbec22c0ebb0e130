"""A row as a line of JSON, the same from SQLite as from PostgreSQL, and back."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime


def line_of(values: Sequence[Any]) -> bytes:
    return json.dumps([_plain(value) for value in values], ensure_ascii=False).encode() + b"\n"


def values_of(line: bytes, columns: Sequence[Column[Any]]) -> dict[str, Any]:
    """By the columns' names. Raises ValueError for a line that is no row of them."""
    values = json.loads(line)
    return {
        column.name: datetime.fromisoformat(value) if _is_moment(column) and value is not None else value
        for column, value in zip(columns, values, strict=True)
    }


def _plain(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)  # SQLite forgets time zones; ours are UTC.
    return aware.astimezone(UTC).isoformat()


def _is_moment(column: Column[Any]) -> bool:
    return isinstance(column.type, DateTime)
