"""Work behind Slack's acknowledgement: each thing once, and what was begun done before the bot stops."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from weakref import WeakValueDictionary

import structlog

from bots.seen import Seen, SeenHere

log = structlog.get_logger(__name__)

REMEMBERED = 50_000  # Keys of what came: some minutes at 200 a second, some MiB.
CLOSING_PATIENCE = 5.0  # Seconds for what was acknowledged and is not handed over yet.

_AT_ONCE = 16  # Questions after what was seen: each takes a connection.

Step = Callable[[], Coroutine[Any, Any, None]]


class Work:
    """`seen` knows what came before a restart or to another process; asked once it is acknowledged."""

    def __init__(self, team: str, seen: Seen | None) -> None:
        self._team = team
        self._seen = seen or SeenHere()
        self._recent: dict[int, None] = {}  # Slack repeats itself for minutes, also under new event ids.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._asking = asyncio.Semaphore(_AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()

    def once(self, key: str, whose: str, step: Step) -> None:
        """Do it, unless what has this key came before; "" is no key.

        What one reader does is begun in the order in which it came.
        """
        if self.first_here(key):
            self.start(self._unless_seen(key, whose, step) if key else step())

    async def first(self, key: str) -> bool:
        """False for what has come before, wherever it came."""
        if not self.first_here(key) or await self._known(key):
            return False
        await self._keep(key)
        return True

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, before the bot stops."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    async def close(self) -> None:
        """Finish what was acknowledged."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=CLOSING_PATIENCE)
            for task in late:
                task.cancel()

    async def _unless_seen(self, key: str, whose: str, step: Step) -> None:
        async with self._turns.setdefault(whose, asyncio.Lock()):
            known = await self._known(key)
        if not known:  # Its first await comes before that of whoever has the next turn.
            await step()
            await self._keep(key)

    def first_here(self, key: str) -> bool:
        """False for what has come to this process before; "" is no key."""
        if not key:
            return True
        mark = hash(key)  # Of 64 bits, however long the key is.
        if mark in self._recent:
            return False
        self._recent[mark] = None
        if len(self._recent) > REMEMBERED:
            del self._recent[next(iter(self._recent))]
        return True

    async def _known(self, key: str) -> bool:
        async with self._asking:
            return await self._seen.known(self._marked(key))

    async def _keep(self, key: str) -> None:
        async with self._asking:
            await self._seen.keep(self._marked(key))

    def _marked(self, key: str) -> str:
        """Of two workspaces one must not know the other's."""
        return f"{self._team}:{key}"

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a request from Slack was dropped", exc_info=error)
