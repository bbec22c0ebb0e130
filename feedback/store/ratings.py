"""Ratings: one row per completion, reader and source, and every vote that led to it."""

from typing import Any

from sqlalchemy import Executable, Result, and_, case, func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from feedback.database import Database
from feedback.records import StandingRating, UnknownRow
from feedback.store.readers import Readers
from feedback.store.upsert import Insert, insert
from feedback.tables import Completion, Demonstration, Rating, RatingEvent

_KEY = ["completion_id", "reader_id", "source"]


class _KnownVoteError(Exception):
    """Raised to undo a vote that came before."""


class Ratings:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def rate(
        self,
        platform: str,
        workspace: str,
        user: str,
        completion_id: int,
        value: float | None,
        source: str,
        toggle: bool = False,
        reason: str | None = None,
        comment: str | None = None,
        key: str = "",
    ) -> float | None:
        """The value that stands after this vote; None clears. A vote whose key is known changes nothing.

        Raises UnknownRow, ValueError.
        """
        if value is not None and not -1 <= value <= 1:
            raise ValueError(f"a rating lies between -1 and 1: {value}")
        self._must_exist(completion_id)
        row = Rating(
            completion_id=completion_id,
            reader_id=self._readers.id_of(self._database, platform, workspace, user),
            source=source,
            value=value or 0.0,
            reason=reason,
            comment=comment,
        )
        # Made before it is this transaction's turn: all others wait while it lasts.
        vote = _withdrawal(row) if value is None else _vote(insert(self._database, row), toggle=toggle)
        event = insert(self._database, _event(row, self._readers.user_key(key) if key else None))
        try:
            with self._database.writing() as session:
                standing = _standing_after(session.execute(vote))
                # After the vote, which waits for others of this reader: so their order is the same.
                _enter(session, event, standing)
                return standing
        except _KnownVoteError:  # Undone.
            with self._database.reading() as session:
                return _standing(session, row)

    def _must_exist(self, completion_id: int) -> None:
        """Before its reader is kept: who rates nothing leaves nothing. Raises UnknownRow."""
        with self._database.reading() as session:
            if session.scalar(select(col(Completion.id)).where(col(Completion.id) == completion_id)) is None:
                raise UnknownRow(f"completion {completion_id}")

    def demonstrate(self, platform: str, workspace: str, user: str, completion_id: int, text: str) -> None:
        """Keep a reader's own version of a completion. Raises UnknownRow."""
        with self._database.writing() as session:
            reader_id = self._readers.kept(session, platform, workspace, user)
            own = Demonstration(completion_id=completion_id, reader_id=reader_id, text=text)
            session.execute(insert(session, own))

    def of(self, completion_id: int) -> list[StandingRating]:
        """What readers hold of the completion now."""
        standing = (col(Rating.completion_id) == completion_id, col(Rating.revoked_at).is_(None))
        with self._database.reading() as session:
            rows = session.scalars(select(Rating).where(*standing).order_by(col(Rating.id)))
            return [
                StandingRating(r.reader_id, r.source, r.value, r.reason, r.updated_at, r.comment)
                for r in rows
            ]


def _vote(new: Insert, *, toggle: bool) -> Executable:
    """One statement decides, whoever else votes at the same time."""
    same = and_(col(Rating.revoked_at).is_(None), col(Rating.value) == new.excluded.value)
    changes: dict[str, Any] = {
        "value": new.excluded.value,
        # Given later, of the same vote, they add to it; another vote begins anew.
        **{
            name: case(
                (same, func.coalesce(new.excluded[name], getattr(Rating, name))), else_=new.excluded[name]
            )
            for name in ("reason", "comment")
        },
        "updated_at": new.excluded.updated_at,
        "revoked_at": case((same, new.excluded.updated_at), else_=None) if toggle else None,
    }
    voted: Insert = new.on_conflict_do_update(index_elements=_KEY, set_=changes)
    return voted.returning(col(Rating.value), col(Rating.revoked_at))


def _withdrawal(row: Rating) -> Executable:
    return (
        update(Rating)
        .where(
            col(Rating.completion_id) == row.completion_id,
            col(Rating.reader_id) == row.reader_id,
            col(Rating.source) == row.source,
            col(Rating.revoked_at).is_(None),
        )
        .values(revoked_at=row.updated_at, updated_at=row.updated_at)
        .returning(col(Rating.value), col(Rating.revoked_at))
    )


def _standing_after(vote: Result[Any]) -> float | None:
    voted: Any = vote.first()
    return float(voted.value) if voted is not None and voted.revoked_at is None else None


def _event(row: Rating, key: str | None) -> RatingEvent:
    return RatingEvent(
        completion_id=row.completion_id,
        reader_id=row.reader_id,
        source=row.source,
        value=None,
        reason=row.reason,
        key=key,
        created_at=row.updated_at,
    )


def _enter(session: Session, event: Insert, standing: float | None) -> None:
    """Add the vote to the history. Raises _KnownVoteError if its key is there already."""
    new = event.values(value=standing).on_conflict_do_nothing(index_elements=["key"])
    if session.execute(new.returning(col(RatingEvent.id))).scalar() is None:
        raise _KnownVoteError


def _standing(session: Session, row: Rating) -> float | None:
    same = (getattr(Rating, name) == getattr(row, name) for name in _KEY)
    return session.scalar(select(col(Rating.value)).where(*same, col(Rating.revoked_at).is_(None)))
