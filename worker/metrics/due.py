"""Since when the schedule wants a training run: served by the clock, which keeps the schedule."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from feedback.database import DatabaseGone
from feedback.store import Store
from worker.cron import next_after


class RetrainDue(Collector):
    def __init__(self, store: Store, cron: str) -> None:
        self._store = store
        self._cron = cron

    def describe(self) -> Iterable[Metric]:
        return [_due()]

    def collect(self) -> Iterable[Metric]:
        due = _due()
        try:
            since = _quiet_since(self._store)
        except DatabaseGone:
            return ()
        if since is not None:
            due.add_metric([], next_after(since, self._cron).timestamp())
        return [due]


def _quiet_since(store: Store) -> datetime | None:
    """When the last run ended; before there was one, since when there is a version to learn with."""
    last = store.runs.last_ended()
    if last is not None:
        return last.finished_at
    versions = store.versions.all()
    return versions[0].created_at if versions else None


def _due() -> GaugeMetricFamily:
    says = "When the schedule wants a run, the first time since one ended; ahead if none is due."
    return GaugeMetricFamily("rhapsode_retrain_due_timestamp_seconds", says)
