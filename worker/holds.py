"""The prompts that a writer holds, and the texts that its engine writes for them. Thread-safe."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from feedback.records import ClaimedPrompt
from generation.engine import Ticket


@dataclass(slots=True)
class Hold:
    """A prompt while it is ours."""

    lease: str
    variants: int
    tickets: set[Ticket] = field(default_factory=set)
    cancelled: bool = False
    trace: str | None = None  # Variants are written in threads of their own.


class Holds:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[int, Hold] = {}

    @contextmanager
    def holding(self, claimed: ClaimedPrompt) -> Iterator[Hold]:
        hold = Hold(claimed.lease, claimed.variants)
        with self._lock:
            self._held[claimed.id] = hold
        try:
            yield hold
        finally:
            with self._lock:
                del self._held[claimed.id]

    @contextmanager
    def under_way(self, hold: Hold, ticket: Ticket) -> Iterator[None]:
        with self._lock:
            hold.tickets.add(ticket)
            cancelled = hold.cancelled
        if cancelled:  # Between two tries of a blank text, or before all variants had begun.
            ticket.cancel()
        try:
            yield
        finally:
            with self._lock:
                hold.tickets.discard(ticket)

    def cancel(self, prompt_id: int) -> None:
        """Stop what is written for a prompt, if it is held here."""
        with self._lock:
            hold = self._held.get(prompt_id)
            if hold is None:
                return
            hold.cancelled = True
            tickets = tuple(hold.tickets)
        for ticket in tickets:
            ticket.cancel()

    def leases(self) -> dict[int, str]:
        """The lease of each prompt."""
        with self._lock:
            return {prompt_id: hold.lease for prompt_id, hold in self._held.items()}

    def texts(self) -> int:
        """How many texts the prompts want, all together."""
        with self._lock:
            return sum(hold.variants for hold in self._held.values())
