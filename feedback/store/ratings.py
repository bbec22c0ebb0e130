"""Ratings: one row per completion, reader and source, and every vote that led to it."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, and_, bindparam, case, func, select, update
from sqlmodel import col

from feedback.database import Database
from feedback.records import StandingRating, UnknownRow
from feedback.store.readers import KNOWN, Readers
from feedback.store.upsert import Insert, insert, insert_into, values_of
from feedback.tables import Completion, Demonstration, Rating, RatingEvent

_KEY = ["completion_id", "reader_id", "source"]
_THIS_RATING = [col(getattr(Rating, name)) == bindparam(f"its_{name}") for name in _KEY]
_STANDING = select(col(Rating.value)).where(*_THIS_RATING, col(Rating.revoked_at).is_(None))
_WITHDRAWAL: Executable = (
    update(Rating)
    .where(*_THIS_RATING, col(Rating.revoked_at).is_(None))
    .values(revoked_at=bindparam("moment"), updated_at=bindparam("moment"))
    .returning(col(Rating.value), col(Rating.revoked_at))
)
_PIECE_AND_RATER = select(
    select(col(Completion.id)).where(col(Completion.id) == bindparam("which")).scalar_subquery(),
    KNOWN.scalar_subquery(),
)


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
        check_value(value)
        row = Rating(
            completion_id=completion_id,
            reader_id=self._rater(platform, workspace, user, completion_id),
            source=source,
            value=value or 0.0,
            reason=reason,
            comment=comment,
        )
        # Made before it is this transaction's turn: all others wait while it lasts.
        vote, values = _cast(self._database.dialect, row, value, toggle=toggle)
        event = values_of(_event(row, self._readers.mark(key)))
        try:
            with self._database.writing_rows() as rows:
                standing = _standing_after(rows, vote, values)
                # After the vote, which waits for others of this reader: so their order is the same.
                _enter(rows, event | {"value": standing})
                return standing
        except _KnownVoteError:  # Undone.
            with self._database.reading_rows() as rows:
                return rows.scalar(_STANDING, _this(row))

    def _rater(self, platform: str, workspace: str, user: str, completion_id: int) -> int:
        """The reader's id, kept if need be: but who rates nothing leaves nothing. Raises UnknownRow."""
        both = self._readers.this(platform, workspace, user) | {"which": completion_id}
        with self._database.reading_rows() as rows:
            piece, reader_id = rows.execute(_PIECE_AND_RATER, both).one()
        if piece is None:
            raise UnknownRow(f"completion {completion_id}")
        return reader_id or self._readers.id_of(self._database, platform, workspace, user)

    def demonstrate(
        self, platform: str, workspace: str, user: str, completion_id: int, text: str, key: str = ""
    ) -> None:
        """Keep a reader's own version of a completion; one whose key is known changes nothing.

        Raises UnknownRow.
        """
        with self._database.writing() as session:
            reader_id = self._readers.kept(session, platform, workspace, user)
            own = Demonstration(
                completion_id=completion_id,
                reader_id=reader_id,
                text=text,
                key=self._readers.mark(key),
            )
            session.execute(insert(session, own).on_conflict_do_nothing(index_elements=["key"]))

    def of(self, completion_id: int) -> list[StandingRating]:
        """What readers hold of the completion now."""
        standing = (col(Rating.completion_id) == completion_id, col(Rating.revoked_at).is_(None))
        with self._database.reading() as session:
            rows = session.scalars(select(Rating).where(*standing).order_by(col(Rating.id)))
            return [
                StandingRating(r.reader_id, r.source, r.value, r.reason, r.updated_at, r.comment)
                for r in rows
            ]


def check_value(value: float | None) -> None:
    """Raises ValueError for what is no rating; None clears one."""
    if value is not None and not -1 <= value <= 1:
        raise ValueError(f"a rating lies between -1 and 1: {value}")


def count_in(rows: Connection, row: Rating, value: float | None, key: str | None) -> None:
    """A vote that was given before there was anything to rate, unless its key is known; None clears."""
    dialect = rows.dialect.name
    if rows.scalar(_entry(dialect), values_of(_event(row, key)) | {"value": value}) is not None:
        rows.execute(*_cast(dialect, row, value, toggle=False))


def _cast(
    dialect: str, row: Rating, value: float | None, *, toggle: bool
) -> tuple[Executable, dict[str, Any]]:
    """The statement of a vote, and what it is given."""
    if value is not None:
        return _vote(dialect, toggle=toggle), values_of(row)
    return _WITHDRAWAL, _this(row) | {"moment": row.updated_at}


def _this(row: Rating) -> dict[str, Any]:
    return {f"its_{name}": getattr(row, name) for name in _KEY}


@cache
def _vote(dialect: str, *, toggle: bool) -> Executable:
    """One statement decides, whoever else votes at the same time."""
    new = insert_into(Rating, dialect)
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


def _enter(rows: Connection, event: dict[str, Any]) -> None:
    """Add the vote to the history. Raises _KnownVoteError if its key is there already."""
    if rows.scalar(_entry(rows.dialect.name), event) is None:
        raise _KnownVoteError


@cache
def _entry(dialect: str) -> Executable:
    new = insert_into(RatingEvent, dialect).on_conflict_do_nothing(index_elements=["key"])
    return new.returning(col(RatingEvent.id))


def _standing_after(rows: Connection, vote: Executable, values: dict[str, Any]) -> float | None:
    voted: Any = rows.execute(vote, values).first()
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
