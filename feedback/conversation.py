"""What the store takes and returns about conversations and the queue: frozen, plain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FOLLOW_UPS = ("continue", "revise")  # Kinds of prompts that speak of the piece before them.


@dataclass(frozen=True, slots=True)
class Origin:
    """What a completion was written for, and where it was asked."""

    platform: str
    workspace: str
    chat: str
    form: str
    theme: str
    language: str
    kind: str
    instruction: str
    parent_completion_id: int | None
    length: str = "usual"
    sampling: Mapping[str, Any] = field(default_factory=dict)  # Empty where it was not kept.


@dataclass(frozen=True, slots=True)
class EarlierPiece:
    """One piece of a conversation with what was asked for: the first one answers its form and theme alone."""

    completion_id: int
    form: str
    theme: str
    language: str
    kind: str
    instruction: str
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class WaitingLimits:
    """How many prompts may wait for a writer, and of one reader be asked and written."""

    in_all: int = 200
    per_reader: int = 5
    per_day: int = 0  # UTC; 0: any number.
    running: int = 0  # Written at once; 0: any number.


class QueueFull(Exception):
    """Raised when too many prompts wait; `waiting` says how many."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} prompts wait")
        self.waiting = waiting


class QuotaUsed(Exception):
    """Raised when a reader has asked for as much as they may in a day (UTC); `asked` says how much."""

    def __init__(self, asked: int) -> None:
        super().__init__(f"{asked} prompts of this reader today")
        self.asked = asked


class ReaderWaits(Exception):
    """Raised when too many prompts of one reader wait; `waiting` says how many."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} prompts of this reader wait")
        self.waiting = waiting
