"""Pauses: while an operator wants it, no request is taken, or no run on ratings begins."""

from typing import Literal

from sqlalchemy import bindparam, update
from sqlmodel import col, select

from feedback.database import Database
from feedback.store.upsert import insert
from feedback.tables import Pause, now

_PAUSED = (
    select(col(Pause.id))
    .where(col(Pause.what) == bindparam("held_back"), col(Pause.ended_at).is_(None))
    .limit(1)
)


class Pauses:
    """Of requests, or of learning: each goes on while the other is held back."""

    def __init__(self, database: Database, what: Literal["requests", "learning"]) -> None:
        self._database = database
        self._what = what
        self._this = {"held_back": what}

    def paused(self) -> bool:
        with self._database.reading_rows() as rows:
            return rows.scalar(_PAUSED, self._this) is not None

    def begin(self) -> None:
        """Safe to repeat."""
        with self._database.writing() as session:
            if session.scalar(_PAUSED, self._this) is None:
                session.execute(insert(session, Pause(what=self._what)))

    def end(self) -> None:
        """Safe to repeat."""
        with self._database.writing() as session:
            mine = (col(Pause.what) == self._what, col(Pause.ended_at).is_(None))
            session.execute(update(Pause).where(*mine).values(ended_at=now()))
