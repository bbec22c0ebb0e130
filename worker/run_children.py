"""The processes of a run, one after another, until it has come to an outcome."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import structlog

from feedback.database import DatabaseGone
from feedback.records import AlreadyRunning, LeaseLost, RunRecord
from retrain.job import Job
from retrain.outcome import LEFT
from retrain.training_folders import kept_so_far
from worker.parts import Parts
from worker.problems import RunBroken
from worker.run_process import process_of

log = structlog.get_logger(__name__)

T = TypeVar("T")

_CHILDREN = 4  # Processes that end and get no further: what ends so many would end the next one too.
_LOOK = 0.5  # Seconds between looks at the run's row.


@dataclass(slots=True)
class RunChildren:
    parts: Parts
    job: Job
    watch: Callable[[RunRecord], None]
    stopping: Callable[[], bool]
    _away: bool = False  # Is the database?

    def outcome(self) -> RunRecord:
        """Raises RunBroken if no child comes to one."""
        kept, in_vain = kept_so_far(self.job.models), 0
        while in_vain < _CHILDREN:
            exit_code = self._in_child()
            if self._has_ended(exit_code):
                break
            log.warning("the process of a run has ended", run=self.job.run_id, exit_code=exit_code)
            before, kept = kept, kept | kept_so_far(self.job.models)
            in_vain = 0 if kept > before else in_vain + 1
        else:
            self._fail(_futile(exit_code))
        return self._patiently(self._record)

    def _in_child(self) -> int:
        """The child's exit code; below 0 the signal that killed it."""
        settings = self.parts.settings
        processes = settings.train_processes if self.job.corpus else 1
        with process_of(self.job, processes, settings.run_folder) as child:
            while child.poll() is None and not self.stopping():
                with suppress(DatabaseGone):  # The child may compute for long without it.
                    self.watch(self._ask(self._record))
                time.sleep(_LOOK)
        return int(child.returncode)

    def _has_ended(self, exit_code: int) -> bool:
        """After a child. Raises RunBroken if there is to be no other one."""
        if self._patiently(self._record).finished_at is not None:
            return True
        if self.stopping():
            raise self._stopped()
        if exit_code >= 0 and exit_code != LEFT:
            self._fail(f"it ended without an outcome (exit code {exit_code})")
        return not self._hold()

    def _hold(self) -> bool:
        """Hold on to the run from one child to the next. False if it is skipped, for another runs.

        Raises RunBroken when somebody else has taken it up.
        """
        runs, run_id = self.parts.store.runs, self.job.run_id
        try:
            self._patiently(lambda: runs.start(run_id, self.job.fence))
        except AlreadyRunning as error:
            why = str(error)
            if not self._patiently(lambda: runs.call_off(run_id, "skipped", [why])):
                raise RunBroken(f"run {run_id} was taken up by another trainer") from error
            return False
        return True

    def _stopped(self) -> RunBroken:
        run_id = self.job.run_id
        if self.parts.store.runs.call_off(run_id, "skipped", ["it was stopped before it began"]):
            return RunBroken(f"run {run_id} was stopped before it began")
        return RunBroken(f"run {run_id} was stopped, and goes on when it is taken up again")

    def _fail(self, why: str) -> NoReturn:
        """End a run that would be taken up again every night. Raises RunBroken."""
        runs, run_id, fence = self.parts.store.runs, self.job.run_id, self.job.fence
        with suppress(AlreadyRunning, LeaseLost):  # Then it is another's, who ends it.
            runs.start(run_id, fence)  # Its process may have died before that.
            runs.finish(run_id, fence, "failed", [why])
        raise RunBroken(f"run {run_id}: {why}")

    def _record(self) -> RunRecord:
        return self.parts.store.runs.get(self.job.run_id)

    def _patiently(self, question: Callable[[], T]) -> T:
        """What the database answers once it is there. Raises DatabaseGone when stopped before that."""
        while True:
            try:
                return self._ask(question)
            except DatabaseGone:
                if self.stopping():
                    raise
            time.sleep(_LOOK)

    def _ask(self, question: Callable[[], T]) -> T:
        """Raises DatabaseGone, and logs it once for as long as it is away."""
        try:
            answer = question()
        except DatabaseGone as error:
            if not self._away:
                log.warning("the database is away, a run waits for it", error=str(error))
            self._away = True
            raise
        self._away = False
        return answer


def _futile(exit_code: int) -> str:
    often = f"{_CHILDREN} times without getting further"
    killed = f"its process was killed {often}, most likely for want of memory"
    return killed if exit_code < 0 else f"its process ended {often}"
