"""Days in UTC, and what happened in the one that is now."""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from feedback.database import Database
from feedback.tables import Completion, Rating, now


def midnight(moment: datetime) -> datetime:
    """With which the day of a moment in UTC began."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


class Day:
    def __init__(self, database: Database) -> None:
        self._database = database

    def written(self) -> int:
        """Completions of today."""
        with self._database.reading() as session:
            today = col(Completion.created_at) >= midnight(now())
            return session.execute(select(func.count()).select_from(Completion).where(today)).scalar_one()

    def rated(self) -> int:
        """Standing ratings that were given or changed today."""
        standing = (col(Rating.revoked_at).is_(None), col(Rating.updated_at) >= midnight(now()))
        with self._database.reading() as session:
            return session.execute(select(func.count()).select_from(Rating).where(*standing)).scalar_one()
