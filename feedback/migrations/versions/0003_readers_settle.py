"""What readers settle about themselves, how long a piece is to be, and when nothing is taken."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LENGTH = sa.CheckConstraint("length IN ('short', 'usual', 'long')", name="prompt_length_known")


def upgrade() -> None:
    op.add_column("reader", sa.Column("language", sa.String(), nullable=True))
    op.add_column("reader", sa.Column("consent_settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reader", sa.Column("consent_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("prompt", sa.Column("length", sa.String(), _LENGTH, nullable=False, server_default="usual"))
    op.create_index("ix_prompt_parent_completion_id", "prompt", ["parent_completion_id"])
    op.create_table(
        "pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_pause"),
    )


def downgrade() -> None:
    op.drop_table("pause")
    op.drop_index("ix_prompt_parent_completion_id", "prompt")
    op.drop_column("prompt", "length")
    for column in ("consent_asked_at", "consent_settled_at", "language"):
        op.drop_column("reader", column)
