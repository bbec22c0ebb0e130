"""The local engine: one thread that batches continuously, with one lane per model version under way."""

import itertools
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import TypeVar

import structlog

from generation.cores import compute_on
from generation.engine import (
    CHAMPION,
    EngineClosed,
    EngineDied,
    EngineFull,
    ProgressTicket,
    Ticket,
    WritingRequest,
)
from generation.errand import Errand, Slices
from generation.lane import Job, Lane
from generation.schedule import UNKNOWN, Pace, Room, admissible
from generation.versions import LoadedVersion

log = structlog.get_logger(__name__)

T = TypeVar("T")

_BETWEEN_ROUNDS = 0.015  # Seconds of other work; a step takes some 60 ms for 16 texts on two cores.
CACHE_BYTES = 512 << 20


class LocalEngine:
    """Writes with a model in this process. `max_batch` texts at once; more wait, first come first served.

    `cache_bytes` bounds the keys and values of all texts under way; `max_waiting` bounds the queue; `threads`
    are cores (0: torch's choice), to be given where other threads compute as well (`generation.cores`);
    `pace` is what its steps are known to cost, if they are.
    """

    def __init__(
        self,
        version: LoadedVersion,
        max_batch: int = 32,
        on_death: Callable[[Exception], None] = lambda _: None,
        *,
        cache_bytes: int = CACHE_BYTES,
        max_waiting: int = 1000,
        threads: int = 0,
        pace: Pace = UNKNOWN,
    ) -> None:
        self._max_batch = max_batch
        self._cache_bytes = cache_bytes
        self._max_waiting = max_waiting
        self._threads = threads
        self._on_death = on_death
        self._changed = threading.Condition()
        self._slots = {CHAMPION: Lane(version, cache_bytes, pace)}
        self._lanes = list(self._slots.values())
        self._errands: deque[Errand] = deque()
        self._numbers = itertools.count()
        self._closed = False
        self._step_began: float | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    @property
    def version(self) -> str:
        return self._slots[CHAMPION].version.name

    def holds(self, slot: str) -> str | None:
        """The name of the version in a slot."""
        lane = self._slots.get(slot)
        return lane.version.name if lane else None

    def submit(self, request: WritingRequest) -> Ticket:
        with self._changed:
            lane = self._slots.get(request.slot) or self._slots[CHAMPION]
        # Rendered outside the lock: a long prompt must not hold up the engine.
        job = Job(lane.row(request))
        with self._changed:
            if self._closed:
                raise EngineClosed
            if sum(len(other.waiting) for other in self._lanes) >= self._max_waiting:
                raise EngineFull(f"{self._max_waiting} texts are waiting")
            job.number = next(self._numbers)
            lane.waiting.append(job)
            if lane not in self._lanes:  # It drained while we rendered.
                self._lanes.append(lane)
            self._changed.notify_all()
        return ProgressTicket(job.progress, lane.version.decode, partial(self._cancel, lane, job))

    def install(self, version: LoadedVersion, slot: str = CHAMPION) -> None:
        """From now on new requests of a slot are written by `version`; those under way end with theirs."""
        with self._changed:
            same = [lane for lane in self._lanes if lane.version is version]
            lane = same[0] if same else Lane(version, self._cache_bytes, self._slots[CHAMPION].pace)
            self._slots = self._slots | {slot: lane}
            if not same:
                self._lanes.append(lane)
            self._forget_drained()
            self._changed.notify_all()

    def clear(self, slot: str) -> None:
        """Empty a slot: its new requests go to the champion, those under way end with their version."""
        with self._changed:
            if slot != CHAMPION:
                self._slots = {name: lane for name, lane in self._slots.items() if name != slot}
                self._forget_drained()

    def between_steps(self, work: Slices[T]) -> T:
        """Work that the engine does slice by slice, between the steps of the writing. Raises what it raises.

        Raises EngineClosed if the engine ends before it.
        """
        errand = Errand(work)
        with self._changed:
            if self._closed:
                raise EngineClosed
            self._errands.append(errand)
            self._changed.notify_all()
        result: T = errand.result.result()
        return result

    def step_takes(self) -> float:
        """Seconds that the step under way has taken so far; 0 while there is none."""
        began = self._step_began
        return 0.0 if began is None else monotonic() - began

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _cancel(self, lane: Lane, job: Job) -> None:
        with self._changed:
            job.cancelled = True
            waiting = job in lane.waiting
            if waiting:  # It makes room at once.
                lane.waiting.remove(job)
        if waiting:
            job.row.finish_reason = "cancelled"
            lane.end(job)

    def _run(self) -> None:
        error: Exception = EngineClosed()
        try:
            if self._threads:
                compute_on(self._threads)
            while self._wait_for_work():
                self._step_began = monotonic()
                self._round()
                self._step_began = None
        except Exception as died:
            log.exception("the engine died")
            error = EngineDied("the engine died")
            self._on_death(died)
        with self._changed:
            self._closed = True
            jobs = [job for lane in self._lanes for job in lane.jobs]
        for job in jobs:
            job.progress.end(None, error)
        for errand in self._errands:
            errand.result.set_exception(error)

    def _wait_for_work(self) -> bool:
        """Sleep until there is something to do. False when closed."""
        with self._changed:
            self._forget_drained()  # Their weights would stay in memory until somebody asks again.
            self._changed.wait_for(
                lambda: self._closed or self._errands or any(not lane.idle for lane in self._lanes)
            )
            return not self._closed

    def _forget_drained(self) -> None:
        """Those lanes that are in no slot and have nothing to write. The lock is held meanwhile."""
        live = self._slots.values()
        self._lanes = [lane for lane in self._lanes if lane in live or not lane.idle]

    def _under_way(self) -> list[Lane]:
        """The lanes that have something to write."""
        with self._changed:
            return [lane for lane in self._lanes if not lane.idle]

    def _round(self) -> None:
        """Every text's next token, and then a little of other work."""
        lanes = self._under_way()
        self._make_room(lanes)
        self._admit(lanes)
        if self._short_of_cache(lanes):
            for lane in lanes:  # For those who could not join, at the next round.
                lane.shrink()
        read = [lane.turn(sum(len(other.writing) for other in lanes if other is not lane)) for lane in lanes]
        self._run_errand(_seconds_left(read))

    def _run_errand(self, seconds: float) -> None:
        if not self._errands:
            return
        self._errands[0].go_on(seconds)
        if self._errands[0].result.done():
            with self._changed:
                self._errands.popleft()

    def _make_room(self, lanes: Sequence[Lane]) -> None:
        """Give back what all versions keep, if it is that which is in the way of the first in line."""
        if not lanes or any(lane.writing for lane in lanes):
            return
        with self._changed:
            if not any(self._admissible(lanes)):
                for lane in self._lanes:
                    lane.rest()

    def _admit(self, lanes: Sequence[Lane]) -> None:
        """Let those join each lane who may now; nothing slow happens here."""
        with self._changed:
            for lane, count in zip(lanes, self._admissible(lanes), strict=True):
                lane.admit(count)

    def _short_of_cache(self, lanes: Sequence[Lane]) -> bool:
        """Does anybody wait though there are places?"""
        with self._changed:
            return self._places() > 0 and any(lane.waiting for lane in lanes)

    def _admissible(self, lanes: Sequence[Lane]) -> list[int]:
        free = self._cache_bytes - sum(lane.bytes for lane in self._lanes)
        return admissible([lane.queue for lane in lanes], Room(self._places(), free))

    def _places(self) -> int:
        return self._max_batch - sum(lane.texts for lane in self._lanes)


def _seconds_left(read: Sequence[bool]) -> float:
    """For other work after a round, by whether each version that wrote has read prompts, too: then there is
    time for no more than one slice. Beside several versions it is less, for each takes a pass."""
    return 0.0 if any(read) else _BETWEEN_ROUNDS / max(1, len(read))
