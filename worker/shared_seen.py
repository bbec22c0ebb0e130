"""What was dealt with before, in Redis: a restart forgets nothing that a platform may still send again."""

from bots.seen import SeenHere
from worker.shared_notes import SharedNotes

_KEPT = 2 * 24 * 3600  # Seconds. Telegram sends nothing that is older than a day.


class SharedSeen:
    """While the broker is away, a process knows what it has dealt with itself."""

    def __init__(self, platform: str, broker_url: str) -> None:
        self._notes = SharedNotes("seen", platform, broker_url)
        self._here = SeenHere()

    async def known(self, key: str) -> bool:
        return await self._here.known(key) or await self._notes.find(key) is not None

    async def keep(self, key: str) -> None:
        await self._here.keep(key)
        await self._notes.keep(key, "1", _KEPT)

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._notes.aclose()
