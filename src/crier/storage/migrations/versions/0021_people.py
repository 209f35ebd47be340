"""Count people once over all bots: who wrote in each day, week and month, and who is subscribed.

Counted from messages, as the job that rolls hours up goes on doing (`people` in sql/rollup.sql).
"""

from alembic import op

revision = "0021"
down_revision = "0020"

_TABLES = """
CREATE TABLE active_people (                   -- different people who wrote in a period of UTC
    user_id bigint NOT NULL,                   -- to an owner's bots; or, with bot_id 0 too: to all
    bot_id bigint NOT NULL,                    -- to one bot; user_id is 0 then
    grain varchar(5) NOT NULL CHECK (grain IN ('day', 'week', 'month')),
    start date NOT NULL,                       -- of a week: its Monday
    people bigint NOT NULL,
    PRIMARY KEY (user_id, bot_id, grain, start));
CREATE TABLE subscribed_people (               -- different people, renewed every hour
    user_id bigint PRIMARY KEY,                -- of an owner's bots; 0: of everybody's
    people bigint NOT NULL,
    at timestamptz NOT NULL);
"""
# People's chats have positive ids; erased people have stand-ins below -2^52.
_PAST = """
INSERT INTO active_people (user_id, bot_id, grain, start, people)
SELECT coalesce(b.user_id, 0), coalesce(w.bot_id, 0), w.grain, w.start, count(DISTINCT w.chat_id)
FROM (
    SELECT period.grain, period.start, m.bot_id, m.chat_id
    FROM messages m
    CROSS JOIN LATERAL (VALUES
        ('day', date_trunc('day', m.sent_at, 'UTC')),
        ('week', date_trunc('week', m.sent_at, 'UTC')),
        ('month', date_trunc('month', m.sent_at, 'UTC'))) AS at (grain, start)
    CROSS JOIN LATERAL (SELECT at.grain, (at.start AT TIME ZONE 'UTC')::date AS start) AS period
    WHERE m.direction = 'in' AND (m.chat_id > 0 OR m.chat_id < -4503599627370496)
      AND m.sent_at < (SELECT CASE WHEN at.grain = 'day' THEN until
                              ELSE date_trunc('day', until, 'UTC') END FROM rollup_state)
    GROUP BY 1, 2, 3, 4
) AS w
JOIN bots b ON b.id = w.bot_id
GROUP BY GROUPING SETS ((b.user_id, w.grain, w.start), (w.bot_id, w.grain, w.start),
    (w.grain, w.start));
"""


def upgrade() -> None:
    op.execute(_TABLES)
    op.execute("SET LOCAL work_mem = '64MB'")
    op.execute(_PAST)


def downgrade() -> None:
    op.execute("DROP TABLE active_people, subscribed_people")
