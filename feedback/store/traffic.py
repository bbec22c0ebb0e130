"""What operators watch: how much is written and how fast, how late it is shown, what failed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sqlalchemy import func, select
from sqlmodel import col

from feedback.database import Database
from feedback.tables import Completion, Prompt, TrainingRun

_MOST = 5000  # Texts that the figures are taken from, the newest ones.


@dataclass(frozen=True, slots=True)
class Pace:
    """Of the texts written since a moment."""

    texts: int
    tokens: int
    first_token: tuple[float, float] | None  # Seconds: median, and 95 of 100 are faster.
    whole: tuple[float, float] | None  # Seconds for the whole text.
    since: datetime


@dataclass(frozen=True, slots=True)
class Lag:
    """How long after it was written a piece was wholly shown."""

    platform: str
    shown: int
    seconds: tuple[float, float] | None  # Median, and 95 of 100.
    waiting: int  # Written and not shown yet.


@dataclass(frozen=True, slots=True)
class Failures:
    what: str  # "prompt" or "run".
    why: str  # A key of the texts, or a run's own words.
    where: str  # The platform; empty for runs.
    count: int
    last: datetime


class Traffic:
    def __init__(self, database: Database) -> None:
        self._database = database

    def pace(self, since: datetime) -> Pace:
        with self._database.reading() as session:
            rows = session.execute(
                select(col(Completion.tokens), col(Completion.ttft_ms), col(Completion.total_ms))
                .where(col(Completion.created_at) >= since)
                .order_by(col(Completion.created_at).desc())
                .limit(_MOST)
            ).all()
        first = middle_and_most([ttft / 1000 for _, ttft, _ in rows])
        whole = middle_and_most([total / 1000 for _, _, total in rows])
        return Pace(len(rows), sum(tokens for tokens, _, _ in rows), first, whole, since)

    def lags(self, since: datetime) -> list[Lag]:
        """By platform, of prompts that were asked since then."""
        with self._database.reading() as session:
            rows = session.execute(
                select(col(Prompt.platform), col(Prompt.finished_at), col(Prompt.closed_at))
                .where(col(Prompt.status) == "written", col(Prompt.finished_at) >= since)
                .order_by(col(Prompt.id).desc())
                .limit(_MOST)
            ).all()
        lags: defaultdict[str, list[float]] = defaultdict(list)
        waiting: defaultdict[str, int] = defaultdict(int)
        for platform, finished, closed in rows:
            if closed is None or finished is None:
                waiting[platform] += 1
            else:  # A streamed text may be shown before its row says that it is finished.
                lags[platform].append(max(0.0, (closed - finished).total_seconds()))
        return [
            Lag(platform, len(lags[platform]), middle_and_most(lags[platform]), waiting[platform])
            for platform in sorted(lags.keys() | waiting.keys())
        ]

    def failures(self, since: datetime) -> list[Failures]:
        """Grouped, the newest first."""
        prompts = (
            select(
                col(Prompt.failure),
                col(Prompt.platform),
                func.count(),
                func.max(col(Prompt.finished_at)),
            )
            .where(col(Prompt.status) == "failed", col(Prompt.finished_at) >= since)
            .group_by(col(Prompt.failure), col(Prompt.platform))
        )
        runs = (
            select(col(TrainingRun.reasons), col(TrainingRun.finished_at))
            .where(col(TrainingRun.status) == "failed", col(TrainingRun.finished_at) >= since)
            .order_by(col(TrainingRun.id).desc())
        )
        with self._database.reading() as session:
            found = [
                Failures("prompt", why or "", where, count, last)
                for why, where, count, last in session.execute(prompts)
                if last is not None
            ]
            found += _grouped(
                [("; ".join(reasons), at) for reasons, at in session.execute(runs) if at is not None]
            )
        return sorted(found, key=lambda group: group.last, reverse=True)


def _grouped(runs: Sequence[tuple[str, datetime]]) -> list[Failures]:
    by_reason: defaultdict[str, list[datetime]] = defaultdict(list)
    for why, at in runs:
        by_reason[why].append(at)
    return [Failures("run", why, "", len(times), max(times)) for why, times in by_reason.items()]


def middle_and_most(values: Sequence[float]) -> tuple[float, float] | None:
    """The median, and what 95 of 100 do not pass; None of nothing."""
    if not values:
        return None
    ranked = sorted(values)
    return ranked[(len(ranked) - 1) // 2], ranked[ceil(0.95 * len(ranked)) - 1]
