"""Model versions, who is live, and the runs that made them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from feedback.tables.columns import UtcDateTime, created, moment


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
    created_at: datetime = created()


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
    started_at: datetime = created()
    ended_at: datetime | None = moment()


class DatasetSnapshot(SQLModel, table=True):
    """The rated completions that one run learns from, fixed by the hash of their manifest."""

    __tablename__ = "dataset_snapshot"
    id: int = Field(default=None, primary_key=True)
    manifest_sha256: str = Field(unique=True)
    cutoff: datetime = Field(sa_type=UtcDateTime, nullable=False)
    items: int
    created_at: datetime = created()


class DatasetItem(SQLModel, table=True):
    """What a snapshot holds: a rated text, a reader's own one, a pair of texts, or one from a corpus."""

    __tablename__ = "dataset_item"
    __table_args__ = (
        CheckConstraint("split IN ('train', 'heldout')", name="dataset_item_split_known"),
        CheckConstraint(
            "kind IN ('rated', 'demonstration', 'pair', 'replay')", name="dataset_item_kind_known"
        ),
        Index(
            "dataset_item_rated_once",
            "snapshot_id",
            "completion_id",
            unique=True,
            sqlite_where=text("kind = 'rated'"),
            postgresql_where=text("kind = 'rated'"),
        ),
    )
    id: int = Field(default=None, primary_key=True)
    snapshot_id: int = Field(foreign_key="dataset_snapshot.id", index=True)
    kind: str = "rated"
    completion_id: int | None = Field(default=None, foreign_key="completion.id", index=True)
    rejected_id: int | None = Field(default=None, foreign_key="completion.id", index=True)
    demonstration_id: int | None = Field(default=None, foreign_key="demonstration.id", index=True)
    text_sha256: str | None = None  # Of a text from a corpus.
    source: str | None = None  # The corpus.
    label: bool
    weight: float = 1.0
    split: str


class TrainingRun(SQLModel, table=True):
    """One attempt at a better version. The partial unique index is the lock: one runs at a time."""

    __tablename__ = "training_run"
    __table_args__ = (
        CheckConstraint(
            "status IN ('queued', 'running', 'trained', 'promoted', 'rejected', 'skipped', 'failed')",
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
    cutoff: datetime | None = moment()  # Until when it looks at what readers gave.
    erased_at: datetime | None = moment()  # A reader of whom it may hold something was erased since.
    status: str = "queued"
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)  # Why skipped, rejected or failed.
    progress: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # Stage, step, steps, loss.
    fence: str | None = None  # Token of the trainer that holds the run.
    heartbeat_at: datetime | None = moment()
    created_at: datetime = created()
    finished_at: datetime | None = moment()


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
    created_at: datetime = created()
