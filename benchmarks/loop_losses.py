"""What the versions of a loop have lost beside the model that they began with, as the gate measured it."""

from collections.abc import Sequence

from benchmarks.report import Figures
from feedback.records import Figure, RunRecord
from feedback.store import Store

_METRICS = {"bits_per_byte": "bits_per_byte_human", "distinct_2": "distinct_2"}


def drift(base: Sequence[Figure], version: Sequence[Figure]) -> Figures:
    """Bits per byte of human text, distinct-2: the version's over the base's, less 1, where both have it."""
    first, now = ({figure.metric: figure.value for figure in figures} for figures in (base, version))
    measured = {name: metric for name, metric in _METRICS.items() if metric in first and metric in now}
    return {name: now[metric] / first[metric] - 1 for name, metric in measured.items()}


def candidate_drift(store: Store, base: str, run: RunRecord, number: int) -> Figures:
    """What the round's candidate had lost, be it promoted or refused; nothing of a run without one."""
    if run.candidate is None:
        return {}
    lost = drift(store.figures.of(base), store.figures.of(run.candidate))
    return {f"candidate_{name}_drift_round_{number}": value for name, value in lost.items()}


def train_speed(store: Store, runs: Sequence[RunRecord]) -> float:
    """Tokens a second in training, of all candidates together."""
    metrics = [store.versions.get(run.candidate).metrics for run in runs if run.candidate]
    seconds = sum(float(one.get("seconds", 0)) for one in metrics)
    return sum(float(one.get("tokens", 0)) for one in metrics) / seconds if seconds else 0.0
