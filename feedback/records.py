"""What the store takes and returns: frozen, plain, independent of the tables."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

# The theme of a piece that followed up on one whose reader has been erased with all their words.
FORGOTTEN = ""


@dataclass(frozen=True, slots=True)
class NewPrompt:
    request_key: str
    platform: str
    workspace: str
    user: str  # The platform's own id; the store keeps its HMAC.
    chat: str
    thread: str
    reply_to: str
    locale: str
    form: str
    theme: str
    language: str
    sampling: dict[str, Any]
    parent_completion_id: int | None = None
    kind: str = "new"  # "new", "again", "continue" or "revise".
    instruction: str = ""  # Of a follow-up: what is to become of the parent.
    variants: int = 1
    length: str = "usual"  # "short", "usual" or "long".
    traceparent: str | None = None  # W3C, where traces are kept.


@dataclass(frozen=True, slots=True)
class CanaryRecord:
    """A version that writes for a share of the readers, beside the champion."""

    version: str
    share: float  # 0 … 1.


@dataclass(frozen=True, slots=True)
class ClaimedPrompt:
    """A prompt that this writer, and only this writer, holds until `lease` runs out."""

    id: int
    lease: str
    form: str
    theme: str
    language: str
    sampling: dict[str, Any]
    attempts: int  # 1 on the first claim.
    kind: str = "new"
    instruction: str = ""
    parent_completion_id: int | None = None
    variants: int = 1
    reader_id: int = 0
    length: str = "usual"
    platform: str = ""
    asked_at: datetime | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class NewCompletion:
    model_version: str
    seed: int
    text: str
    prompt_tokens: int
    tokens: int
    ttft_ms: float
    total_ms: float
    finish_reason: str
    checks: dict[str, Any] = field(default_factory=dict)
    arm: str = "champion"
    variant: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A completion as it is shown."""

    completion_id: int
    prompt_id: int
    form: str
    theme: str
    text: str
    model_version: str
    seed: int
    tokens: int
    ttft_ms: float
    total_ms: float
    created_at: datetime
    mark: str = ""  # What its form's checks show the reader: "5-7-5 ✓".
    instruction: str = ""  # Of a follow-up.
    kind: str = "new"
    variant: int = 0


@dataclass(frozen=True, slots=True)
class PromptState:
    """Where a prompt stands, with its answers once it has any: several are variants, in the order to show."""

    prompt_id: int
    status: str
    answers: tuple[Answer, ...]
    failure: str | None = None  # A key of the texts, once the status is failed or cancelled.

    @property
    def answer(self) -> Answer | None:
        return self.answers[0] if self.answers else None


@dataclass(frozen=True, slots=True)
class UndeliveredPrompt:
    prompt_id: int
    platform: str
    workspace: str
    chat: str
    thread: str
    reply_to: str
    locale: str
    messages: tuple[str, ...]  # Message ids sent so far, by part.
    theme: str
    kind: str
    instruction: str


@dataclass(frozen=True, slots=True)
class DeliveredPrompt:
    """When an answer was there, and when it was wholly shown."""

    finished_at: datetime
    shown_at: datetime
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class OpenPrompts:
    """How many prompts of a platform are in a state: "waiting", "writing" or "undelivered"."""

    platform: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """Something to say in a channel."""

    id: int
    kind: str  # "surge" or "digest".
    platform: str
    channel: str
    facts: dict[str, Any]
    message: str  # That says it already; empty if none does.
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Opinion:
    """One vote, as it was given."""

    reader_id: int
    value: float  # −1 … 1.
    given_at: datetime


@dataclass(frozen=True, slots=True)
class DayOfVotes:
    day: date  # UTC.
    liked: int
    disliked: int


@dataclass(frozen=True, slots=True)
class StandingRating:
    """What one reader holds of one completion now, through one source."""

    reader_id: int
    source: str
    value: float
    reason: str | None
    rated_at: datetime
    comment: str | None = None  # In the reader's own words.


@dataclass(frozen=True, slots=True)
class NewVersion:
    name: str
    artifact_sha256: str
    kind: str
    parent: str | None
    base_id: str
    base_sha256: str
    tokenizer_sha256: str
    template_sha256: str
    status: str
    metrics: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VersionRecord(NewVersion):
    created_at: datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    id: int
    slot: str
    model_version: str
    share: float
    reason: str
    rollback: bool
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SnapshotItem:
    """A row of a dataset: a rated text, a reader's own one, a pair of texts, or one from a corpus."""

    completion_id: int | None  # Of a pair the better one, of an own version the one that it replaces.
    label: bool
    weight: float
    split: str  # "train" or "heldout".
    kind: str = "rated"  # Or "demonstration", "pair", "replay".
    rejected_id: int | None = None  # The worse one of a pair.
    demonstration_id: int | None = None
    text_sha256: str | None = None  # Of a text from a corpus,
    source: str | None = None  # and the corpus.


RULE = "rule: "  # Begins the metric of a figure that says how a rule came out.


@dataclass(frozen=True, slots=True)
class Figure:
    metric: str
    value: float
    n: int
    passed: bool | None = None
    low: float | None = None  # 95 % interval, where one is computed.
    high: float | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    id: int
    status: str
    snapshot_id: int | None
    parent: str | None
    candidate: str | None
    config: dict[str, Any]
    reasons: tuple[str, ...]
    progress: dict[str, Any]
    heartbeat_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    prompts: int
    completions: int
    ratings_up: int
    ratings_down: int
    readers: int
    waiting: int
    champion: str | None


class GivenUp(Exception):
    """Raised when a prompt is claimed once too often: its writers ended before they could say why."""

    def __init__(self, prompt_id: int, platform: str, reason: str) -> None:
        super().__init__(f"prompt {prompt_id}: {reason}")
        self.platform = platform
        self.reason = reason


class AlreadyRunning(Exception):
    """Raised when a training run is asked to start while another one runs, or once it has run."""


class LeaseLost(Exception):
    """Raised when a result arrives from a writer or trainer whose lease has passed to another."""


class UnknownRow(Exception):
    """Raised when a prompt, completion, message or version is named that was never kept."""


class NameTaken(Exception):
    """Raised when a version's name, or its artifact, is kept already with another of the two."""


class NotPromotable(Exception):
    """Raised when a rejected or quarantined version is to become champion without force."""
