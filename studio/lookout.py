"""Look at something slow for whoever asks: once a second at most, on a thread of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Generic, TypeVar

GOOD_FOR = 1.0  # Seconds.

T = TypeVar("T")


class Lookout(Generic[T]):
    """Strangers may ask too, as often as they like: no page has to wait for a thread that they hold."""

    def __init__(self, look: Callable[[], T]) -> None:
        self._look = look
        self._thread = ThreadPoolExecutor(1, "lookout")
        self._seen: asyncio.Future[T] | None = None
        self._seen_at = 0.0

    async def seen(self) -> T:
        """What a look saw that is under way, or not older than a second. Raises what the look raises."""
        if self._seen is None or (self._seen.done() and monotonic() - self._seen_at > GOOD_FOR):
            self._seen = asyncio.get_running_loop().run_in_executor(self._thread, self._timed)
        return await asyncio.shield(self._seen)  # Who no longer waits does not stop it for the others.

    def _timed(self) -> T:
        try:
            return self._look()
        finally:
            self._seen_at = monotonic()
