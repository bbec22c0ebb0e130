"""Insert statements that both databases take, each free to say what happens on a conflict."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from feedback.database import Database

Insert = sqlite.Insert | postgresql.Insert


def insert(into: Session | Database, row: SQLModel) -> Insert:
    table, values = type(row), values_of(row)
    dialect = into.dialect if isinstance(into, Database) else into.get_bind().dialect.name
    if dialect == "sqlite":
        return sqlite.insert(table).values(values)
    return postgresql.insert(table).values(values)


def values_of(row: SQLModel) -> dict[str, Any]:
    return {name: storable(getattr(row, name)) for name in type(row).model_fields if name != "id"}


def storable(value: Any) -> Any:
    """Text without what PostgreSQL (NUL) or either database (half a surrogate pair) refuses."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    return value
