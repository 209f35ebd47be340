"""Remember until when texts of messages are forgotten, so that a night reads a day of them."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("CREATE TABLE retention_state (what text PRIMARY KEY, until timestamptz NOT NULL)")
    op.execute("CREATE INDEX first_clicks_at_idx ON first_clicks (at)")


def downgrade() -> None:
    op.execute("DROP INDEX first_clicks_at_idx")
    op.execute("DROP TABLE retention_state")
