"""Ratings: one row per completion, reader and source, and every vote that led to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, literal, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from feedback.database import Database
from feedback.records import StandingRating
from feedback.store.readers import Readers
from feedback.store.upsert import Insert, insert
from feedback.tables import Demonstration, Rating, RatingEvent, UtcDateTime

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
        try:
            with self._database.writing() as session:
                row = Rating(
                    completion_id=completion_id,
                    reader_id=self._readers.kept(session, platform, workspace, user),
                    source=source,
                    value=value or 0.0,
                    reason=reason,
                    comment=comment,
                )
                standing = None
                if value is None:
                    _withdraw(session, row)
                else:
                    standing = _vote(session, row, toggle=toggle)
                # After the vote, which waits for others of this reader: so their order is the same.
                _enter(session, row, standing, self._readers.user_key(key) if key else None)
                return standing
        except _KnownVoteError:  # Undone.
            with self._database.reading() as session:
                return _standing(session, row)

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


def _vote(session: Session, row: Rating, *, toggle: bool) -> float | None:
    """One statement decides, whoever else votes at the same time."""
    new = insert(session, row)
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
        "revoked_at": _revoked_if(same, row.updated_at) if toggle else None,
    }
    voted: Insert = new.on_conflict_do_update(index_elements=_KEY, set_=changes)
    value, revoked_at = session.execute(voted.returning(col(Rating.value), col(Rating.revoked_at))).one()
    return float(value) if revoked_at is None else None


def _revoked_if(same: Any, moment: datetime) -> Any:
    return case((same, literal(moment, UtcDateTime())), else_=None)


def _withdraw(session: Session, row: Rating) -> None:
    session.execute(
        update(Rating)
        .where(
            col(Rating.completion_id) == row.completion_id,
            col(Rating.reader_id) == row.reader_id,
            col(Rating.source) == row.source,
            col(Rating.revoked_at).is_(None),
        )
        .values(revoked_at=row.updated_at, updated_at=row.updated_at)
    )


def _enter(session: Session, row: Rating, standing: float | None, key: str | None) -> None:
    """Add the vote to the history. Raises _KnownVoteError if its key is there already."""
    event = RatingEvent(
        completion_id=row.completion_id,
        reader_id=row.reader_id,
        source=row.source,
        value=standing,
        reason=row.reason,
        key=key,
        created_at=row.updated_at,
    )
    new = insert(session, event).on_conflict_do_nothing(index_elements=["key"])
    if session.execute(new.returning(col(RatingEvent.id))).scalar() is None:
        raise _KnownVoteError


def _standing(session: Session, row: Rating) -> float | None:
    same = (getattr(Rating, name) == getattr(row, name) for name in _KEY)
    return session.scalar(select(col(Rating.value)).where(*same, col(Rating.revoked_at).is_(None)))
