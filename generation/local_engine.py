"""The local engine: one thread that batches continuously, with one lane per model version under way."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

import structlog

from generation.engine import EngineClosed, Progress, Ticket, WritingFailed, WritingRequest, Written
from generation.prompts import render
from generation.running_batch import Row, RunningBatch
from generation.token_choice import Draw
from generation.versions import LoadedVersion

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Job:
    """A request from submission to its end."""

    row: Row
    lane: "_Lane"
    progress: Progress = field(default_factory=Progress)
    cancelled: bool = False


class _Lane:
    """The texts of one version: new ones while it is live, the last ones while it drains."""

    def __init__(self, version: LoadedVersion) -> None:
        self.version = version
        self.batch = RunningBatch(version.model, version.end_tokens, version.newline_tokens)
        self.waiting: deque[_Job] = deque()
        self.writing: list[_Job] = []

    @property
    def idle(self) -> bool:
        return not self.waiting and not self.writing


class LocalTicket:
    def __init__(self, job: _Job, wake: Callable[[], None]) -> None:
        self._job = job
        self._wake = wake

    def snapshots(self, every: float = 0.1) -> Iterator[str]:
        progress = self._job.progress
        seen = 0
        due = 0.0
        while True:
            with progress.changed:
                progress.changed.wait_for(partial(progress.past, seen))
                # Waits only for the end from here on: tokens come faster than readers look.
                progress.changed.wait_for(lambda: progress.over, timeout=max(0.0, due - monotonic()))
                if progress.over:
                    return
                tokens = progress.tokens
            seen, due = len(tokens), monotonic() + every
            yield self._job.lane.version.decode(tokens)

    def result(self, timeout: float | None = None) -> Written:
        progress = self._job.progress
        with progress.changed:
            if not progress.changed.wait_for(lambda: progress.over, timeout):
                raise TimeoutError
        return progress.outcome()

    def cancel(self) -> None:
        self._job.cancelled = True
        self._wake()


class LocalEngine:
    """Writes with a model in this process. `max_batch` texts at once; more wait, first come first served."""

    def __init__(
        self,
        version: LoadedVersion,
        max_batch: int = 32,
        on_death: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self._max_batch = max_batch
        self._on_death = on_death
        self._changed = threading.Condition()
        self._live = _Lane(version)
        self._lanes = [self._live]
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    @property
    def version(self) -> str:
        return self._live.version.name

    def submit(self, request: WritingRequest) -> Ticket:
        with self._changed:
            lane = self._live
        # Rendered outside the lock: a long prompt must not hold up the engine.
        row = Row(
            prompt=render(lane.version.tokenizer, request.messages),
            draw=Draw(request.sampling, request.seed),
            max_new_tokens=request.max_new_tokens,
            stop_after_lines=request.stop_after_lines,
        )
        with self._changed:
            if self._closed:
                raise EngineClosed
            job = _Job(row, lane)
            lane.waiting.append(job)
            if lane not in self._lanes:  # It drained while we rendered.
                self._lanes.append(lane)
            self._changed.notify_all()
        return LocalTicket(job, self._notify)

    def install(self, version: LoadedVersion) -> None:
        """From now on new requests are written by `version`; those under way end with theirs."""
        with self._changed:
            self._live = _Lane(version)
            self._lanes.append(self._live)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        error: Exception = EngineClosed()
        try:
            while self._wait_for_work():
                for lane in tuple(self._lanes):
                    self._turn(lane)
        except Exception as died:
            log.exception("the engine died")
            error = EngineClosed("the engine died")
            self._on_death(died)
        with self._changed:
            self._closed = True
            jobs = [job for lane in self._lanes for job in (*lane.waiting, *lane.writing)]
        for job in jobs:
            job.progress.end(None, error)

    def _wait_for_work(self) -> bool:
        """Forget drained lanes, then sleep until there is something to write. False when closed."""
        with self._changed:
            self._lanes = [lane for lane in self._lanes if lane is self._live or not lane.idle]
            self._changed.wait_for(lambda: self._closed or any(not lane.idle for lane in self._lanes))
            return not self._closed

    def _turn(self, lane: _Lane) -> None:
        """One lane's share of a round: drop the cancelled, admit the waiting, write one token each."""
        for job in [job for job in lane.writing if job.cancelled]:
            job.row.finish_reason = "cancelled"
            self._end(lane, job)
        admitted = self._admit(lane)
        stepping = [job for job in lane.writing if job not in admitted]
        if stepping:
            try:
                lane.batch.step()
            except Exception as error:  # noqa: BLE001 - the step failed for these texts; the engine lives on.
                self._fail(lane, lane.writing, error)
                lane.batch = RunningBatch(
                    lane.version.model, lane.version.end_tokens, lane.version.newline_tokens
                )
        for job in tuple(lane.writing):
            job.progress.show(list(job.row.draw.written))
            if job.row.done:
                self._end(lane, job)

    def _admit(self, lane: _Lane) -> list[_Job]:
        """Let waiting texts join the batch, all that fit, in one prefill."""
        with self._changed:
            room = self._max_batch - sum(len(other.writing) for other in self._lanes)
            jobs = [lane.waiting.popleft() for _ in range(min(room, len(lane.waiting)))]
        for job in [job for job in jobs if job.cancelled]:
            job.row.finish_reason = "cancelled"
            self._finish(lane, job)
        jobs = [job for job in jobs if not job.cancelled]
        if jobs:
            try:
                lane.batch.join([job.row for job in jobs])
            except Exception as error:  # noqa: BLE001 - these prompts fail; the others are not touched.
                self._fail(lane, jobs, error)
                for row in [job.row for job in jobs if job.row in lane.batch.rows]:
                    lane.batch.leave(row)
                return []
        lane.writing += jobs
        return jobs

    def _end(self, lane: _Lane, job: _Job) -> None:
        lane.batch.leave(job.row)
        lane.writing.remove(job)
        self._finish(lane, job)

    def _finish(self, lane: _Lane, job: _Job) -> None:
        row, progress = job.row, job.progress
        if row.error is not None:
            progress.end(None, WritingFailed(str(row.error)))
            return
        ended = monotonic()
        progress.end(
            Written(
                text=lane.version.decode(row.draw.written).strip(),
                version=lane.version.name,
                seed=row.draw.seed,
                tokens=len(row.draw.written),
                prompt_tokens=len(row.prompt),
                ttft_ms=1000 * ((progress.first_token or ended) - progress.submitted),
                total_ms=1000 * (ended - progress.submitted),
                finish_reason=row.finish_reason or "stop",
            ),
            None,
        )

    def _fail(self, lane: _Lane, jobs: list[_Job], error: Exception) -> None:
        log.error("texts failed", version=lane.version.name, texts=len(jobs), exc_info=error)
        for job in tuple(jobs):
            job.progress.end(None, WritingFailed(str(error)))
            if job in lane.writing:
                lane.writing.remove(job)
