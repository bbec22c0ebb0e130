"""The budget of one platform's calls, in Redis: all processes of the platform spend from it."""

import asyncio
import time
from collections.abc import Sequence
from time import monotonic
from weakref import WeakValueDictionary

import redis.asyncio as aioredis
import structlog
from limits import RateLimitItem, RateLimitItemPerSecond, WindowStats
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from redis import RedisError

from bots.budget import Call, Counter, Limit, OpenBudget, counters

log = structlog.get_logger(__name__)

_BROKER_TIMEOUT = 1.0  # Seconds: a reader waits behind every call.
_BROKER_REST = 5.0  # Seconds for which a broker that failed is not asked again.
_SHORTEST = 0.02  # Seconds between two looks at a full count.


class SharedBudget:
    """While the broker is away, every process goes on with a budget of its own."""

    def __init__(self, platform: str, broker_url: str, limits: Sequence[Limit]) -> None:
        self._limits = limits
        self._prefix = f"rhapsode:budget:{platform}"
        self._pool = aioredis.BlockingConnectionPool.from_url(
            broker_url,
            max_connections=8,
            timeout=_BROKER_TIMEOUT,
            socket_timeout=_BROKER_TIMEOUT,
            socket_connect_timeout=_BROKER_TIMEOUT,
        )
        self._redis = aioredis.Redis(connection_pool=self._pool)
        storage = RedisStorage(
            f"async+{broker_url}",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix=self._prefix,
            connection_pool=self._pool,  # type: ignore[arg-type]  # Handed to redis-py as it is.
        )
        self._shared = MovingWindowRateLimiter(storage)
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._closed = OpenBudget()
        self._away_until = 0.0
        self._turns: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()

    async def admit(self, call: Call) -> float:
        if wait := await self._closed_for(call):
            return wait
        entries = counters(self._limits, call)
        if call.live:
            return await self._enter_now(entries)
        waited = False
        for counter in entries:
            waited |= await self._enter_in_turn(counter)
        return await self._closed_for(call) if waited else 0.0

    async def close(self, chat: str, seconds: float) -> None:
        await self._closed.close(chat, seconds)
        if self._broker_is_there():
            try:
                await self._redis.set(self._closed_key(chat), 1, px=max(1, int(seconds * 1000)))
            except RedisError as error:
                self._rest(error)

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._pool.aclose()

    async def _enter_now(self, entries: Sequence[Counter]) -> float:
        """Enter a live call, unless a count is full or somebody waits there. Returns the seconds to wait."""
        for counter in entries:  # All are looked at first: a call that is not made must cost nothing.
            turn = self._turns.get(counter.key)
            if (turn and turn.locked()) or (await self._standing(counter)).remaining < 1:
                return await self._frees_in(counter)
        for counter in entries:
            if not await self._entered(counter):
                return await self._frees_in(counter)
        return 0.0

    async def _enter_in_turn(self, counter: Counter) -> bool:
        """Enter a call that must arrive: first come, first served. True if it had to wait."""
        if not counter.waits:
            await self._entered(counter)
            return False
        waited = False
        turn = self._turns.setdefault(counter.key, asyncio.Lock())
        async with turn:
            while not await self._entered(counter):
                waited = True
                await asyncio.sleep(await self._frees_in(counter))
        return waited

    async def _entered(self, counter: Counter) -> bool:
        if self._broker_is_there():
            try:
                return await self._shared.hit(_item(counter), *counter.key)
            except StorageError as error:
                self._rest(error)
        return await self._own.hit(_item(counter), *counter.key)

    async def _frees_in(self, counter: Counter) -> float:
        """Seconds until the count has room again."""
        return max(_SHORTEST, (await self._standing(counter)).reset_time - time.time())

    async def _standing(self, counter: Counter) -> WindowStats:
        if self._broker_is_there():
            try:
                return await self._shared.get_window_stats(_item(counter), *counter.key)
            except StorageError as error:
                self._rest(error)
        return await self._own.get_window_stats(_item(counter), *counter.key)

    async def _closed_for(self, call: Call) -> float:
        """Seconds that this chat is to be left alone, whichever process was told so."""
        left = await self._closed.admit(call)
        if left or not self._broker_is_there():
            return left
        try:
            return max(0.0, await self._redis.pttl(self._closed_key(call.chat)) / 1000)
        except RedisError as error:
            self._rest(error)
            return 0.0

    def _closed_key(self, chat: str) -> str:
        return f"{self._prefix}:closed:{chat}"

    def _broker_is_there(self) -> bool:
        return monotonic() >= self._away_until

    def _rest(self, error: Exception) -> None:
        if self._broker_is_there():
            log.warning("the broker is away, each process keeps a budget of its own", error=str(error))
        self._away_until = monotonic() + _BROKER_REST


def _item(counter: Counter) -> RateLimitItem:
    return RateLimitItemPerSecond(counter.calls, counter.seconds)
