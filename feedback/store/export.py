"""Export: everything that is kept of a reader, as plain values."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session
from sqlmodel import SQLModel, col, select

from feedback.database import Database
from feedback.store.readers import Readers
from feedback.tables import (
    Completion,
    Demonstration,
    EarlyVote,
    Message,
    Preference,
    Prompt,
    Rating,
    RatingEvent,
    Reader,
)

# Of no meaning outside: who holds a prompt, and which tap a vote came from.
_OURS = {"lease", "lease_until", "courier", "courier_until", "key"}


class Export:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def everything(self, platform: str, workspace: str, user: str) -> dict[str, Any]:
        """Rows by table, of which each can be written as JSON; a reader who is not known has none."""
        with self._database.reading() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            if reader_id is None:
                return {"reader": None}
            prompts = select(col(Prompt.id)).where(col(Prompt.reader_id) == reader_id)
            return {
                "reader": _rows(session, Reader, col(Reader.id) == reader_id)[0],
                "prompts": _rows(session, Prompt, col(Prompt.reader_id) == reader_id),
                "completions": _rows(session, Completion, col(Completion.prompt_id).in_(prompts)),
                "messages": _rows(session, Message, col(Message.prompt_id).in_(prompts)),
                **{name: _rows(session, table, col(table.reader_id) == reader_id) for name, table in _HELD},
            }


_HELD: tuple[tuple[str, Any], ...] = (
    ("ratings", Rating),
    ("rating_events", RatingEvent),
    ("early_votes", EarlyVote),
    ("preferences", Preference),
    ("demonstrations", Demonstration),
)


def _rows(session: Session, table: Any, which: Any) -> list[dict[str, Any]]:
    found: Iterable[SQLModel] = session.scalars(select(table).where(which).order_by(col(table.id)))
    return [row.model_dump(mode="json", exclude=_OURS) for row in found]
