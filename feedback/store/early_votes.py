"""Votes on texts that were still being written: kept until there is something to rate."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, delete, select
from sqlmodel import col

from feedback.database import Database
from feedback.store.ratings import check_value, count_in
from feedback.store.readers import Readers
from feedback.store.upsert import insert_into, values_of
from feedback.tables import EarlyVote, Prompt, Rating

# Whoever keeps the text waits for this vote, and finds it (PostgreSQL).
_HELD_STILL = (
    select(col(Prompt.id))
    .where(col(Prompt.id) == bindparam("which"), col(Prompt.status).in_(["waiting", "writing"]))
    .with_for_update()
)
_TAKEN = (
    delete(EarlyVote)
    .where(col(EarlyVote.prompt_id) == bindparam("which"))
    .returning(*(col(getattr(EarlyVote, name)) for name in ("id", "reader_id", "source", "value", "key")))
)


class EarlyVotes:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def keep(
        self,
        prompt_id: int,
        platform: str,
        workspace: str,
        user: str,
        value: float | None,
        source: str,
        key: str = "",
    ) -> bool:
        """Keep a vote on a text whose place a message holds. False if it is not being written any more."""
        check_value(value)
        with self._database.writing_rows() as rows:
            if rows.scalar(_HELD_STILL, {"which": prompt_id}) is None:
                return False
            vote = EarlyVote(
                prompt_id=prompt_id,
                reader_id=self._readers.kept(rows, platform, workspace, user),
                source=source,
                value=value,
                key=self._readers.mark(key),
            )
            rows.execute(_new(self._database.dialect), values_of(vote))
            return True


def count_early_votes(rows: Connection, prompt_id: int, completion_id: int) -> None:
    """In the transaction that keeps a text: what readers held of it while it was written, in their order.

    They are ratings of this moment, not of the tap: a dataset that was made in between has not seen them,
    and the next one has to count them as new.
    """
    early: Any
    for early in sorted(rows.execute(_TAKEN, {"which": prompt_id}), key=lambda row: row.id):
        row = Rating(
            completion_id=completion_id,
            reader_id=early.reader_id,
            source=early.source,
            value=early.value or 0.0,
        )
        count_in(rows, row, early.value, early.key)


@cache
def _new(dialect: str) -> Executable:
    return insert_into(EarlyVote, dialect).on_conflict_do_nothing(index_elements=["key"])
