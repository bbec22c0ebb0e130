"""A living run is seen to live; one that was taken for dead stops, and another can start."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event
from time import monotonic

import pytest

from feedback.records import LeaseLost
from feedback.store import Store
from retrain.pulse import Pulse
from tests.deadline import DEADLINE


def wait_until(condition: Callable[[], bool], seconds: float = DEADLINE) -> None:
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it did not happen"
        Event().wait(0.01)


def test_progress_reaches_the_row_without_being_asked_for(store: Store) -> None:
    run_id = store.runs.enqueue({})
    store.runs.start(run_id, "f")

    with Pulse(store.runs, run_id, "f", every=0.02) as pulse:
        pulse.show({"stage": "training", "step": 3})
        wait_until(lambda: store.runs.get(run_id).progress.get("step") == 3)


def test_a_run_that_was_taken_for_dead_stops_and_another_starts(store: Store) -> None:
    run_id = store.runs.enqueue({})
    store.runs.start(run_id, "f")

    def told() -> bool:
        try:
            pulse.show({})
        except LeaseLost:
            return True
        return False

    with Pulse(store.runs, run_id, "f", every=0.02) as pulse:
        assert store.runs.take_over(run_id, "another", timedelta(seconds=-60))
        wait_until(told)
        with pytest.raises(LeaseLost):
            pulse.beat()
    store.runs.finish(run_id, "another", "failed", ["given up"])
    store.runs.start(store.runs.enqueue({}), "next")
