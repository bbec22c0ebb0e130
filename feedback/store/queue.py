"""The queue of prompts that wait for a writer: how long it is, who is where, when it is full."""

from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, literal_column
from sqlmodel import col, select

from feedback.conversation import QueueFull, QuotaUsed, ReaderWaits, WaitingLimits
from feedback.database import Database
from feedback.store.day import midnight
from feedback.tables import Completion, Prompt, now

# Spelled out, not bound: SQLite uses the partial index only for the very words of its condition.
_WAITING: Any = col(Prompt.status) == literal_column("'waiting'")
_RECENT = 20  # Texts that the time one takes is estimated from.
_UNFINISHED_BEFORE = (
    col(Prompt.status).in_(["waiting", "writing"]),
    col(Prompt.id) < bindparam("which"),
)
_ITS_ASKER = select(col(Prompt.reader_id)).where(col(Prompt.id) == bindparam("which")).scalar_subquery()
_OF_THE_READER = col(Prompt.reader_id) == bindparam("reader")


def _how_many(*which: Any) -> Select[Any]:
    return select(func.count()).select_from(Prompt).where(*which)


_AHEAD = _how_many(*_UNFINISHED_BEFORE)
_AHEAD_OF_OWN = _how_many(*_UNFINISHED_BEFORE, col(Prompt.reader_id) == _ITS_ASKER)
_NEXT = select(col(Prompt.id)).where(_WAITING, _OF_THE_READER).order_by(col(Prompt.id)).limit(1)
_UNDER_WAY = _how_many(col(Prompt.status) == "writing")
_ASKED_SINCE = _how_many(
    _OF_THE_READER, col(Prompt.created_at) >= bindparam("since"), col(Prompt.status) != "failed"
)
WAITING_IN_ALL = _how_many(_WAITING)
_WAITING_OF_READER_AND_IN_ALL = select(
    _how_many(_WAITING, _OF_THE_READER).scalar_subquery(), WAITING_IN_ALL.scalar_subquery()
)


class Queue:
    def __init__(self, database: Database) -> None:
        self._database = database

    def ahead(self, prompt_id: int) -> int:
        """How many prompts that came before this one are not finished."""
        return self._count(_AHEAD, which=prompt_id)

    def ahead_of_own(self, prompt_id: int) -> int:
        """How many prompts of the same reader that came before this one are not finished."""
        return self._count(_AHEAD_OF_OWN, which=prompt_id)

    def next_of(self, reader_id: int) -> int | None:
        """The reader's oldest prompt that waits."""
        with self._database.reading_rows() as rows:
            return rows.scalar(_NEXT, {"reader": reader_id})

    def under_way(self) -> int:
        """How many prompts are being written."""
        return self._count(_UNDER_WAY)

    def seconds_per_text(self) -> float | None:
        """What the newest texts took, on average; None before the first."""
        newest = select(col(Completion.total_ms)).order_by(col(Completion.id).desc()).limit(_RECENT)
        with self._database.reading() as session:
            mean = session.scalar(select(func.avg(newest.subquery().c.total_ms)))
            return None if mean is None else float(mean) / 1000

    def _count(self, count: Select[Any], **which: int) -> int:
        with self._database.reading_rows() as rows:
            return int(rows.execute(count, which).scalar_one())


def check_room(rows: Connection, reader_id: int, limits: WaitingLimits) -> None:
    """After an insert: raises QuotaUsed, ReaderWaits or QueueFull if it has to go, which undoes the insert.

    Who asks at the same time on PostgreSQL is not seen: the bound is passed by as many at most.
    """
    if limits.per_day:
        today = {"reader": reader_id, "since": midnight(now())}
        asked = rows.execute(_ASKED_SINCE, today).scalar_one() - 1
        if asked >= limits.per_day:
            raise QuotaUsed(asked)
    own, waiting = rows.execute(_WAITING_OF_READER_AND_IN_ALL, {"reader": reader_id}).one()
    if own > limits.per_reader:
        raise ReaderWaits(own - 1)
    if waiting > limits.in_all:
        raise QueueFull(waiting - 1)
