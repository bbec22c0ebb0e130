"""Votes on texts that were still being written: kept until there is something to rate."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, delete, select
from sqlmodel import col

from feedback.database import Database
from feedback.store.ratings import count_in
from feedback.store.readers import Readers
from feedback.store.upsert import insert_into, values_of
from feedback.tables import EarlyVote, Message, Prompt, Rating

_MESSAGES_PROMPT = select(col(Message.prompt_id)).where(
    col(Message.platform) == bindparam("its_platform"),
    col(Message.chat) == bindparam("its_chat"),
    col(Message.message) == bindparam("its_message"),
)
_BEING_WRITTEN = select(col(Prompt.id)).where(
    col(Prompt.id) == _MESSAGES_PROMPT.scalar_subquery(), col(Prompt.status).in_(["waiting", "writing"])
)
# Whoever keeps the text waits for this vote, and finds it (PostgreSQL).
_HELD_STILL = _BEING_WRITTEN.with_for_update()
_TAKEN = (
    delete(EarlyVote)
    .where(col(EarlyVote.prompt_id) == bindparam("which"))
    .returning(
        *(
            col(getattr(EarlyVote, name))
            for name in ("id", "reader_id", "source", "value", "key", "created_at")
        )
    )
)


class EarlyVotes:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def keep(
        self,
        platform: str,
        workspace: str,
        user: str,
        chat: str,
        message: str,
        value: float | None,
        source: str,
        key: str = "",
    ) -> bool:
        """Keep a vote on a message that holds a text's place. False if nothing is being written there."""
        if value is not None and not -1 <= value <= 1:
            raise ValueError(f"a rating lies between -1 and 1: {value}")
        this = {"its_platform": platform, "its_chat": chat, "its_message": message}
        with self._database.reading_rows() as rows:  # Mostly it is somebody else's message.
            if rows.scalar(_BEING_WRITTEN, this) is None:
                return False
        with self._database.writing_rows() as rows:
            prompt_id = rows.scalar(_HELD_STILL, this)
            if prompt_id is None:
                return False
            vote = EarlyVote(
                prompt_id=prompt_id,
                reader_id=self._readers.kept(rows, platform, workspace, user),
                source=source,
                value=value,
                key=self._readers.user_key(key) if key else None,
            )
            rows.execute(_new(self._database.dialect), values_of(vote))
            return True


def count_early_votes(rows: Connection, prompt_id: int, completion_id: int) -> None:
    """In the transaction that keeps a text: what readers held of it while it was written, in their order."""
    early: Any
    for early in sorted(rows.execute(_TAKEN, {"which": prompt_id}), key=lambda row: row.id):
        row = Rating(
            completion_id=completion_id,
            reader_id=early.reader_id,
            source=early.source,
            value=early.value or 0.0,
            created_at=early.created_at,
            updated_at=early.created_at,
        )
        count_in(rows, row, early.value, early.key)


@cache
def _new(dialect: str) -> Executable:
    return insert_into(EarlyVote, dialect).on_conflict_do_nothing(index_elements=["key"])
