"""Notices to channels, and votes by when they were given."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("key", "kind", "platform", "channel")),
        sa.Column("facts", sa.JSON(), nullable=False),
        *(sa.Column(name, sa.String()) for name in ("herald", "message", "failure")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("herald_until", "closed_at")),
        sa.CheckConstraint("kind IN ('surge', 'digest')", name="notice_kind_known"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice_key"),
    )
    op.create_index("ix_notice_created_at", "notice", ["created_at"])
    op.create_index("ix_rating_event_created_at", "rating_event", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_rating_event_created_at", "rating_event")
    op.drop_table("notice")
