"""What operators may do from a chat, as adapters depend on it."""

from dataclasses import dataclass
from typing import Protocol

from bots.messages import Reader


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    champion: str  # Model version; empty before the first.
    canary: str  # Model version; empty if there is none.
    writers: int  # That answer.
    waiting: int  # Prompts that no writer has taken yet.
    under_way: int  # Prompts that are being written.
    completions_today: int
    ratings_today: int
    paused: bool
    last_run: str  # Outcome of the newest training run; empty before the first.


class NotOperator(Exception):
    """Raised when somebody who is not listed asks for what only operators may."""


class Operators(Protocol):
    """Blocking: call it through `asyncio.to_thread`. Every method raises NotOperator."""

    def status(self, operator: Reader) -> ServiceStatus:
        """How the service is doing."""

    def pause(self, operator: Reader, *, paused: bool) -> None:
        """Take no more requests, or take them again. What is accepted is still written."""
