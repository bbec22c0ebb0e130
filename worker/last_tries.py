"""Prompts at their last try are written one by one: the one that ends every engine takes no other with it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from feedback.records import ClaimedPrompt


class LastTries:
    """Of one writer. Engines have died with each of these prompts, and of at least one. Thread-safe."""

    def __init__(self, max_attempts: int) -> None:
        self._max_attempts = max_attempts
        self._turn = threading.Lock()

    @contextmanager
    def turn(self, claimed: ClaimedPrompt) -> Iterator[bool]:
        """May it be written now? No longer than this lasts."""
        last = claimed.attempts == self._max_attempts > 1
        has_turn = not last or self._turn.acquire(blocking=False)
        try:
            yield has_turn
        finally:
            if last and has_turn:
                self._turn.release()
