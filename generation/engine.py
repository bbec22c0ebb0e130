"""The writing engine's interface: submit a request, read its snapshots, cancel it, swap the model version."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, Protocol, TypeVar

from generation.prompts import ChatMessage
from generation.sampling import Sampling


class WritingFailed(Exception):
    """Raised when one request could not be written; others are not touched."""


class EngineClosed(Exception):
    """Raised when the engine has stopped: the request may be given to another one."""


class EngineDied(EngineClosed):
    """Raised for what an engine was writing when it broke down: the request may be to blame."""


class EngineFull(Exception):
    """Raised when more requests wait than the engine takes."""


CHAMPION, CANARY = "champion", "canary"  # Slots of an engine.


@dataclass(frozen=True, slots=True)
class WritingRequest:
    """One text to write."""

    messages: list[ChatMessage]
    seed: int
    max_new_tokens: int
    sampling: Sampling = field(default_factory=Sampling)
    stop_after_lines: int | None = None
    slot: str = CHAMPION  # Whose version writes it; the champion's if the slot is empty.


@dataclass(frozen=True, slots=True)
class Written:
    """A whole text with its provenance."""

    text: str
    version: str  # The one version that wrote it.
    seed: int
    tokens: int
    prompt_tokens: int
    ttft_ms: float  # From submission to the first token.
    total_ms: float
    finish_reason: str  # "stop", "length" or "cancelled".


class Ticket(Protocol):
    """A submitted request."""

    def snapshots(self, every: float = 0.1) -> Iterator[str]:
        """Whole texts so far, at most one per `every` seconds, until the text is finished."""

    def result(self, timeout: float | None = None) -> Written:
        """Wait for the whole text. Raises WritingFailed, EngineClosed (or EngineDied), TimeoutError."""

    def cancel(self) -> None:
        """Stop writing; the result holds what was written, finish reason "cancelled"."""


class Engine(Protocol):
    """Writes many texts at once. Thread-safe."""

    @property
    def version(self) -> str:
        """Name of the champion, which writes new requests unless they name another slot."""

    def submit(self, request: WritingRequest) -> Ticket:
        """Take a request. Raises EngineClosed, EngineFull, WritingFailed."""

    def close(self) -> None:
        """Stop; requests under way end with EngineClosed."""


class CannotLoadNow(Exception):
    """Raised when a version cannot be loaded for a passing reason: it may be tried again."""


class Named(Protocol):
    """A version as an engine holds it."""

    @property
    def name(self) -> str: ...


Version = TypeVar("Version", bound=Named, contravariant=True)


class SwappingEngine(Engine, Protocol[Version]):
    """An engine whose versions can be changed while it writes."""

    def holds(self, slot: str) -> str | None:
        """The name of the version in a slot."""

    def install(self, version: Version, slot: str = CHAMPION) -> None:
        """From now on new requests of a slot are written by `version`; those under way end with theirs.

        Raises RefusedVersion, CannotLoadNow.
        """

    def clear(self, slot: str) -> None:
        """Empty a slot: its new requests go to the champion, those under way end with their version."""


class Progress:
    """What one request has so far: written by the engine's thread, awaited by others."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.submitted = monotonic()
        self.first_token: float | None = None
        self.tokens: list[int] = []
        self.written: Written | None = None
        self.error: Exception | None = None

    @property
    def over(self) -> bool:
        return self.written is not None or self.error is not None

    @property
    def so_far(self) -> Sequence[Any]:
        """What has come: tokens here."""
        return self.tokens

    def past(self, length: int) -> bool:
        """Is there more than so much to show, or no more to come?"""
        return self.over or len(self.so_far) > length

    def outcome(self) -> Written:
        """The text, once it is over. Raises what ended it."""
        if self.written is None:
            raise self.error or EngineClosed
        return self.written

    def show(self, tokens: list[int]) -> None:
        with self.changed:
            if self.first_token is None and tokens:
                self.first_token = monotonic()
            self.tokens = tokens
            self.changed.notify_all()

    def end(self, written: Written | None, error: Exception | None) -> None:
        with self.changed:
            self.written, self.error = written, error
            self.changed.notify_all()


class ProgressTicket:
    """A ticket on what an engine's thread notes down; `text_of` makes text of what has come so far."""

    def __init__(self, progress: Progress, text_of: Callable[[Any], str], cancel: Callable[[], None]) -> None:
        self._progress = progress
        self._text_of = text_of
        self.cancel = cancel

    def snapshots(self, every: float = 0.1) -> Iterator[str]:
        progress = self._progress
        seen = 0
        due = 0.0
        while True:
            with progress.changed:
                progress.changed.wait_for(partial(progress.past, seen))
                # Only the end comes sooner than that: tokens come faster than readers look.
                progress.changed.wait_for(lambda: progress.over, timeout=max(0.0, due - monotonic()))
                if progress.over:
                    return
                so_far = progress.so_far
            seen, due = len(so_far), monotonic() + every
            text = self._text_of(so_far)
            if text.strip():  # Half a character, or a thought, is nothing to look at.
                yield text

    def result(self, timeout: float | None = None) -> Written:
        progress = self._progress
        with progress.changed:
            if not progress.changed.wait_for(lambda: progress.over, timeout):
                raise TimeoutError
        return progress.outcome()
