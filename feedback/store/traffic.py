"""What operators watch: how much is written and how fast, how late it is shown, what failed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlmodel import col

from feedback.database import Database
from feedback.tables import Completion, Prompt, TrainingRun

_MEASURED = 5000  # Texts that medians are taken from, the newest ones; all are counted.
# A text that could not be shown is closed too: its chat is gone, or the platform refused it to the end.
_SHOWN = and_(col(Prompt.closed_at).is_not(None), col(Prompt.failure).is_(None))
_GIVEN_UP = and_(col(Prompt.closed_at).is_not(None), col(Prompt.failure).is_not(None))


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
    given_up: int  # Written, and never to be shown.


@dataclass(frozen=True, slots=True)
class Failures:
    what: str  # "prompt", "delivery" or "run".
    why: str  # A key of the texts, or a run's own words.
    where: str  # The platform; empty for runs.
    count: int
    last: datetime


class Traffic:
    def __init__(self, database: Database) -> None:
        self._database = database

    def pace(self, since: datetime) -> Pace:
        recent = col(Completion.created_at) >= since
        counted = select(func.count(), func.coalesce(func.sum(col(Completion.tokens)), 0)).where(recent)
        measured = (
            select(col(Completion.ttft_ms), col(Completion.total_ms))
            .where(recent)
            .order_by(col(Completion.created_at).desc())
            .limit(_MEASURED)
        )
        with self._database.reading() as session:
            texts, tokens = session.execute(counted).one()
            times = session.execute(measured).all()
        first = middle_and_most([ttft / 1000 for ttft, _ in times])
        whole = middle_and_most([total / 1000 for _, total in times])
        return Pace(int(texts), int(tokens), first, whole, since)

    def lags(self, since: datetime) -> list[Lag]:
        """By platform, of prompts that were finished since then."""
        # By the index of completions, for a page asks every few seconds; what has one is written.
        recent = col(Prompt.id).in_(
            select(col(Completion.prompt_id)).where(col(Completion.created_at) >= since)
        )
        waiting = col(Prompt.closed_at).is_(None)
        counted = (
            select(col(Prompt.platform), _how_many(_SHOWN), _how_many(waiting), _how_many(_GIVEN_UP))
            .where(recent)
            .group_by(col(Prompt.platform))
            .order_by(col(Prompt.platform))
        )
        measured = (
            select(col(Prompt.platform), col(Prompt.finished_at), col(Prompt.closed_at))
            .where(recent, _SHOWN)
            .order_by(col(Prompt.id).desc())
            .limit(_MEASURED)
        )
        seconds: defaultdict[str, list[float]] = defaultdict(list)
        with self._database.reading() as session:
            counts = session.execute(counted).all()
            for platform, finished, closed in session.execute(measured):
                if finished is not None and closed is not None:
                    # A streamed text may be shown before its row says that it is finished.
                    seconds[platform].append(max(0.0, (closed - finished).total_seconds()))
        return [
            Lag(platform, int(shown), middle_and_most(seconds[platform]), int(waits), int(given_up))
            for platform, shown, waits, given_up in counts
        ]

    def failures(self, since: datetime) -> list[Failures]:
        """Grouped, the newest first."""
        failed = _grouped_failures(col(Prompt.status) == "failed", col(Prompt.finished_at), since)
        given_up = and_(col(Prompt.status) == "written", _GIVEN_UP)
        undelivered = _grouped_failures(given_up, col(Prompt.closed_at), since)
        runs = (
            select(col(TrainingRun.reasons), col(TrainingRun.finished_at))
            .where(col(TrainingRun.status) == "failed", col(TrainingRun.finished_at) >= since)
            .order_by(col(TrainingRun.id).desc())
        )
        with self._database.reading() as session:
            found = [
                Failures(what, why or "", where, int(count), last)
                for what, groups in (("prompt", failed), ("delivery", undelivered))
                for why, where, count, last in session.execute(groups)
            ]
            found += _grouped(
                [("; ".join(reasons), at) for reasons, at in session.execute(runs) if at is not None]
            )
        return sorted(found, key=lambda group: group.last, reverse=True)


def _how_many(which: ColumnElement[bool]) -> Any:
    return func.sum(case((which, 1), else_=0))


def _grouped_failures(which: ColumnElement[bool], moment: Any, since: datetime) -> Select[Any]:
    """Requests with why and where, how many, and when the last was."""
    return (
        select(col(Prompt.failure), col(Prompt.platform), func.count(), func.max(moment))
        .where(which, moment >= since)
        .group_by(col(Prompt.failure), col(Prompt.platform))
    )


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
