"""Readers, what they asked, what was written for them, and the messages that show it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from feedback.tables.columns import created, moment


class Reader(SQLModel, table=True):
    """A person on one platform and workspace. The platform's own id is kept only as an HMAC."""

    __table_args__ = (
        UniqueConstraint("platform", "workspace", "user_key"),
        CheckConstraint("role IN ('reader', 'reviewer', 'operator')", name="reader_role_known"),
    )
    id: int = Field(default=None, primary_key=True)
    platform: str
    workspace: str
    user_key: str  # HMAC-SHA256 of the platform's user id, hex.
    locale: str = "en"  # As the platform says.
    language: str | None = None  # As the reader settled it; NULL: as the platform says.
    consent: bool = True  # May what this reader asks and rates be trained on?
    consent_settled_at: datetime | None = moment()  # NULL: the operator's default counts as well.
    consent_asked_at: datetime | None = moment()
    role: str = "reader"
    created_at: datetime = created()
    blocked_at: datetime | None = moment()


class Prompt(SQLModel, table=True):
    """One request. It is a row before it is a job."""

    __table_args__ = (
        CheckConstraint(
            "status IN ('waiting', 'writing', 'written', 'failed', 'cancelled')", name="prompt_status_known"
        ),
        CheckConstraint("kind IN ('new', 'again', 'continue', 'revise')", name="prompt_kind_known"),
        CheckConstraint("length IN ('short', 'usual', 'long')", name="prompt_length_known"),
        Index("prompt_open", "status", "lease_until"),
        Index("prompt_in_place", "platform", "workspace", "chat", "thread"),
        Index(
            "prompt_waiting",
            "reader_id",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "prompt_failed",
            "status",
            sqlite_where=text("failure IS NOT NULL"),
            postgresql_where=text("failure IS NOT NULL"),
        ),
        Index(
            "prompt_undelivered",
            "platform",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    id: int = Field(default=None, primary_key=True)
    request_key: str = Field(unique=True)  # "platform:workspace:chat:message", from the platform itself.
    reader_id: int = Field(foreign_key="reader.id", index=True)
    platform: str
    workspace: str
    chat: str
    thread: str = ""
    reply_to: str = ""
    locale: str = "en"
    form: str
    theme: str
    language: str = "en"
    sampling: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    variants: int = 1
    length: str = Field(default="usual", sa_column_kwargs={"server_default": "usual"})
    # No foreign key: completion already points here.
    parent_completion_id: int | None = Field(default=None, index=True)
    kind: str = Field(default="new", sa_column_kwargs={"server_default": "new"})
    instruction: str | None = None  # Of a follow-up: what is to become of the parent.
    split_bucket: int  # 0 … 999, hash of the normalised theme and form: the split never moves.
    status: str = "waiting"
    attempts: int = 0
    lease: str | None = None  # Token of the writer that holds the prompt; fences its result.
    lease_until: datetime | None = moment()
    courier: str | None = None  # The process that shows the answer; another one waits until it is silent.
    courier_until: datetime | None = moment()
    failure: str | None = None
    traceparent: str | None = None  # W3C, of the span in which it was asked, where traces are kept.
    created_at: datetime = created()
    finished_at: datetime | None = moment()
    closed_at: datetime | None = moment()  # Wholly shown, or its place is closed: nothing left to deliver.


class Completion(SQLModel, table=True):
    """One text that one model version wrote for a prompt."""

    __table_args__ = (UniqueConstraint("prompt_id", "variant"),)
    id: int = Field(default=None, primary_key=True)
    prompt_id: int = Field(foreign_key="prompt.id")
    variant: int = 0
    model_version: str = Field(foreign_key="model_version.name", index=True)
    arm: str = "champion"
    seed: int = Field(sa_type=BigInteger)
    text: str
    text_sha256: str = Field(index=True)  # All copies of a text are learned from as one.
    prompt_tokens: int
    tokens: int
    ttft_ms: float
    total_ms: float
    finish_reason: str  # "stop" or "length".
    checks: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    status: str = "finished"
    created_at: datetime = created(index=True)
    delivered_at: datetime | None = moment()


class Message(SQLModel, table=True):
    """A message of ours on a platform: a placeholder, then a part of a completion."""

    __table_args__ = (
        UniqueConstraint("platform", "chat", "message"),
        Index("message_of_prompt", "prompt_id", "part"),
    )
    id: int = Field(default=None, primary_key=True)
    platform: str
    chat: str
    message: str
    part: int = 0
    prompt_id: int = Field(foreign_key="prompt.id")
    completion_id: int | None = Field(default=None, foreign_key="completion.id", index=True)


class ChatMove(SQLModel, table=True):
    """A chat that has another id since: a group of Telegram's that became a supergroup."""

    __tablename__ = "chat_move"
    __table_args__ = (
        UniqueConstraint("platform", "workspace", "old"),
        Index("chat_move_of_new", "platform", "new"),
    )
    id: int = Field(default=None, primary_key=True)
    platform: str
    workspace: str
    old: str
    new: str
    created_at: datetime = created()
