"""One text that a server writes for us: what has come of it, and how it ended."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic

import structlog

from generation.adapter_shelf import ServedVersion
from generation.engine import (
    CannotLoadNow,
    EngineClosed,
    Progress,
    WritingFailed,
    WritingRequest,
    Written,
)
from generation.manifest import RefusedVersion
from generation.openai_messages import Piece
from generation.openai_trouble import ServerTrouble
from generation.thoughts import without_thoughts

log = structlog.get_logger(__name__)


class TextProgress(Progress):
    """What the server has sent of one text."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.pieces = 0
        self.counted: int | None = None  # Tokens, where the server counts them.
        self.prompt_tokens = 0

    @property
    def so_far(self) -> str:
        """What has come: characters here."""
        return self.text

    def add(self, piece: Piece, text: str) -> None:
        with self.changed:
            self.counted = self.counted if piece.tokens is None else piece.tokens
            self.prompt_tokens = self.prompt_tokens if piece.prompt_tokens is None else piece.prompt_tokens
            if piece.text:
                self.first_token = self.first_token or monotonic()
                self.pieces += 1
                self.text = text
            self.changed.notify_all()


@dataclass(slots=True, eq=False)
class Job:
    """A request from submission to its end."""

    request: WritingRequest
    version: ServedVersion
    progress: TextProgress = field(default_factory=TextProgress)
    task: asyncio.Task[str] | None = None
    cancelled: bool = False


def outcome(job: Job, task: asyncio.Task[str]) -> tuple[Written | None, Exception | None]:
    if task.cancelled():
        return (_written(job, "cancelled"), None) if job.cancelled else (None, EngineClosed())
    error = task.exception()
    if error is None:
        return _written(job, task.result()), None
    if isinstance(error, ServerTrouble):
        if job.progress.text:
            return None, WritingFailed(f"{error.why}; the text had begun")
        return None, EngineClosed(error.why) if error.away else WritingFailed(error.why)
    if isinstance(error, CannotLoadNow):
        return None, EngineClosed(str(error))
    if isinstance(error, RefusedVersion):
        return None, WritingFailed(str(error))
    log.error("a text failed", version=job.version.name, exc_info=error)
    return None, WritingFailed(type(error).__name__)


def _written(job: Job, reason: str) -> Written:
    progress, ended = job.progress, monotonic()
    return Written(
        text=without_thoughts(progress.text).strip(),
        version=job.version.name,
        seed=job.request.seed,
        # Servers send about one token a piece.
        tokens=progress.pieces if progress.counted is None else progress.counted,
        prompt_tokens=progress.prompt_tokens,
        ttft_ms=1000 * ((progress.first_token or ended) - progress.submitted),
        total_ms=1000 * (ended - progress.submitted),
        finish_reason=reason,
    )
