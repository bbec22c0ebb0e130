"""What the service says of itself in a channel, as adapters depend on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bots.messages import Place
from bots.readers import Shown


@dataclass(frozen=True, slots=True)
class Surge:
    """Readers who dislike what they get, more of them than usual."""

    unhappy: int
    readers: int  # Who rated anything in that time.
    usual: int  # In a hundred readers, how many are unhappy in as much time.
    version: str  # That writes now.


@dataclass(frozen=True, slots=True)
class Votes:
    liked: int
    disliked: int

    @property
    def share(self) -> int:
        """In a hundred, how many were likes; 0 of none."""
        return round(100 * self.liked / (self.liked + self.disliked)) if self.liked + self.disliked else 0


@dataclass(frozen=True, slots=True)
class Digest:
    """A week: what was written, how it was liked, what became of the model."""

    written: int
    votes: Votes
    before: Votes  # Of the week before.
    version: str  # That writes now.
    version_before: str  # A week ago.
    runs: int
    pieces: tuple[Shown, ...] = ()  # The best, of readers who consent.


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to say once in one place."""

    id: int
    place: Place
    locale: str
    said: Surge | Digest
    picture: bytes = b""  # PNG; empty if there is none.
    posted: str = ""  # The message that says it already: what is left is its picture.


class NoticeBoard(Protocol):
    """Blocking: call it through `asyncio.to_thread`."""

    def take(self, platform: str, workspace: str, herald: str, seconds: float) -> Sequence[Notice]:
        """What is to be said there and no other herald has taken, from now on this one's, for so long."""

    def posted(self, notice: Notice, message: str) -> None:
        """Keep which message says it."""

    def done(self, notice: Notice, why_not: str = "") -> None:
        """All of it is said, or it cannot be."""
