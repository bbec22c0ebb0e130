"""Chats that got another id."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_move",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("platform", "workspace", "old", "new")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat_move"),
        sa.UniqueConstraint("platform", "workspace", "old", name="uq_chat_move_platform_workspace_old"),
    )
    op.create_index("chat_move_of_new", "chat_move", ["platform", "new"])


def downgrade() -> None:
    op.drop_table("chat_move")
