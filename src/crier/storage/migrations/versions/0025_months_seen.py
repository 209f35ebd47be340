"""Sum days on which chats were seen last up by month: dashboards of years had read each day.

The function that keeps days keeps months, too, in the same transaction. A chat that is seen on
another day of the same month changes no month, so that few updates cost more.
"""

from alembic import op

revision = "0025"
down_revision = "0024"

_TABLE = """
CREATE TABLE bot_months_seen (                 -- how many chats were seen last in which month
    bot_id bigint NOT NULL REFERENCES bots,
    month date NOT NULL,                       -- its first day (UTC)
    chats bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (bot_id, month));
INSERT INTO bot_months_seen (bot_id, month, chats)
SELECT bot_id, date_trunc('month', day)::date, sum(chats) FROM bot_days_seen GROUP BY 1, 2;
"""
_SEEN = """
CREATE OR REPLACE FUNCTION subscribers_seen(bot_ids bigint[], times timestamptz[], signs integer[])
RETURNS void LANGUAGE sql AS $$
    INSERT INTO bot_days_seen AS d (bot_id, day, chats)
    SELECT bot_id, (seen_at AT TIME ZONE 'UTC')::date, sum(sign)
    FROM unnest(bot_ids, times, signs) AS t (bot_id, seen_at, sign)
    WHERE seen_at IS NOT NULL
    GROUP BY 1, 2 HAVING sum(sign) <> 0 ORDER BY 1, 2
    ON CONFLICT (bot_id, day) DO UPDATE SET chats = d.chats + excluded.chats;{months}
$$
"""
_MONTHS = """

    INSERT INTO bot_months_seen AS m (bot_id, month, chats)
    SELECT bot_id, date_trunc('month', seen_at AT TIME ZONE 'UTC')::date, sum(sign)
    FROM unnest(bot_ids, times, signs) AS t (bot_id, seen_at, sign)
    WHERE seen_at IS NOT NULL
    GROUP BY 1, 2 HAVING sum(sign) <> 0 ORDER BY 1, 2
    ON CONFLICT (bot_id, month) DO UPDATE SET chats = m.chats + excluded.chats;"""


def upgrade() -> None:
    op.execute("LOCK TABLE subscribers IN SHARE ROW EXCLUSIVE MODE")  # nobody moves meanwhile
    op.execute(_TABLE)
    op.execute(_SEEN.format(months=_MONTHS))


def downgrade() -> None:
    op.execute(_SEEN.format(months=""))
    op.execute("DROP TABLE bot_months_seen")
