"""Conversations: what a prompt asks of the piece before it. And the queue: who waits, counted at a glance."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KIND = sa.CheckConstraint("kind IN ('new', 'again', 'continue', 'revise')", name="prompt_kind_known")
_WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    # With a server default, and a check of its own, a column is added in place: SQLite would otherwise have
    # to copy the table, to which others point.
    op.add_column("prompt", sa.Column("kind", sa.String(), _KIND, nullable=False, server_default="new"))
    op.add_column("prompt", sa.Column("instruction", sa.String(), nullable=True))
    # Until now a parent meant one thing: the same once more.
    op.execute("UPDATE prompt SET kind = 'again' WHERE parent_completion_id IS NOT NULL")
    op.create_index("prompt_in_place", "prompt", ["platform", "workspace", "chat", "thread"])
    op.create_index(
        "prompt_waiting", "prompt", ["reader_id"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )


def downgrade() -> None:
    op.drop_index("prompt_waiting", "prompt")
    op.drop_index("prompt_in_place", "prompt")
    op.drop_column("prompt", "instruction")
    op.drop_column("prompt", "kind")
