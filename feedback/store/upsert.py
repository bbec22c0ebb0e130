"""Insert statements that both databases take, each free to say what happens on a conflict."""

from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from feedback.database import Transaction

Insert = sqlite.Insert | postgresql.Insert


def insert(into: Transaction, row: SQLModel) -> Insert:
    return insert_into(type(row), dialect_of(into)).values(values_of(row))


@cache
def insert_into(table: type[SQLModel], dialect: str) -> Insert:
    """Without values, which are given when it is executed: what is done often is built once."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def dialect_of(transaction: Transaction) -> str:
    bound = transaction.get_bind() if isinstance(transaction, Session) else transaction
    return bound.dialect.name


def values_of(row: SQLModel) -> dict[str, Any]:
    return {name: storable(getattr(row, name)) for name in type(row).model_fields if name != "id"}


def storable(value: Any) -> Any:
    """Text without what PostgreSQL (NUL) or either database (half a surrogate pair) refuses."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    return value
