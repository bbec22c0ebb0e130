"""The texts of one version: new ones while it is live, the last ones while it drains."""

from collections import deque
from dataclasses import dataclass, field
from time import monotonic

import structlog

from generation.engine import Progress, WritingFailed, WritingRequest, Written
from generation.forward_pass import attempted
from generation.prompts import render
from generation.running_batch import Row, RunningBatch
from generation.schedule import UNKNOWN, Pace, Queue
from generation.token_choice import Draw
from generation.versions import LoadedVersion

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Job:
    """A request from submission to its end."""

    row: Row
    number: int = 0  # Among all that were submitted.
    progress: Progress = field(default_factory=Progress)
    cancelled: bool = False


class Lane:
    """Waiting and running texts of one version. `waiting` is shared under the engine's lock.

    `pace`: what is known of the steps of a version like this one; `cache_bytes`: of all lanes together.
    """

    def __init__(self, version: LoadedVersion, cache_bytes: int, pace: Pace = UNKNOWN) -> None:
        self.version = version
        self._cache_bytes = cache_bytes
        self.waiting: deque[Job] = deque()
        self.writing: list[Job] = []
        self._admitted: list[Job] = []  # Until the lane's turn.
        runnable = version.runnable
        beginnings = runnable.beginnings(cache_bytes)
        self._beginnings_bytes = beginnings * runnable.bytes_per_token
        self._batch = RunningBatch(version, pace, beginnings)

    @property
    def jobs(self) -> list[Job]:
        """All whose end somebody waits for."""
        return [*self.waiting, *self._admitted, *self.writing]

    @property
    def idle(self) -> bool:
        return not self.jobs

    @property
    def texts(self) -> int:
        """That have a place."""
        return len(self._admitted) + len(self.writing)

    @property
    def pace(self) -> Pace:
        return self._batch.pace

    @property
    def bytes(self) -> int:
        """Of cache, that its texts can come to need, with places that others have left; while it has none,
        what it keeps for the next ones."""
        runnable = self.version.runnable
        places = self._batch.uncounted_columns * runnable.bytes_per_token
        if not self.writing:
            return self._kept_bytes + places
        texts = sum(runnable.bytes_of(job.row.need) for job in self.writing)
        return self._beginnings_bytes + texts + places

    @property
    def _kept_bytes(self) -> int:
        """Of beginnings that prompts had."""
        return self._batch.kept_columns * self.version.runnable.bytes_per_token

    def rest(self) -> None:
        """Give back what it keeps for texts to come."""
        if not self.writing:
            self._batch.forget()
            self._batch.shrink()

    def shrink(self) -> None:
        """Give back the places that texts have left."""
        self._batch.shrink()

    @property
    def queue(self) -> Queue:
        """Who waits. The engine's lock is held while it is read."""
        runnable = self.version.runnable
        opening = 0 if self.writing else self._beginnings_bytes - self._kept_bytes
        return Queue(((job.number, runnable.bytes_of(job.row.need)) for job in self.waiting), opening)

    def row(self, request: WritingRequest) -> Row:
        """A request as this version's tokens. Raises WritingFailed if it cannot be written here."""
        version = self.version
        try:
            prompt = render(version.tokenizer, request.messages)
        except Exception as error:  # Whatever a chat template objects to is this request's own trouble.
            raise WritingFailed(f"the prompt could not be rendered: {error}") from error
        row = Row(
            prompt, Draw(request.sampling, request.seed), request.max_new_tokens, request.stop_after_lines
        )
        if not prompt:
            raise WritingFailed("the prompt has no tokens")
        if version.context is not None:
            row.max_new_tokens = min(row.max_new_tokens, version.context - len(prompt))
        if row.max_new_tokens < 1:
            raise WritingFailed(f"a prompt of {len(prompt)} tokens leaves no room in the model's context")
        if (needed := version.runnable.cache_for(row.need)) > self._cache_bytes:
            megabytes = -(-needed >> 20)
            raise WritingFailed(f"a text of {row.need} tokens does not fit: cache_mb has to be {megabytes}")
        return row

    def admit(self, count: int) -> None:
        """So many of those who wait join at the next turn. The engine's lock is held meanwhile."""
        self._admitted += [self.waiting.popleft() for _ in range(count)]

    def turn(self, elsewhere: int) -> bool:
        """One lane's share of a round: drop the cancelled, let the admitted join, write one token each.

        `elsewhere`: texts of other lanes that wait for it. Says whether any prompt was read.
        """
        admitted = self._admitted
        self.writing += admitted
        self._admitted = []  # Only then: whoever looks meanwhile must not find it idle.
        self._batch.join([job.row for job in admitted])
        for job in self.writing:
            if job.cancelled:
                job.row.finish_reason = "cancelled"
        self._end_done()
        if not self.writing:
            return False
        read = self._batch.step(elsewhere)
        for job in self.writing:
            job.progress.show(list(job.row.draw.written))
        self._end_done()
        return read

    def _end_done(self) -> None:
        for job in [job for job in self.writing if job.row.done]:
            self._batch.leave(job.row)
            self.end(job)
            self.writing.remove(job)  # Last: what is in no list would never end if any of that failed.

    def end(self, job: Job) -> None:
        """Give a text that is in no queue and no batch any more to whoever waits for it."""
        row, progress = job.row, job.progress
        text: str | Exception | None = row.error
        if text is None:
            text = attempted(lambda: self.version.decode(row.draw.written).strip())
        if isinstance(text, Exception):
            log.error("a text failed", version=self.version.name, error=str(text), exc_info=text)
            progress.end(None, WritingFailed(str(text)))
            return
        ended = monotonic()
        progress.end(
            Written(
                text=text,
                version=self.version.name,
                seed=row.draw.seed,
                tokens=len(row.draw.written),
                prompt_tokens=len(row.prompt),
                ttft_ms=1000 * ((progress.first_token or ended) - progress.submitted),
                total_ms=1000 * (ended - progress.submitted),
                finish_reason=row.finish_reason or "stop",
            ),
            None,
        )
