"""The figures of a week for its digest, from the rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from feedback.records import DayOfVotes, DeploymentRecord
from feedback.store import Store

WEEK = timedelta(days=7)
SHOWN = timedelta(days=28)  # In the plot.
_TRAINED = ("trained", "promoted", "rejected")


def digest_of(store: Store, until: datetime) -> dict[str, Any]:
    """What happened in the week before. JSON."""
    since = until - WEEK
    days = store.opinions.by_day(until - SHOWN)
    history = store.versions.deployments()
    outcomes = store.runs.outcomes(since, until)
    return {
        "since": since.isoformat(),
        "written": store.opinions.written(since),
        "votes": votes_in(days, since, until),
        "before": votes_in(days, since - WEEK, since),
        "version": champion_at(history, until),
        "version_before": champion_at(history, since),
        "runs": sum(outcomes.get(status, 0) for status in _TRAINED),
        "days": [(day.day.isoformat(), day.liked, day.disliked) for day in days],
        "swaps": [held.started_at.date().isoformat() for held in history[1:]],
    }


def votes_in(days: Sequence[DayOfVotes], since: datetime, until: datetime) -> tuple[int, int]:
    """Likes and dislikes from one day until before another."""
    within = [day for day in days if since.date() <= day.day < until.date()]
    return sum(day.liked for day in within), sum(day.disliked for day in within)


def champion_at(history: Sequence[DeploymentRecord], moment: datetime) -> str:
    """Who wrote then; of a time before the first, the first."""
    held = [record.model_version for record in history if record.started_at <= moment]
    return held[-1] if held else history[0].model_version if history else ""
