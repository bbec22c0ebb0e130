"""Figures of training, from the rows of its runs: served by the trainer, whoever started a run."""

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from feedback.database import DatabaseGone
from feedback.records import RunRecord
from feedback.store import Store
from worker.metrics.candidate import Families, add_figures, candidate_families

OUTCOMES = ("trained", "promoted", "rejected", "skipped", "failed")
_CURRENT = {  # What a run says of itself while it goes on.
    "step": ("rhapsode_retrain_step", "Steps that the run under way has done."),
    "steps": ("rhapsode_retrain_steps", "Steps that it will do, as far as is known."),
    "loss": ("rhapsode_retrain_loss", "Its loss at the last step."),
}


class Training(Collector):
    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> Iterable[Metric]:
        return [*_families().values(), *candidate_families().values()]

    def collect(self) -> Iterable[Metric]:
        families, candidate = _families(), candidate_families()
        try:
            _count(families, self._store.runs.outcomes(), self._store.runs.last_items())
            self._add_last(families, candidate)
            _add_current(families, self._store.runs.running())
        except DatabaseGone:
            return ()
        return [*families.values(), *candidate.values()]

    def _add_last(self, families: Mapping[str, Any], candidate: Families) -> None:
        last = self._store.runs.last_ended()
        if last is None or last.finished_at is None:
            return
        families["last"].add_metric([last.status], last.finished_at.timestamp())
        families["duration"].add_metric([], (last.finished_at - last.created_at).total_seconds())
        if last.candidate:
            add_figures(candidate, self._store.figures.of(last.candidate))


def _families() -> dict[str, Any]:
    gauge = GaugeMetricFamily
    named = {key: gauge(name, says, labels=[]) for key, (name, says) in _CURRENT.items()}
    return named | {
        "runs": CounterMetricFamily("rhapsode_retrain_runs", "Runs that ended.", labels=["outcome"]),
        "last": gauge(
            "rhapsode_retrain_last_run_timestamp_seconds", "When the last run ended.", labels=["outcome"]
        ),
        "duration": gauge("rhapsode_retrain_last_run_duration_seconds", "What it took.", labels=[]),
        "items": gauge("rhapsode_dataset_items", "Items of the newest dataset.", labels=[]),
        "running": gauge("rhapsode_retrain_running", "1 while a run is under way.", labels=[]),
        "epochs": gauge("rhapsode_retrain_epochs", "Epochs that it has done.", labels=[]),
    }


def _count(families: Mapping[str, Any], outcomes: Mapping[str, int], items: int | None) -> None:
    for outcome in OUTCOMES:  # Also those that never were: what begins at 1 has not increased.
        families["runs"].add_metric([outcome], outcomes.get(outcome, 0))
    if items is not None:
        families["items"].add_metric([], items)


def _add_current(families: Mapping[str, Any], run: RunRecord | None) -> None:
    families["running"].add_metric([], run is not None)
    if run is None:
        return
    for key in _CURRENT:
        if isinstance(value := run.progress.get(key), int | float):
            families[key].add_metric([], value)
    families["epochs"].add_metric([], len(run.progress.get("epochs", ())))
