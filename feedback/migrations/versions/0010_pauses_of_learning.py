"""A pause says what it holds back: requests, as all before, or learning."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_KNOWN = sa.CheckConstraint("what IN ('requests', 'learning')", name="pause_known")


def upgrade() -> None:
    op.add_column("pause", sa.Column("what", sa.String(), _KNOWN, nullable=False, server_default="requests"))


def downgrade() -> None:
    op.execute("DELETE FROM pause WHERE what = 'learning'")
    op.drop_column("pause", "what")
