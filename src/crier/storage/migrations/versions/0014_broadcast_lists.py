"""Let lists of broadcasts be read from the newest on, also those in one state."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("CREATE INDEX broadcasts_created_idx ON broadcasts (created_at, id)")
    op.execute("CREATE INDEX broadcasts_status_idx ON broadcasts (status, created_at, id)")


def downgrade() -> None:
    op.execute("DROP INDEX broadcasts_created_idx, broadcasts_status_idx")
