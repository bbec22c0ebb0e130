"""Votes on texts that are still being written."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "early_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prompt_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("key", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompt.id"], name="fk_early_vote_prompt_id"),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"], name="fk_early_vote_reader_id"),
        sa.PrimaryKeyConstraint("id", name="pk_early_vote"),
    )
    op.create_index("ix_early_vote_prompt_id", "early_vote", ["prompt_id"])
    op.create_index("ix_early_vote_reader_id", "early_vote", ["reader_id"])
    op.create_index("early_vote_of_key", "early_vote", ["key"], unique=True)


def downgrade() -> None:
    op.drop_table("early_vote")
