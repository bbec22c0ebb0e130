"""Pauses: while an operator wants it, no request is taken."""

from sqlalchemy import update
from sqlmodel import col, select

from feedback.database import Database
from feedback.store.upsert import insert
from feedback.tables import Pause, now

_OPEN = col(Pause.ended_at).is_(None)
_PAUSED = select(col(Pause.id)).where(_OPEN).limit(1)


class Pauses:
    def __init__(self, database: Database) -> None:
        self._database = database

    def paused(self) -> bool:
        with self._database.reading_rows() as rows:
            return rows.scalar(_PAUSED) is not None

    def begin(self) -> None:
        """Safe to repeat."""
        with self._database.writing() as session:
            if session.scalar(_PAUSED) is None:
                session.execute(insert(session, Pause()))

    def end(self) -> None:
        """Safe to repeat."""
        with self._database.writing() as session:
            session.execute(update(Pause).where(_OPEN).values(ended_at=now()))
