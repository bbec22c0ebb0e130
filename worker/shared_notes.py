"""Short-lived notes in Redis that all processes of a platform share, for as long as the broker is there."""

import asyncio
from hashlib import sha256
from time import monotonic

import redis.asyncio as aioredis
import structlog
from redis import RedisError

log = structlog.get_logger(__name__)

_BROKER_TIMEOUT = 0.25  # Seconds: a reader waits behind every update, and Telegram for its answer.
_BROKER_REST = 5.0  # Seconds for which a broker that failed is not asked again.


class SharedNotes:
    """While the broker is away nothing is found and nothing kept, and nobody waits for it."""

    def __init__(self, kind: str, platform: str, broker_url: str) -> None:
        self._prefix = f"rhapsode:{kind}:{platform}"
        self._redis = aioredis.Redis.from_url(
            broker_url, socket_timeout=_BROKER_TIMEOUT, socket_connect_timeout=_BROKER_TIMEOUT
        )
        self._away_until = 0.0

    async def find(self, key: str) -> str | None:
        if monotonic() < self._away_until:
            return None
        try:
            async with asyncio.timeout(_BROKER_TIMEOUT):  # With what it takes to connect.
                found = await self._redis.get(self._named(key))
        except (RedisError, TimeoutError) as error:
            self._rest(error)
            return None
        return found.decode("utf-8", "surrogatepass") if isinstance(found, bytes) else found

    async def keep(self, key: str, note: str, seconds: int) -> None:
        if monotonic() < self._away_until:
            return
        try:
            async with asyncio.timeout(_BROKER_TIMEOUT):
                await self._redis.set(self._named(key), note.encode("utf-8", "surrogatepass"), ex=seconds)
        except (RedisError, TimeoutError) as error:
            self._rest(error)

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._redis.aclose()

    def _named(self, key: str) -> str:
        # A key may hold what cannot be sent (half a character), and is as long as whoever made it likes.
        return f"{self._prefix}:{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"

    def _rest(self, error: Exception) -> None:
        log.warning("the broker is away: a restart would forget", what=self._prefix, error=str(error))
        self._away_until = monotonic() + _BROKER_REST
