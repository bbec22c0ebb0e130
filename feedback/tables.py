"""The tables, and the rules that the database itself keeps."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Index,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

# Named alike on both databases, so that a later migration can name what it changes.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out, on SQLite (which forgets time zones) as on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature.
    ) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature.
    ) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def now() -> datetime:
    return datetime.now(UTC)


def _created() -> Any:
    return Field(default_factory=now, sa_type=UtcDateTime, nullable=False)


def _moment() -> Any:
    return Field(default=None, sa_type=UtcDateTime, nullable=True)


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
    locale: str = "en"
    consent: bool = True  # May what this reader rates be trained on?
    role: str = "reader"
    created_at: datetime = _created()
    blocked_at: datetime | None = _moment()


class Prompt(SQLModel, table=True):
    """One request. It is a row before it is a job."""

    __table_args__ = (
        CheckConstraint(
            "status IN ('waiting', 'writing', 'written', 'failed', 'cancelled')", name="prompt_status_known"
        ),
        Index("prompt_open", "status", "lease_until"),
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
    parent_completion_id: int | None = None  # No foreign key: completion already points here.
    split_bucket: int  # 0 … 999, hash of the normalised theme and form: the split never moves.
    status: str = "waiting"
    attempts: int = 0
    lease: str | None = None  # Token of the writer that holds the prompt; fences its result.
    lease_until: datetime | None = _moment()
    failure: str | None = None
    created_at: datetime = _created()
    finished_at: datetime | None = _moment()
    closed_at: datetime | None = _moment()  # Wholly shown, or its place is closed: nothing left to deliver.


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
    text_sha256: str
    prompt_tokens: int
    tokens: int
    ttft_ms: float
    total_ms: float
    finish_reason: str  # "stop" or "length".
    checks: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    status: str = "finished"
    created_at: datetime = _created()
    delivered_at: datetime | None = _moment()


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


class Rating(SQLModel, table=True):
    """What one reader holds of one completion now, by source. `rating_event` has how it came to that."""

    __table_args__ = (
        UniqueConstraint("completion_id", "reader_id", "source"),
        CheckConstraint("value BETWEEN -1 AND 1", name="rating_in_range"),
    )
    id: int = Field(default=None, primary_key=True)
    completion_id: int = Field(foreign_key="completion.id")
    reader_id: int = Field(foreign_key="reader.id", index=True)
    source: str
    value: float
    reason: str | None = None
    comment: str | None = None
    created_at: datetime = _created()
    updated_at: datetime = _created()
    revoked_at: datetime | None = _moment()


class RatingEvent(SQLModel, table=True):
    """Append-only: every vote and every withdrawal."""

    __tablename__ = "rating_event"
    id: int = Field(default=None, primary_key=True)
    completion_id: int = Field(foreign_key="completion.id", index=True)
    reader_id: int = Field(foreign_key="reader.id", index=True)
    source: str
    value: float | None  # NULL: withdrawn.
    reason: str | None = None
    created_at: datetime = _created()


class Preference(SQLModel, table=True):
    """A reader chose one variant over another."""

    __table_args__ = (
        UniqueConstraint("reader_id", "winner_id", "loser_id"),
        CheckConstraint("winner_id <> loser_id", name="preference_of_two"),
    )
    id: int = Field(default=None, primary_key=True)
    reader_id: int = Field(foreign_key="reader.id")
    winner_id: int = Field(foreign_key="completion.id")
    loser_id: int = Field(foreign_key="completion.id")
    shown_first_id: int | None = Field(default=None, foreign_key="completion.id")
    created_at: datetime = _created()


class Demonstration(SQLModel, table=True):
    """A reader's own version of a completion."""

    id: int = Field(default=None, primary_key=True)
    completion_id: int = Field(foreign_key="completion.id", index=True)
    reader_id: int = Field(foreign_key="reader.id", index=True)
    text: str
    created_at: datetime = _created()


class ModelVersion(SQLModel, table=True):
    """A base model, or a base and an adapter: immutable, named, checksummed."""

    __tablename__ = "model_version"
    __table_args__ = (
        CheckConstraint(
            "status IN ('candidate', 'canary', 'live', 'retired', 'rejected', 'quarantined')",
            name="model_version_status_known",
        ),
    )
    name: str = Field(primary_key=True)
    artifact_sha256: str = Field(unique=True)
    kind: str  # "base", "lora", …
    parent: str | None = Field(default=None, foreign_key="model_version.name")
    base_id: str
    base_sha256: str
    tokenizer_sha256: str
    template_sha256: str
    status: str = "candidate"
    metrics: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = _created()


class Deployment(SQLModel, table=True):
    """Append-only: which version holds a slot since when. At most one open row per slot."""

    __table_args__ = (
        CheckConstraint("slot IN ('champion', 'canary')", name="deployment_slot_known"),
        Index(
            "deployment_one_open",
            "slot",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: int = Field(default=None, primary_key=True)
    slot: str = "champion"
    model_version: str = Field(foreign_key="model_version.name")
    share: float = 1.0
    reason: str = ""
    rollback: bool = False  # Undoes the promotion before it, so that a second rollback goes further back.
    started_at: datetime = _created()
    ended_at: datetime | None = _moment()


class DatasetSnapshot(SQLModel, table=True):
    """The rated completions that one run learns from, fixed by the hash of their manifest."""

    __tablename__ = "dataset_snapshot"
    id: int = Field(default=None, primary_key=True)
    manifest_sha256: str = Field(unique=True)
    cutoff: datetime = Field(sa_type=UtcDateTime, nullable=False)
    items: int
    created_at: datetime = _created()


class DatasetItem(SQLModel, table=True):
    __tablename__ = "dataset_item"
    __table_args__ = (CheckConstraint("split IN ('train', 'heldout')", name="dataset_item_split_known"),)
    snapshot_id: int = Field(foreign_key="dataset_snapshot.id", primary_key=True)
    completion_id: int = Field(foreign_key="completion.id", primary_key=True)
    label: bool
    weight: float = 1.0
    split: str


class TrainingRun(SQLModel, table=True):
    """One attempt at a better version. The partial unique index is the lock: one runs at a time."""

    __tablename__ = "training_run"
    __table_args__ = (
        CheckConstraint(
            "status IN ('queued', 'running', 'promoted', 'rejected', 'skipped', 'failed')",
            name="training_run_status_known",
        ),
        Index(
            "training_run_one_running",
            "status",
            unique=True,
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
    )
    id: int = Field(default=None, primary_key=True)
    snapshot_id: int | None = Field(default=None, foreign_key="dataset_snapshot.id")
    parent: str | None = Field(default=None, foreign_key="model_version.name")
    candidate: str | None = Field(default=None, foreign_key="model_version.name")
    config: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    config_sha256: str = ""
    status: str = "queued"
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)  # Why skipped, rejected or failed.
    progress: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # Stage, step, steps, loss.
    fence: str | None = None  # Token of the trainer that holds the run.
    heartbeat_at: datetime | None = _moment()
    created_at: datetime = _created()
    finished_at: datetime | None = _moment()


class Evaluation(SQLModel, table=True):
    """One figure of one version on one hash-frozen suite."""

    __table_args__ = (UniqueConstraint("model_version", "suite_sha256", "metric"),)
    id: int = Field(default=None, primary_key=True)
    run_id: int | None = Field(default=None, foreign_key="training_run.id")
    model_version: str = Field(foreign_key="model_version.name")
    suite_sha256: str
    metric: str
    value: float
    low: float | None = None  # 95 % interval, where one is computed.
    high: float | None = None
    n: int
    passed: bool | None = None
    created_at: datetime = _created()
