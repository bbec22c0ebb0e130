"""What failed is found without looking at all that did not."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_FAILED = sa.text("failure IS NOT NULL")


def upgrade() -> None:
    op.create_index("prompt_failed", "prompt", ["status"], sqlite_where=_FAILED, postgresql_where=_FAILED)


def downgrade() -> None:
    op.drop_index("prompt_failed", "prompt")
