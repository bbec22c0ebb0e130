"""What readers may see and settle about themselves, as adapters depend on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bots.messages import Place, Reader


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    language: str = ""  # "en" or "zh"; empty: as the platform says.
    consent: bool = True  # May what this reader asks and rates be trained on?


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece as a list or a form shows it."""

    completion_id: int
    form: str
    theme: str
    text: str
    likes: int
    written_at: datetime  # UTC.


@dataclass(frozen=True, slots=True)
class Stored:
    """How much is stored of one reader."""

    prompts: int
    completions: int
    ratings: int
    preferences: int
    demonstrations: int
    since: datetime | None  # UTC; None if there is nothing.


@dataclass(frozen=True, slots=True)
class Erased:
    """What was removed, and which model versions had learned from it."""

    stored: Stored
    versions: tuple[str, ...]
    snapshots: tuple[int, ...] = ()  # Numbers of the datasets that held something of it.


class Readers(Protocol):
    """Blocking: call it through `asyncio.to_thread`."""

    def settings(self, reader: Reader) -> ReaderSettings:
        """What the reader has settled, or the operator's defaults."""

    def settle(
        self, reader: Reader, *, language: str | None = None, consent: bool | None = None
    ) -> ReaderSettings:
        """Change what is given; "" as language follows the platform again. Returns all of it."""

    def ask_consent(self, reader: Reader) -> bool:
        """True once per reader, for whoever is to tell them how their ratings are used; then False."""

    def consent_asked(self, reader: Reader) -> bool:
        """Whether `ask_consent` has said True for the reader."""

    def stored(self, reader: Reader) -> Stored:
        """How much is stored of the reader."""

    def export(self, reader: Reader) -> bytes:
        """Everything that is stored of the reader, as UTF-8 JSON."""

    def erase(self, reader: Reader) -> Erased:
        """Remove everything that is stored of the reader, for good. What is being written is stopped."""

    def recent(self, reader: Reader, limit: int) -> Sequence[Shown]:
        """The reader's own pieces, newest first."""

    def favourites(self, reader: Reader, days: int, limit: int) -> Sequence[Shown]:
        """The best-rated pieces of the last days in the channels that the reader was in, of who consents."""

    def piece(self, reader: Reader, completion_id: int) -> Shown:
        """One piece that the reader may see. Raises UnknownCompletion."""

    def under_way(self, reader: Reader, place: Place | None = None) -> Sequence[int]:
        """The reader's prompts that are waiting or being written, there or anywhere, oldest first."""
