"""The writing engine's interface: submit a request, read its snapshots, cancel it, swap the model version."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from generation.prompts import ChatMessage
from generation.sampling import Sampling


class WritingFailed(Exception):
    """Raised when one request could not be written; others are not touched."""


class EngineClosed(Exception):
    """Raised when the engine has stopped: the request may be given to another one."""


@dataclass(frozen=True, slots=True)
class WritingRequest:
    """One text to write."""

    messages: list[ChatMessage]
    seed: int
    max_new_tokens: int
    sampling: Sampling = field(default_factory=Sampling)
    stop_after_lines: int | None = None


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
        """Wait for the whole text. Raises WritingFailed, EngineClosed, TimeoutError."""

    def cancel(self) -> None:
        """Stop writing; the result holds what was written, finish reason "cancelled"."""


class Engine(Protocol):
    """Writes many texts at once. Thread-safe."""

    @property
    def version(self) -> str:
        """Name of the version that new requests are written by."""

    def submit(self, request: WritingRequest) -> Ticket:
        """Take a request. Raises EngineClosed."""

    def close(self) -> None:
        """Stop; requests under way end with EngineClosed."""


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

    def past(self, tokens: int) -> bool:
        """Is there more than so many tokens to show, or no more to come?"""
        return self.over or len(self.tokens) > tokens

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
