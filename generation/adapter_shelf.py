"""Which adapters a server holds for us, and which of them nobody needs any more."""

import threading
from collections import Counter
from dataclasses import dataclass

from generation.engine import CHAMPION


@dataclass(frozen=True, slots=True)
class ServedVersion:
    """A version on a server: the base itself, or an adapter under the version's own name."""

    name: str
    adapter: str | None = None  # Its folder as the server sees it; None for the base.


class AdapterShelf:
    """Thread-safe. Versions in slots stay, and the last `spare` others; the rest go with their last text."""

    def __init__(self, champion: ServedVersion, spare: int) -> None:
        self._spare = spare
        self._lock = threading.Lock()
        self._slots = {CHAMPION: champion}
        self._recent: list[str] = []  # Newest first.
        self._held: set[str] = set()
        self._texts: Counter[str] = Counter()
        self.hold(champion)

    def holds(self, slot: str) -> str | None:
        """The name of the version in a slot."""
        with self._lock:
            version = self._slots.get(slot)
            return version.name if version else None

    def lease(self, slot: str) -> ServedVersion:
        """A slot's version, kept until it is released as often as it was leased; else the champion."""
        with self._lock:
            version = self._slots.get(slot, self._slots[CHAMPION])
            self._texts[version.name] += 1
            return version

    def release(self, version: ServedVersion) -> None:
        with self._lock:
            self._texts[version.name] -= 1

    def hold(self, version: ServedVersion) -> None:
        """Note that the server has this version and that it is wanted now."""
        with self._lock:
            if version.adapter is not None:
                self._held.add(version.name)
            self._recent = [version.name, *(name for name in self._recent if name != version.name)]

    def flip(self, version: ServedVersion, slot: str) -> None:
        with self._lock:
            self._slots[slot] = version

    def clear(self, slot: str) -> None:
        with self._lock:
            if slot != CHAMPION:
                self._slots.pop(slot, None)

    def forget(self, name: str) -> None:
        with self._lock:
            self._held.discard(name)
            self._recent = [kept for kept in self._recent if kept != name]

    def idle(self) -> list[str]:
        """Adapters that may be taken off the server."""
        with self._lock:
            in_slots = {version.name for version in self._slots.values()}
            others = [name for name in self._recent if name not in in_slots]
            kept = in_slots.union(others[: self._spare])
            return sorted(name for name in self._held - kept if not self._texts[name])
