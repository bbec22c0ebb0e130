"""Where a test's database lies: how to look into it past the store, and how to take it away."""

import uuid
from pathlib import Path
from typing import Any, Protocol, Self

import psycopg
from sqlalchemy import make_url, text
from sqlmodel import SQLModel

from feedback.database import connect


class Place(Protocol):
    url: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database itself says."""

    def change(self, statement: str) -> None:
        """What an operator does by hand."""

    def take_away(self) -> None: ...


class _Looking:
    url: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        engine = connect(self.url)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(query))]
        engine.dispose()
        return found

    def change(self, statement: str) -> None:
        engine = connect(self.url)
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()


class FilePlace(_Looking):
    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"

    def take_away(self) -> None:
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()


class ServerPlace(_Looking):
    """A database of its own on the server, dropped at the end."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._name = f"test_{uuid.uuid4().hex}"
        self.url = make_url(server).set(database=self._name).render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        self._order(f"CREATE DATABASE {self._name}")
        return self

    def __exit__(self, *_: object) -> None:
        self.take_away()

    def empty(self) -> None:
        tables = ", ".join(SQLModel.metadata.tables)
        self.change(f"TRUNCATE {tables} RESTART IDENTITY")

    def take_away(self) -> None:
        self._order(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    def _order(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())
