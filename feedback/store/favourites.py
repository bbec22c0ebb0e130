"""The best-rated pieces, ranked by what is sure of them: Wilson's lower bound of the share who like it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, case, cast, func, select
from sqlmodel import col

from feedback.database import Database
from feedback.records import FORGOTTEN, Answer
from feedback.store.answers import answer_of
from feedback.store.confidence import in_no_direct_message
from feedback.store.held import held
from feedback.store.readers import Readers
from feedback.tables import Completion, Prompt, Rating, Reader

_Z = 1.96  # Standard errors: 95 %, as in `wilson`.


@dataclass(frozen=True, slots=True)
class Wanted:
    """Empty: any."""

    form: str = ""
    language: str = ""
    version: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class BestPiece:
    answer: Answer
    language: str
    liked: int  # Readers who like it,
    rated: int  # of those who rated it.
    sure: float  # The share that likes it, at least.


@dataclass(frozen=True, slots=True)
class Kinds:
    """What rated pieces there are, to choose from."""

    forms: Sequence[str]
    languages: Sequence[str]
    versions: Sequence[str]


class Favourites:
    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    def best(self, wanted: Wanted, limit: int) -> list[BestPiece]:
        """Of all readers who consent, but nothing that was asked in a direct message."""
        remembered = col(Prompt.theme) != FORGOTTEN
        willing = self._readers.willing(Reader)
        return self._ranked(wanted, limit, willing, remembered, in_no_direct_message())

    def best_of(
        self, platform: str, workspace: str, user: str, wanted: Wanted, limit: int
    ) -> list[BestPiece]:
        """Of what one reader asked for."""
        own = (col(Reader.platform) == platform, col(Reader.workspace) == workspace)
        return self._ranked(wanted, limit, *own, col(Reader.user_key) == self._readers.user_key(user))

    def kinds(self) -> Kinds:
        pieces = (
            select(col(Prompt.form), col(Prompt.language), col(Completion.model_version))
            .join(Completion, col(Completion.prompt_id) == col(Prompt.id))
            .join(Rating, col(Rating.completion_id) == col(Completion.id))
            .where(col(Rating.revoked_at).is_(None))
            .distinct()
        )
        with self._database.reading() as session:
            found = session.execute(pieces).all()
        forms, languages, versions = ({row[n] for row in found} for n in range(3))
        return Kinds(sorted(forms), sorted(languages), sorted(versions))

    def _ranked(self, wanted: Wanted, limit: int, *whose: ColumnElement[bool]) -> list[BestPiece]:
        mine = held()
        liked = func.sum(cast(case((mine.c.value > 0, 1), else_=0), Integer))
        sure = _lower_bound(cast(liked, Float), cast(func.count(), Float))
        best = (
            select(Completion, Prompt, liked, func.count(), sure)
            .join(Prompt, col(Completion.prompt_id) == col(Prompt.id))
            .join(Reader, col(Prompt.reader_id) == col(Reader.id))
            .join(mine, mine.c.completion_id == col(Completion.id))
            .where(*whose, *_conditions(wanted))
            .group_by(col(Completion.id), col(Prompt.id))
            .having(liked > 0)
            .order_by(sure.desc(), col(Completion.id).desc())
            .limit(limit)
        )
        with self._database.reading() as session:
            return [
                BestPiece(answer_of(completion, prompt), prompt.language, int(likes), int(of), float(bound))
                for completion, prompt, likes, of, bound in session.execute(best)
            ]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    given: list[tuple[Any, str]] = [
        (col(Prompt.form), wanted.form),
        (col(Prompt.language), wanted.language),
        (col(Completion.model_version), wanted.version),
    ]
    same = [column == value for column, value in given if value]
    since = [col(Completion.created_at) >= wanted.since] if wanted.since is not None else []
    return [*same, *since]


def _lower_bound(hits: ColumnElement[float], of: ColumnElement[float]) -> ColumnElement[float]:
    """`wilson` in SQL, so that the database ranks before it cuts off."""
    share, spread = hits / of, _Z * _Z / of
    half = _Z * func.sqrt(share * (1 - share) / of + spread / of / 4)
    return (share + spread / 2 - half) / (1 + spread)
