"""Which process delivers a prompt's answer, and which tap a vote came from: neither happens twice."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prompt", sa.Column("courier", sa.String(), nullable=True))
    op.add_column("prompt", sa.Column("courier_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rating_event", sa.Column("key", sa.String(), nullable=True))
    op.create_index("rating_event_of_key", "rating_event", ["key"], unique=True)


def downgrade() -> None:
    op.drop_index("rating_event_of_key", "rating_event")
    op.drop_column("rating_event", "key")
    op.drop_column("prompt", "courier_until")
    op.drop_column("prompt", "courier")
