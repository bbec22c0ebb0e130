"""The engine on an OpenAI-compatible server: one thread with an event loop, one task per text."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from generation.adapter_shelf import AdapterShelf, ServedVersion
from generation.engine import (
    CHAMPION,
    CannotLoadNow,
    EngineClosed,
    EngineFull,
    ProgressTicket,
    Ticket,
    WritingRequest,
)
from generation.openai_server import OpenAIServer, Patience, ServerAddress
from generation.openai_ticket import Job, outcome
from generation.openai_writing import OpenAIWriting
from generation.served_adapters import ServedAdapters
from generation.thoughts import without_thoughts

if TYPE_CHECKING:  # Importing transformers takes seconds, and a server's tokenizer may not be here.
    from transformers import PreTrainedTokenizerBase

T = TypeVar("T")


class OpenAIEngine:
    """Writes `max_at_once` texts at once; `max_waiting` more wait, first come first served."""

    def __init__(
        self,
        address: ServerAddress,
        base: ServedVersion,
        *,
        tokenizer: "PreTrainedTokenizerBase | None" = None,
        max_at_once: int = 32,
        max_waiting: int = 256,
        patience: Patience | None = None,
        spare: int = 2,  # Versions kept for a rollback beside those in slots.
    ) -> None:
        """Raises ServerTrouble if the address is none; the server itself is not asked anything yet."""
        self._patience = patience or Patience()
        self._max_at_once = max_at_once
        self._room = max_at_once + max_waiting
        self._server = OpenAIServer(address, self._patience)
        self._shelf = AdapterShelf(base, spare)
        self._adapters = ServedAdapters(self._server, self._shelf)
        self._writing = OpenAIWriting(self._server, self._adapters, tokenizer, self._patience)
        self._unloading: asyncio.Task[None] | None = None
        self._lock = threading.Lock()
        self._jobs: set[Job] = set()
        self._closed = False
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="openai engine", daemon=True)
        self._thread.start()
        self._started.wait()

    @property
    def version(self) -> str:
        return str(self.holds(CHAMPION))

    def holds(self, slot: str) -> str | None:
        """The name of the version in a slot."""
        return self._shelf.holds(slot)

    def submit(self, request: WritingRequest) -> Ticket:
        with self._lock:
            if self._closed:
                raise EngineClosed
            if len(self._jobs) >= self._room:
                raise EngineFull
            job = Job(request, self._shelf.lease(request.slot))
            self._jobs.add(job)
            self._loop.call_soon_threadsafe(self._begin, job)
        return ProgressTicket(job.progress, without_thoughts, partial(self._soon, partial(self._cancel, job)))

    def load(self, version: ServedVersion) -> None:
        """Have the server hold a version beside the live one. Raises RefusedVersion, CannotLoadNow."""
        self._wait_for(self._adapters.load(version))

    def install(self, version: ServedVersion, slot: str = CHAMPION) -> None:
        """From now on new requests of a slot are written by `version`; those under way end with theirs.

        Raises RefusedVersion, CannotLoadNow.
        """
        self.load(version)
        self._shelf.flip(version, slot)
        self._soon(self._tidy)

    def clear(self, slot: str) -> None:
        """Empty a slot: its new requests go to the champion, those under way end with their version."""
        self._shelf.clear(slot)
        self._soon(self._tidy)

    def close(self) -> None:
        with self._lock:
            closed, self._closed = self._closed, True
        if not closed:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._places = asyncio.Semaphore(self._max_at_once)
        self._started.set()
        await self._stop.wait()
        tasks = [task for task in (*(job.task for job in self._jobs), self._unloading) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.close()

    def _wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        with self._lock:
            if self._closed:
                work.close()
                raise CannotLoadNow("the engine is closed")
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError:
            raise CannotLoadNow("the engine is closed") from None

    def _soon(self, do: Callable[[], None]) -> None:
        with self._lock:
            if not self._closed:
                self._loop.call_soon_threadsafe(do)

    # What follows runs in the loop

    def _begin(self, job: Job) -> None:
        job.task = self._loop.create_task(self._write(job))
        job.task.add_done_callback(partial(self._end, job))

    def _cancel(self, job: Job) -> None:
        if job.task is not None:
            job.cancelled = True
            job.task.cancel()

    def _end(self, job: Job, task: asyncio.Task[str]) -> None:
        with self._lock:
            self._jobs.discard(job)
        self._shelf.release(job.version)
        self._tidy()
        job.progress.end(*outcome(job, task))

    def _tidy(self) -> None:
        """Take adapters off the server that no text needs any more."""
        under_way = self._unloading is not None and not self._unloading.done()
        if self._shelf.idle() and not under_way and not self._stop.is_set():
            self._unloading = self._loop.create_task(self._unload())

    async def _unload(self) -> None:
        while self._shelf.idle():
            await asyncio.sleep(self._patience.settle)
            if not await self._adapters.unload_idle():
                return  # Tried again after the next text.

    async def _write(self, job: Job) -> str:
        async with self._places:
            return await self._writing.write(job)
