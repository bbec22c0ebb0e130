"""What is under way, as those who watch the service count it."""

from collections import Counter
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from feedback.database import Database
from feedback.records import OpenPrompts
from feedback.tables import Prompt


class OpenWork:
    def __init__(self, database: Database) -> None:
        self._database = database

    def prompts(self) -> list[OpenPrompts]:
        """Prompts that are not wholly answered, by platform and state."""
        found = (
            select(Prompt.platform, Prompt.status, func.count())
            .where(col(Prompt.closed_at).is_(None))
            .group_by(Prompt.platform, Prompt.status)
        )
        counts: Counter[tuple[str, str]] = Counter()
        with self._database.reading() as session:
            for platform, status, count in session.execute(found):
                counts[platform, status if status in ("waiting", "writing") else "undelivered"] += count
        return [OpenPrompts(*which, count) for which, count in sorted(counts.items())]

    def waits_since(self) -> datetime | None:
        """Since when the oldest prompt waits that no writer has taken."""
        oldest = select(func.min(Prompt.created_at)).where(col(Prompt.status) == "waiting")
        with self._database.reading() as session:
            return session.scalar(oldest)
