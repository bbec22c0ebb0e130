"""Figures and lists for people to look at."""

from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import col

from feedback.database import Database
from feedback.records import Answer, Overview
from feedback.store.answers import answer_of
from feedback.store.held import held
from feedback.store.readers import Readers
from feedback.tables import Completion, Deployment, Prompt, Tally


class Statistics:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def overview(self) -> Overview:
        """From counts that the database keeps: see `feedback/tables/tally.py`."""
        champion = select(col(Deployment.model_version)).where(
            col(Deployment.slot) == "champion", col(Deployment.ended_at).is_(None)
        )
        names = ("prompts", "completions", "ratings_up", "ratings_down", "readers")
        tallied: list[Any] = [_tallied(name) for name in names]
        with self._database.reading() as session:
            row = session.execute(
                select(
                    *tallied,
                    _count(Prompt, col(Prompt.status) == "waiting"),
                    champion.scalar_subquery(),
                )
            ).one()
            figures: tuple[Any, ...] = tuple(row)
            return Overview(*figures)

    def recent(
        self, platform: str, workspace: str, user: str, limit: int, before: int | None = None
    ) -> list[tuple[Answer, float | None]]:
        """The reader's own pieces, newest first, each with what the reader holds of it.

        `before`: only those that came before that completion.
        """
        with self._database.reading() as session:
            reader_id = self._readers.known(session, platform, workspace, user)
            mine = held()
            earlier = () if before is None else (col(Completion.id) < before,)
            own = and_(mine.c.completion_id == col(Completion.id), mine.c.reader_id == reader_id)
            rows = session.execute(
                select(Completion, Prompt, mine.c.value)
                .join(Prompt, col(Completion.prompt_id) == col(Prompt.id))
                .outerjoin(mine, own)
                .where(col(Prompt.reader_id) == reader_id, *earlier)
                .order_by(col(Completion.id).desc())
                .limit(limit)
            )
            return [(answer_of(completion, prompt), value) for completion, prompt, value in rows]


def _tallied(name: str) -> Any:
    total = func.coalesce(func.sum(col(Tally.count)), 0)
    return select(total).where(col(Tally.name) == name).scalar_subquery()


def _count(table: Any, *which: Any) -> Any:
    return select(func.count()).select_from(table).where(*which).scalar_subquery()
