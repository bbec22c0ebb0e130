"""Who is erased was learned from through any copy of a text: the copies are found by their hash."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_completion_text_sha256", "completion", ["text_sha256"])


def downgrade() -> None:
    op.drop_index("ix_completion_text_sha256", "completion")
