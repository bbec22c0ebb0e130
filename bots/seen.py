"""What was dealt with before, so that what a platform sends again is left alone."""

from typing import Protocol

REMEMBERED = 10_000  # Keys, the newest.


class Seen(Protocol):
    """Keys of updates that were dealt with."""

    async def known(self, key: str) -> bool:
        """Whether the key was kept before."""

    async def keep(self, key: str) -> None:
        """Keep the key, once what it names is done: what a crash interrupts is done again."""


class SeenHere:
    """Known to one process, until it ends."""

    def __init__(self) -> None:
        self._keys: dict[str, None] = {}

    async def known(self, key: str) -> bool:
        return key in self._keys

    async def keep(self, key: str) -> None:
        self._keys[key] = None
        if len(self._keys) > REMEMBERED:
            del self._keys[next(iter(self._keys))]
