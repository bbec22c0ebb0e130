"""Themes that no button of Telegram's holds, in Redis: what was offered can be written after a restart."""

from bots.telegram_inline import KEPT, LongThemesHere
from worker.shared_notes import SharedNotes


class SharedThemes:
    """While the broker is away, a process knows what it has offered itself."""

    def __init__(self, platform: str, broker_url: str) -> None:
        self._notes = SharedNotes("theme", platform, broker_url)
        self._here = LongThemesHere()

    async def keep(self, key: str, theme: str) -> None:
        await self._here.keep(key, theme)
        await self._notes.keep(key, theme, KEPT)

    async def find(self, key: str) -> str | None:
        return await self._here.find(key) or await self._notes.find(key)

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._notes.aclose()
