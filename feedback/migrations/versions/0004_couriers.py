"""Which process delivers a prompt's answer, and until when nobody else does."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prompt", sa.Column("courier", sa.String(), nullable=True))
    op.add_column("prompt", sa.Column("courier_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("prompt", "courier_until")
    op.drop_column("prompt", "courier")
