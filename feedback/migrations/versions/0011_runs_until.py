"""A run knows until when it has looked, and what was erased under it; choices that were taken back stay."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_THEIRS = ("reader_id", "winner_id", "loser_id")
_ONCE = "uq_preference_reader_id_winner_id_loser_id"
_STANDING = sa.text("revoked_at IS NULL")
_OF_TWO = sa.CheckConstraint("winner_id <> loser_id", name="preference_of_two")


def upgrade() -> None:
    for name in ("cutoff", "erased_at"):
        op.add_column("training_run", sa.Column(name, sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE training_run SET cutoff = "
        "(SELECT cutoff FROM dataset_snapshot WHERE dataset_snapshot.id = training_run.snapshot_id)"
    )
    # SQLite makes the table anew; nothing points to it.
    with op.batch_alter_table("preference", table_args=(_OF_TWO,)) as table:
        table.add_column(sa.Column("revoked_at", sa.DateTime(timezone=True)))
        table.drop_constraint(_ONCE, type_="unique")
    op.create_index(
        "preference_stands_once",
        "preference",
        [*_THEIRS],
        unique=True,
        sqlite_where=_STANDING,
        postgresql_where=_STANDING,
    )


def downgrade() -> None:
    """Choices that were taken back have no place in the older table."""
    op.execute("DELETE FROM preference WHERE revoked_at IS NOT NULL")
    op.drop_index("preference_stands_once", "preference")
    with op.batch_alter_table("preference", table_args=(_OF_TWO,)) as table:
        table.drop_column("revoked_at")
        table.create_unique_constraint(_ONCE, [*_THEIRS])
    for name in ("erased_at", "cutoff"):
        op.drop_column("training_run", name)
