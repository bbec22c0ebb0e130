"""A reader's own version or choice that is delivered again is kept once, and does not become the newest."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("demonstration", sa.Column("key", sa.String()))
    op.create_index("demonstration_of_key", "demonstration", ["key"], unique=True)
    op.add_column("preference", sa.Column("key", sa.String()))
    op.create_index("preference_of_key", "preference", ["key"])


def downgrade() -> None:
    op.drop_index("preference_of_key", "preference")
    op.drop_column("preference", "key")
    op.drop_index("demonstration_of_key", "demonstration")
    op.drop_column("demonstration", "key")
