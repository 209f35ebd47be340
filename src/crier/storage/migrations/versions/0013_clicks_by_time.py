"""Read clicks by time: exports of a span had walked every delivery that ever was."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("CREATE INDEX clicks_at_idx ON clicks (at, id)")


def downgrade() -> None:
    op.execute("DROP INDEX clicks_at_idx")
