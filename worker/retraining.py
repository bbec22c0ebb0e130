"""Start a training run in a child process and see it to its end, by hand or for the trainer."""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_hex

import structlog

from feedback.records import RunRecord
from feedback.tables import now
from retrain.attempt import Place
from retrain.config import Recipe, RunConfig
from retrain.dataset import Minimums
from retrain.job import Job
from retrain.readiness import look
from worker.base_model import base_of, device_of
from worker.parts import NothingRuns, Parts

log = structlog.get_logger(__name__)

_SILENT = timedelta(minutes=2)  # A run whose heart is quiet for so long is dead.
_LOOK = 0.5  # Seconds between looks at the run's row.
_PATIENCE = 15.0  # Seconds that a child has to stop by itself.


class RunBroken(Exception):
    """Raised when the child process ended without an outcome."""


@dataclass(slots=True)
class Retraining:
    """One run. `stop` may be called from another thread."""

    parts: Parts
    reader: str | None = None
    _stopping: bool = False

    def run(self, watch: Callable[[RunRecord], None] = lambda _: None) -> RunRecord:
        """Enqueue a run, do it in a child process, return how it ended. Raises RunBroken, NotAModel."""
        runs = self.parts.store.runs
        for dead in runs.reap(_SILENT):
            log.warning("a silent run is taken for dead", run=dead)
        config, fence = self._config(), token_hex(16)
        _, missing = look(self.parts.store, config, now())
        job = None if missing else self._job(fence, config)  # What cannot begin leaves no row.
        run_id = runs.enqueue(config.as_dict())
        if job is None:  # Said at once: a child process takes seconds to start.
            runs.start(run_id, fence)
            runs.finish(run_id, fence, "skipped", missing)
        else:
            self._in_child(replace(job, run_id=run_id), watch)
        record = runs.get(run_id)
        watch(record)
        if record.status == "promoted":
            self._announce()
        return record

    def _in_child(self, job: Job, watch: Callable[[RunRecord], None]) -> None:
        """Raises RunBroken if the child ends without an outcome."""
        runs = self.parts.store.runs
        child = subprocess.Popen(
            # Its outcome is in the run's row, so what it prints is not needed.
            [sys.executable, "-m", "retrain"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        try:
            _hand_over(child, job)
            while child.poll() is None and not self._stopping:
                watch(runs.get(job.run_id))
                time.sleep(_LOOK)
        finally:
            _end(child)
        if runs.get(job.run_id).finished_at is None:
            raise RunBroken(f"run {job.run_id} ended without an outcome (exit code {child.returncode})")

    def stop(self) -> None:
        self._stopping = True

    def _announce(self) -> None:
        """Tell the writers now; those that do not hear it look by themselves within seconds."""
        with suppress(NothingRuns):
            self.parts.publisher.deployment()

    def _config(self) -> RunConfig:
        settings = self.parts.settings
        return RunConfig(
            minimums=Minimums(liked=settings.min_liked, new_ratings=settings.min_new_ratings),
            recipe=Recipe(epochs=settings.train_epochs, learning_rate=settings.train_learning_rate),
        )

    def _job(self, fence: str, config: RunConfig) -> Job:
        """A job of a run that is still to be enqueued. Raises NotAModel."""
        settings = self.parts.settings
        return Job(
            database_url=self.parts.database_url,
            reader_key=self.parts.reader_key.hex(),
            models=settings.models.resolve(),
            base=base_of(self.parts),
            run_id=0,
            fence=fence,
            config=config,
            reader=self.reader or settings.reader,
            forms=settings.forms.resolve() if settings.forms else None,
            consent_default=settings.consent_default,
            place=Place(device=device_of(self.parts), threads=settings.train_threads),
        )


def _hand_over(child: subprocess.Popen[str], job: Job) -> None:
    if child.stdin is None:
        raise RunBroken("the child has no standard input")
    with child.stdin:
        child.stdin.write(job.to_json())


def _end(child: subprocess.Popen[str]) -> None:
    """Stop a child that still runs."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
