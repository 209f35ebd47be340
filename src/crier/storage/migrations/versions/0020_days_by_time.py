"""Read days of all bots from the index alone: dashboards had fetched a page for each bot and day.

Rows change once an hour, so that the wider index costs little.
"""

from alembic import op

revision = "0020"
down_revision = "0019"

_FIGURES = "messages_in, messages_out, new_subscribers, lost_subscribers, errors, throttled, clicks"


def upgrade() -> None:
    op.execute("DROP INDEX bot_days_at_idx")
    op.execute(f"CREATE INDEX bot_days_at_idx ON bot_days (at) INCLUDE (bot_id, {_FIGURES})")


def downgrade() -> None:
    op.execute("DROP INDEX bot_days_at_idx")
    op.execute("CREATE INDEX bot_days_at_idx ON bot_days (at)")
