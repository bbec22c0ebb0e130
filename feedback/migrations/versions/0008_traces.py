"""A prompt carries the trace that it belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prompt", sa.Column("traceparent", sa.String()))


def downgrade() -> None:
    op.drop_column("prompt", "traceparent")
