"""What an operator does with the service from the studio, as a Protocol that the worker fills."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Trial:
    """A version that is tried on some readers, and what they have said so far."""

    version: str
    share: float  # Of the readers.
    since: datetime
    until: datetime  # When it ends without a verdict.
    readers: int  # Who have rated enough to count,
    tried: int  # and those of them that the version wrote for.
    ahead: float  # Mean rating of those, less that of the others.
    better: float  # Evidence (e-values); at `needed` it is promoted,
    worse: float  # or quarantined.
    needed: float


class CannotSteer(Exception):
    """Raised when it could not be done; the message says why, for operators."""


class Steering(Protocol):
    """Blocking: call it through `asyncio.to_thread`. Raises CannotSteer, DatabaseGone."""

    def promote(self, version: str) -> None:
        """Make a version champion, after it was verified. May take a minute."""

    def rollback(self) -> str:
        """Back to the champion before; its name."""

    def end_trial(self) -> None:
        """Try nothing any more."""

    def retrain(self) -> None:
        """Have the trainer look now whether there is something to learn."""

    def pause(self, *, paused: bool) -> None:
        """Take no requests, or take them again."""

    def pause_learning(self, *, paused: bool) -> None:
        """Begin no run on ratings, or begin them again. One that runs goes on to its end."""

    def trial(self) -> Trial | None:
        """How the trial stands, if there is one."""
