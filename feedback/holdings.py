"""What the store takes and returns about a reader's own things: frozen, plain."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What a reader has settled, or the operator's default."""

    language: str = ""  # "en" or "zh"; empty: as the platform says.
    consent: bool = True


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many rows there are of one reader."""

    prompts: int = 0
    completions: int = 0
    ratings: int = 0
    preferences: int = 0
    demonstrations: int = 0
    since: datetime | None = None  # UTC; None if there is nothing.


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, what had learned from it, and which prompts somebody may still be writing."""

    holdings: Holdings
    versions: tuple[str, ...]
    stopped: tuple[int, ...]
    snapshots: tuple[int, ...] = ()  # Datasets that the reader was in.
    critics: tuple[str, ...] = ()  # Versions whose critic had learned from it too.


@dataclass(frozen=True, slots=True)
class GalleryPiece:
    completion_id: int
    form: str
    theme: str
    text: str
    likes: int  # Readers who like it.
    written_at: datetime
