"""Tell the database that a run is alive, so that a dead one is noticed and can be started again."""

import threading
from types import TracebackType
from typing import Any, Self

import structlog

from feedback.database import DatabaseGone
from feedback.records import LeaseLost
from feedback.store.runs import Runs

log = structlog.get_logger(__name__)


class Pulse:
    """Heartbeats in a thread of its own, for steps may be long. Progress goes along."""

    def __init__(self, runs: Runs, run_id: int, fence: str, every: float = 5.0) -> None:
        self._runs = runs
        self._run_id = run_id
        self._fence = fence
        self._every = every  # Seconds.
        self._progress: dict[str, Any] = {}
        self._lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def show(self, progress: dict[str, Any]) -> None:
        """What the next heartbeat says. Raises LeaseLost once the run was taken for dead."""
        self._progress = progress
        if self._lost:
            raise LeaseLost(f"run {self._run_id}")

    def beat(self) -> None:
        """Beat now. Raises LeaseLost, DatabaseGone."""
        self._runs.heartbeat(self._run_id, self._fence, self._progress)

    def _keep_beating(self) -> None:
        while not self._over.wait(self._every):
            try:
                self.beat()
            except LeaseLost:
                self._lost = True
                return
            except DatabaseGone:
                # If it stays away, others take this run for dead: the next beat that gets through tells.
                log.warning("heartbeat missed", run=self._run_id)
