"""The first tables: readers and texts, feedback, versions, runs."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for create in (
        _versions,
        _deployments,
        _readers,
        _prompts,
        _completions,
        _messages,
        _ratings,
        _choices,
        _snapshots,
        _runs,
        _evaluations,
    ):
        create()


def downgrade() -> None:
    for table in (
        "evaluation",
        "training_run",
        "dataset_item",
        "dataset_snapshot",
        "demonstration",
        "preference",
        "rating_event",
        "rating",
        "message",
        "completion",
        "prompt",
        "reader",
        "deployment",
        "model_version",
    ):
        op.drop_table(table)


def _versions() -> None:
    op.create_table(
        "model_version",
        *_columns(sa.String, "name", "artifact_sha256", "kind", "base_id", "base_sha256"),
        *_columns(sa.String, "tokenizer_sha256", "template_sha256", "status"),
        *_columns(sa.String, "parent", nullable=True),
        *_columns(sa.JSON, "metrics"),
        *_moments("created_at"),
        sa.PrimaryKeyConstraint("name", name="pk_model_version"),
        _unique("model_version", "artifact_sha256"),
        _points("model_version", "parent", "model_version.name"),
        _one_of(
            "model_version_status_known",
            "status",
            "'candidate', 'canary', 'live', 'retired', 'rejected', 'quarantined'",
        ),
    )


def _deployments() -> None:
    op.create_table(
        "deployment",
        *_number("deployment"),
        *_columns(sa.String, "slot", "model_version", "reason"),
        *_columns(sa.Float, "share"),
        *_columns(sa.Boolean, "rollback"),
        *_moments("started_at"),
        *_moments("ended_at", nullable=True),
        _points("deployment", "model_version", "model_version.name"),
        _one_of("deployment_slot_known", "slot", "'champion', 'canary'"),
    )
    _index("deployment_one_open", "deployment", "slot", where="ended_at IS NULL", unique=True)


def _readers() -> None:
    op.create_table(
        "reader",
        *_number("reader"),
        *_columns(sa.String, "platform", "workspace", "user_key", "locale", "role"),
        *_columns(sa.Boolean, "consent"),
        *_moments("created_at"),
        *_moments("blocked_at", nullable=True),
        _unique("reader", "platform", "workspace", "user_key"),
        _one_of("reader_role_known", "role", "'reader', 'reviewer', 'operator'"),
    )


def _prompts() -> None:
    op.create_table(
        "prompt",
        *_number("prompt"),
        *_columns(sa.String, "request_key", "platform", "workspace", "chat", "thread", "reply_to"),
        *_columns(sa.String, "locale", "form", "theme", "language", "status"),
        *_columns(sa.String, "lease", "failure", nullable=True),
        *_columns(sa.Integer, "reader_id", "variants", "split_bucket", "attempts"),
        *_columns(sa.Integer, "parent_completion_id", nullable=True),
        *_columns(sa.JSON, "sampling"),
        *_moments("created_at"),
        *_moments("lease_until", "finished_at", "closed_at", nullable=True),
        _unique("prompt", "request_key"),
        _points("prompt", "reader_id", "reader.id"),
        _one_of("prompt_status_known", "status", "'waiting', 'writing', 'written', 'failed', 'cancelled'"),
    )
    _index("ix_prompt_reader_id", "prompt", "reader_id")
    _index("prompt_open", "prompt", "status", "lease_until")
    _index("prompt_undelivered", "prompt", "platform", where="closed_at IS NULL")


def _completions() -> None:
    op.create_table(
        "completion",
        *_number("completion"),
        *_columns(sa.Integer, "prompt_id", "variant", "prompt_tokens", "tokens"),
        *_columns(sa.BigInteger, "seed"),
        *_columns(sa.String, "model_version", "arm", "text", "text_sha256", "finish_reason", "status"),
        *_columns(sa.Float, "ttft_ms", "total_ms"),
        *_columns(sa.JSON, "checks"),
        *_moments("created_at"),
        *_moments("delivered_at", nullable=True),
        _unique("completion", "prompt_id", "variant"),
        _points("completion", "prompt_id", "prompt.id"),
        _points("completion", "model_version", "model_version.name"),
    )
    _index("ix_completion_model_version", "completion", "model_version")


def _messages() -> None:
    op.create_table(
        "message",
        *_number("message"),
        *_columns(sa.String, "platform", "chat", "message"),
        *_columns(sa.Integer, "part", "prompt_id"),
        *_columns(sa.Integer, "completion_id", nullable=True),
        _unique("message", "platform", "chat", "message"),
        _points("message", "prompt_id", "prompt.id"),
        _points("message", "completion_id", "completion.id"),
    )
    _index("ix_message_completion_id", "message", "completion_id")
    _index("message_of_prompt", "message", "prompt_id", "part")


def _ratings() -> None:
    op.create_table(
        "rating",
        *_verdict("rating"),
        *_columns(sa.Float, "value"),
        *_columns(sa.String, "comment", nullable=True),
        *_moments("updated_at"),
        *_moments("revoked_at", nullable=True),
        _unique("rating", "completion_id", "reader_id", "source"),
        sa.CheckConstraint("value BETWEEN -1 AND 1", name="rating_in_range"),
    )
    op.create_table("rating_event", *_verdict("rating_event"), *_columns(sa.Float, "value", nullable=True))
    _index("ix_rating_reader_id", "rating", "reader_id")
    _index("ix_rating_event_completion_id", "rating_event", "completion_id")
    _index("ix_rating_event_reader_id", "rating_event", "reader_id")


def _choices() -> None:
    op.create_table(
        "preference",
        *_number("preference"),
        *_columns(sa.Integer, "reader_id", "winner_id", "loser_id"),
        *_columns(sa.Integer, "shown_first_id", nullable=True),
        *_moments("created_at"),
        _unique("preference", "reader_id", "winner_id", "loser_id"),
        _points("preference", "reader_id", "reader.id"),
        *(
            _points("preference", name, "completion.id")
            for name in ("winner_id", "loser_id", "shown_first_id")
        ),
        sa.CheckConstraint("winner_id <> loser_id", name="preference_of_two"),
    )
    op.create_table(
        "demonstration",
        *_number("demonstration"),
        *_columns(sa.Integer, "completion_id", "reader_id"),
        *_columns(sa.String, "text"),
        *_moments("created_at"),
        _points("demonstration", "completion_id", "completion.id"),
        _points("demonstration", "reader_id", "reader.id"),
    )
    _index("ix_demonstration_completion_id", "demonstration", "completion_id")
    _index("ix_demonstration_reader_id", "demonstration", "reader_id")


def _snapshots() -> None:
    op.create_table(
        "dataset_snapshot",
        *_number("dataset_snapshot"),
        *_columns(sa.String, "manifest_sha256"),
        *_columns(sa.Integer, "items"),
        *_moments("cutoff", "created_at"),
        _unique("dataset_snapshot", "manifest_sha256"),
    )
    op.create_table(
        "dataset_item",
        *_columns(sa.Integer, "snapshot_id", "completion_id"),
        *_columns(sa.Boolean, "label"),
        *_columns(sa.Float, "weight"),
        *_columns(sa.String, "split"),
        sa.PrimaryKeyConstraint("snapshot_id", "completion_id", name="pk_dataset_item"),
        _points("dataset_item", "snapshot_id", "dataset_snapshot.id"),
        _points("dataset_item", "completion_id", "completion.id"),
        _one_of("dataset_item_split_known", "split", "'train', 'heldout'"),
    )


def _runs() -> None:
    op.create_table(
        "training_run",
        *_number("training_run"),
        *_columns(sa.Integer, "snapshot_id", nullable=True),
        *_columns(sa.String, "parent", "candidate", "fence", nullable=True),
        *_columns(sa.String, "config_sha256", "status"),
        *_columns(sa.JSON, "config", "reasons", "progress"),
        *_moments("created_at"),
        *_moments("heartbeat_at", "finished_at", nullable=True),
        _points("training_run", "snapshot_id", "dataset_snapshot.id"),
        _points("training_run", "parent", "model_version.name"),
        _points("training_run", "candidate", "model_version.name"),
        _one_of(
            "training_run_status_known",
            "status",
            "'queued', 'running', 'promoted', 'rejected', 'skipped', 'failed'",
        ),
    )
    _index("training_run_one_running", "training_run", "status", where="status = 'running'", unique=True)


def _evaluations() -> None:
    op.create_table(
        "evaluation",
        *_number("evaluation"),
        *_columns(sa.Integer, "run_id", nullable=True),
        *_columns(sa.String, "model_version", "suite_sha256", "metric"),
        *_columns(sa.Float, "value"),
        *_columns(sa.Float, "low", "high", nullable=True),
        *_columns(sa.Integer, "n"),
        *_columns(sa.Boolean, "passed", nullable=True),
        *_moments("created_at"),
        _unique("evaluation", "model_version", "suite_sha256", "metric"),
        _points("evaluation", "run_id", "training_run.id"),
        _points("evaluation", "model_version", "model_version.name"),
    )


def _verdict(table: str) -> list[Any]:
    return [
        *_number(table),
        *_columns(sa.Integer, "completion_id", "reader_id"),
        *_columns(sa.String, "source"),
        *_columns(sa.String, "reason", nullable=True),
        *_moments("created_at"),
        _points(table, "completion_id", "completion.id"),
        _points(table, "reader_id", "reader.id"),
    ]


def _columns(kind: Callable[[], Any], *names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind(), nullable=nullable) for name in names]


def _moments(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]


def _number(table: str) -> list[Any]:
    return [*_columns(sa.Integer, "id"), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")]


def _unique(table: str, *names: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*names, name=f"uq_{table}_{'_'.join(names)}")


def _points(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], name=f"fk_{table}_{name}")


def _one_of(name: str, column: str, values: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN ({values})", name=name)


def _index(name: str, table: str, *columns: str, where: str | None = None, unique: bool = False) -> None:
    only = sa.text(where) if where else None
    op.create_index(name, table, list(columns), unique=unique, sqlite_where=only, postgresql_where=only)
