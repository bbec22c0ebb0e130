"""What the versions of a loop have lost beside the model that they began with, as the gate measured it."""

from collections.abc import Sequence

from benchmarks.report import Figures
from feedback.records import RunRecord
from feedback.store import Store

_METRICS = {"bits_per_byte": "bits_per_byte_human", "distinct_2": "distinct_2"}


def drift(store: Store, base: str, version: str) -> Figures:
    """Bits per byte of human text and distinct-2, the version's over the base's, less 1; 0 of the base."""
    first, now = _figures(store, base), _figures(store, version)
    return {
        name: now[metric] / first[metric] - 1 if version != base else 0.0 for name, metric in _METRICS.items()
    }


def candidate_drift(store: Store, base: str, run: RunRecord, number: int) -> Figures:
    """What the round's candidate would have lost, be it promoted or refused; nothing of a run without one."""
    if run.candidate is None:
        return {}
    lost = drift(store, base, run.candidate)
    return {f"candidate_{name}_drift_round_{number}": value for name, value in lost.items()}


def train_speed(store: Store, runs: Sequence[RunRecord]) -> float:
    """Tokens a second in training, of all candidates together."""
    metrics = [store.versions.get(run.candidate).metrics for run in runs if run.candidate]
    seconds = sum(float(one.get("seconds", 0)) for one in metrics)
    return sum(float(one.get("tokens", 0)) for one in metrics) / seconds if seconds else 0.0


def _figures(store: Store, version: str) -> dict[str, float]:
    return {figure.metric: figure.value for figure in store.figures.of(version)}
