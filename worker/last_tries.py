"""Prompts at their last try are written one by one: the one that ends every engine takes no other with it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from feedback.records import ClaimedPrompt


class LastTries:
    """Of one writer. Engines have died with each of these prompts, and of at least one. Thread-safe."""

    def __init__(self, max_attempts: int) -> None:
        self._max_attempts = max_attempts
        self._lock = threading.Lock()
        self._under_way = False
        self._waiting: dict[int, None] = {}  # In order.

    @contextmanager
    def turn(self, claimed: ClaimedPrompt) -> Iterator[bool]:
        """May it be written now? No longer than this lasts."""
        last = claimed.attempts == self._max_attempts > 1
        with self._lock:
            has_turn = not (last and self._under_way)
            self._under_way = self._under_way or last
        try:
            yield has_turn
        finally:
            if last and has_turn:
                with self._lock:
                    self._under_way = False

    def waits(self, prompt_id: int) -> None:
        """It had no turn, and nobody holds it any more."""
        with self._lock:
            self._waiting[prompt_id] = None

    def next(self) -> int | None:
        """Who waits longest, once there is a turn; told once. Those of a dead writer are swept up."""
        with self._lock:
            first = None if self._under_way else next(iter(self._waiting), None)
            if first is not None:
                del self._waiting[first]
            return first
