"""What the studio steers, over the test's store: what was asked for can be looked at."""

from dataclasses import dataclass

from feedback.records import UnknownRow
from feedback.store import Store
from studio.machine import Gpu, Machine
from studio.steering import CannotSteer, Trial

GIB = 1 << 30


class TestSteering:
    __test__ = False  # No test class, whatever its name begins with.

    def __init__(self, store: Store) -> None:
        self._store = store
        self.runs = 0  # How often one was asked for.
        self.on_trial: Trial | None = None
        self.refusal: CannotSteer | None = None

    def promote(self, version: str) -> None:
        if self.refusal:
            raise self.refusal
        self._store.versions.promote(version, "by hand")

    def rollback(self) -> str:
        try:
            return self._store.versions.rollback("by hand")
        except UnknownRow as error:
            raise CannotSteer(str(error)) from None

    def end_trial(self) -> None:
        self.on_trial = None

    def retrain(self) -> None:
        self.runs += 1

    def asked_since(self, runs: int) -> bool:
        return self.runs > runs

    def pause(self, *, paused: bool) -> None:
        (self._store.pauses.begin if paused else self._store.pauses.end)()

    def pause_learning(self, *, paused: bool) -> None:
        pauses = self._store.learning_pauses
        (pauses.begin if paused else pauses.end)()

    def trial(self) -> Trial | None:
        return self.on_trial


@dataclass
class OneMachine:
    free: int = 120 * GIB
    gpus: tuple[Gpu, ...] = (Gpu("NVIDIA H100 80GB HBM3", 0.37, 12 * GIB, 80 * GIB),)

    def look(self) -> Machine:
        return Machine(True, ("base", "base", "v0001"), self.free, 500 * GIB, 3 * GIB, self.gpus)
