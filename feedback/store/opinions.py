"""What readers held of what they got, by when they said so."""

from collections import Counter
from datetime import date, datetime

from sqlalchemy import Float, func, type_coerce
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import DayOfVotes, Opinion
from feedback.tables import Completion, Rating, RatingEvent, Reader

_MOST = 20_000  # Votes that are looked at; older ones of a very busy week count for nothing.


class Opinions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, moment: datetime) -> list[Opinion]:
        """The votes since then, as they were given, of readers who are not blocked."""
        newest = (
            select(RatingEvent.reader_id, type_coerce(col(RatingEvent.value), Float), RatingEvent.created_at)
            .join(Reader, col(RatingEvent.reader_id) == col(Reader.id))
            .where(col(RatingEvent.created_at) >= moment, col(RatingEvent.value).is_not(None))
            .where(col(Reader.blocked_at).is_(None))
            .order_by(col(RatingEvent.id).desc())
            .limit(_MOST)
        )
        with self._database.reading() as session:
            return [Opinion(*row) for row in reversed(session.execute(newest).all())]

    def by_day(self, since: datetime) -> list[DayOfVotes]:
        """Standing likes and dislikes by the day (UTC) when they were given, oldest first."""
        standing = select(Rating.updated_at, Rating.value).where(
            col(Rating.revoked_at).is_(None), col(Rating.updated_at) >= since, col(Rating.value) != 0
        )
        liked: Counter[date] = Counter()
        disliked: Counter[date] = Counter()
        with self._database.reading() as session:
            for moment, value in session.execute(standing):
                (liked if value > 0 else disliked)[moment.date()] += 1
        return [DayOfVotes(day, liked[day], disliked[day]) for day in sorted({*liked, *disliked})]

    def written(self, since: datetime) -> int:
        """How many pieces were written since then."""
        pieces = select(func.count()).select_from(Completion).where(col(Completion.created_at) >= since)
        with self._database.reading() as session:
            return session.execute(pieces).scalar_one()
