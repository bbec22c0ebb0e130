"""Datasets hold own versions, pairs and texts from corpora beside rated texts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_RATED = sa.text("kind = 'rated'")


def upgrade() -> None:
    _set_aside("snapshot_id, completion_id, label, weight, split")
    op.create_table(
        "dataset_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        *(sa.Column(f"{name}_id", sa.Integer()) for name in ("completion", "rejected", "demonstration")),
        sa.Column("text_sha256", sa.String()),
        sa.Column("source", sa.String()),
        *_common(),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_item"),
        _points("snapshot_id", "dataset_snapshot.id"),
        _points("completion_id", "completion.id"),
        _points("rejected_id", "completion.id"),
        _points("demonstration_id", "demonstration.id"),
        sa.CheckConstraint(
            "kind IN ('rated', 'demonstration', 'pair', 'replay')", name="dataset_item_kind_known"
        ),
    )
    _bring_back("snapshot_id, completion_id, label, weight, split", kind="'rated'")
    for name in ("snapshot_id", "completion_id", "rejected_id", "demonstration_id"):
        op.create_index(f"ix_dataset_item_{name}", "dataset_item", [name])
    op.create_index(
        "dataset_item_rated_once",
        "dataset_item",
        ["snapshot_id", "completion_id"],
        unique=True,
        sqlite_where=_RATED,
        postgresql_where=_RATED,
    )


def downgrade() -> None:
    """What the older tables have no place for is left out, and not counted as lost."""
    op.execute("DELETE FROM dataset_item WHERE kind <> 'rated'")
    _set_aside("snapshot_id, completion_id, label, weight, split")
    op.create_table(
        "dataset_item",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("completion_id", sa.Integer(), nullable=False),
        *_common(),
        sa.PrimaryKeyConstraint("snapshot_id", "completion_id", name="pk_dataset_item"),
        _points("snapshot_id", "dataset_snapshot.id"),
        _points("completion_id", "completion.id"),
    )
    _bring_back("snapshot_id, completion_id, label, weight, split")
    op.execute(
        "UPDATE dataset_snapshot SET items = "
        "(SELECT count(*) FROM dataset_item WHERE snapshot_id = dataset_snapshot.id)"
    )


def _set_aside(columns: str) -> None:
    """A table whose key changes is made anew; nothing points to this one."""
    op.execute(f"CREATE TABLE dataset_item_before AS SELECT {columns} FROM dataset_item")  # noqa: S608
    op.drop_table("dataset_item")


def _bring_back(columns: str, **more: str) -> None:
    into = ", ".join([columns, *more])
    values = ", ".join([columns, *more.values()])
    op.execute(f"INSERT INTO dataset_item ({into}) SELECT {values} FROM dataset_item_before")  # noqa: S608
    op.drop_table("dataset_item_before")


def _common() -> list[Any]:
    return [
        sa.Column("label", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("split", sa.String(), nullable=False),
        sa.CheckConstraint("split IN ('train', 'heldout')", name="dataset_item_split_known"),
    ]


def _points(name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], name=f"fk_dataset_item_{name}")
