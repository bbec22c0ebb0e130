"""The queue of prompts that wait for a writer: how long it is, who is where, when it is full."""

from typing import Any

from sqlalchemy import func, literal_column
from sqlalchemy.orm import Session
from sqlmodel import col, select

from feedback.conversation import QueueFull, QuotaUsed, ReaderWaits, WaitingLimits
from feedback.database import Database
from feedback.store.day import midnight
from feedback.tables import Completion, Prompt, now

# Spelled out, not bound: SQLite uses the partial index only for the very words of its condition.
_WAITING: Any = col(Prompt.status) == literal_column("'waiting'")
_RECENT = 20  # Texts that the time one takes is estimated from.


class Queue:
    def __init__(self, database: Database) -> None:
        self._database = database

    def ahead(self, prompt_id: int) -> int:
        """How many prompts that came before this one are not finished."""
        unfinished = col(Prompt.status).in_(["waiting", "writing"])
        with self._database.reading() as session:
            return _count(session, unfinished, col(Prompt.id) < prompt_id)

    def ahead_of_own(self, prompt_id: int) -> int:
        """How many prompts of the same reader that came before this one are not finished."""
        unfinished = col(Prompt.status).in_(["waiting", "writing"])
        asker = select(col(Prompt.reader_id)).where(col(Prompt.id) == prompt_id).scalar_subquery()
        with self._database.reading() as session:
            return _count(session, unfinished, col(Prompt.id) < prompt_id, col(Prompt.reader_id) == asker)

    def next_of(self, reader_id: int) -> int | None:
        """The reader's oldest prompt that waits."""
        own = select(col(Prompt.id)).where(_WAITING, col(Prompt.reader_id) == reader_id)
        with self._database.reading() as session:
            return session.scalar(own.order_by(col(Prompt.id)).limit(1))

    def under_way(self) -> int:
        """How many prompts are being written."""
        with self._database.reading() as session:
            return _count(session, col(Prompt.status) == "writing")

    def seconds_per_text(self) -> float | None:
        """What the newest texts took, on average; None before the first."""
        newest = select(col(Completion.total_ms)).order_by(col(Completion.id).desc()).limit(_RECENT)
        with self._database.reading() as session:
            mean = session.scalar(select(func.avg(newest.subquery().c.total_ms)))
            return None if mean is None else float(mean) / 1000


def check_room(session: Session, reader_id: int, limits: WaitingLimits) -> None:
    """After an insert: raises QuotaUsed, ReaderWaits or QueueFull if it has to go, which undoes the insert.

    Who asks at the same time on PostgreSQL is not seen: the bound is passed by as many at most.
    """
    if limits.per_day:
        today = (col(Prompt.created_at) >= midnight(now()), col(Prompt.status) != "failed")
        asked = _count(session, col(Prompt.reader_id) == reader_id, *today) - 1
        if asked >= limits.per_day:
            raise QuotaUsed(asked)
    own = _count(session, _WAITING, col(Prompt.reader_id) == reader_id) - 1
    if own >= limits.per_reader:
        raise ReaderWaits(own)
    waiting = _count(session, _WAITING) - 1
    if waiting >= limits.in_all:
        raise QueueFull(waiting)


def _count(session: Session, *which: Any) -> int:
    return session.execute(select(func.count()).select_from(Prompt).where(*which)).scalar_one()
