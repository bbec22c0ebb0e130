"""What readers say while a version is tried beside the champion."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Float, func, select, type_coerce
from sqlmodel import col

from feedback.database import Database
from feedback.tables import Completion, Prompt, RatingEvent, Reader


@dataclass(frozen=True, slots=True)
class TrialVote:
    """One vote, as it was given; later changes of mind are votes of their own."""

    reader_id: int  # Whoever had asked for the piece.
    model_version: str
    completion_id: int
    rater_id: int
    value: float


class Trials:
    def __init__(self, database: Database) -> None:
        self._database = database

    def votes(self, canary: str, champion: str, since: datetime) -> list[TrialVote]:
        """All votes on pieces of the two that were written since then, in the order given."""
        first = select(func.min(Completion.id)).where(
            col(Completion.model_version) == canary, col(Completion.created_at) >= since
        )
        with self._database.reading() as session:
            rows = session.execute(
                select(
                    col(Prompt.reader_id),
                    col(Completion.model_version),
                    col(Completion.id),
                    col(RatingEvent.reader_id),
                    type_coerce(col(RatingEvent.value), Float),
                )
                .join(Completion, col(RatingEvent.completion_id) == col(Completion.id))
                .join(Prompt, col(Completion.prompt_id) == col(Prompt.id))
                .join(Reader, col(RatingEvent.reader_id) == col(Reader.id))
                # The canary's first piece finds the place to read from by an index.
                .where(col(Completion.id) >= first.scalar_subquery())
                .where(col(Completion.model_version).in_([canary, champion]))
                .where(col(RatingEvent.value).is_not(None), col(Reader.blocked_at).is_(None))
                .order_by(col(RatingEvent.id))
            )
            return [TrialVote(*row) for row in rows]
