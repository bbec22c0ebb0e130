"""What was dealt with before, in Redis: a restart forgets nothing that a platform may still send again."""

from time import monotonic

import redis.asyncio as aioredis
import structlog
from redis import RedisError

from bots.seen import SeenHere

log = structlog.get_logger(__name__)

_KEPT = 2 * 24 * 3600  # Seconds. Telegram sends nothing that is older than a day.
_BROKER_TIMEOUT = 0.5  # Seconds: a reader waits behind every update.
_BROKER_REST = 5.0  # Seconds for which a broker that failed is not asked again.


class SharedSeen:
    """While the broker is away, a process knows what it has dealt with itself."""

    def __init__(self, platform: str, broker_url: str) -> None:
        self._prefix = f"rhapsode:seen:{platform}"
        self._redis = aioredis.Redis.from_url(
            broker_url, socket_timeout=_BROKER_TIMEOUT, socket_connect_timeout=_BROKER_TIMEOUT
        )
        self._here = SeenHere()
        self._away_until = 0.0

    async def known(self, key: str) -> bool:
        if await self._here.known(key):
            return True
        if monotonic() < self._away_until:
            return False
        try:
            return bool(await self._redis.exists(self._named(key)))
        except RedisError as error:
            self._rest(error)
            return False

    async def keep(self, key: str) -> None:
        await self._here.keep(key)
        if monotonic() < self._away_until:
            return
        try:
            await self._redis.set(self._named(key), 1, ex=_KEPT)
        except RedisError as error:
            self._rest(error)

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._redis.aclose()

    def _named(self, key: str) -> str:
        return f"{self._prefix}:{key}"

    def _rest(self, error: Exception) -> None:
        log.warning("the broker is away: after a restart something may be done twice", error=str(error))
        self._away_until = monotonic() + _BROKER_REST
