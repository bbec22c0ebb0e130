"""A run may end with a version that nobody has judged yet: trained."""

from collections.abc import Sequence

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NAME = "training_run_status_known"
_BEFORE = ("queued", "running", "promoted", "rejected", "skipped", "failed")


def upgrade() -> None:
    _allow((*_BEFORE[:2], "trained", *_BEFORE[2:]))


def downgrade() -> None:
    op.execute("UPDATE training_run SET status = 'skipped' WHERE status = 'trained'")
    _allow(_BEFORE)


def _allow(statuses: Sequence[str]) -> None:
    rule = f"status IN ({', '.join(repr(status) for status in statuses)})"
    # SQLite makes the table anew, which rows that refer to it would forbid.
    op.execute("CREATE TEMPORARY TABLE judged AS SELECT id, run_id FROM evaluation WHERE run_id IS NOT NULL")
    op.execute("UPDATE evaluation SET run_id = NULL")
    with op.batch_alter_table("training_run") as table:
        table.drop_constraint(_NAME, type_="check")
        table.create_check_constraint(_NAME, rule)
    op.execute("UPDATE evaluation SET run_id = (SELECT run_id FROM judged WHERE judged.id = evaluation.id)")
    op.execute("DROP TABLE judged")
