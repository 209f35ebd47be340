"""Sum up what came of broadcasts by their recipients' languages, for each owner of bots.

Clicks are added in the transaction that counts them. What was sent is counted once a broadcast has
ended: the trigger that sums it up leaves a row of `languages_due`, and a job counts its messages
(`analytics/languages.py`). Both are filled for what was before.
"""

from alembic import op

revision = "0023"
down_revision = "0022"

_TABLES = """
CREATE TABLE broadcast_languages (
    broadcast_id bigint NOT NULL REFERENCES broadcasts ON DELETE CASCADE,
    user_id bigint NOT NULL,                   -- whose bots
    language varchar(35) NOT NULL,             -- '': not known
    sent bigint NOT NULL DEFAULT 0,
    clicks bigint NOT NULL DEFAULT 0,
    unique_clicks bigint NOT NULL DEFAULT 0,
    machine_clicks bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (broadcast_id, user_id, language));
CREATE TABLE languages_due (                   -- ended broadcasts whose messages are to be counted
    broadcast_id bigint PRIMARY KEY REFERENCES broadcasts ON DELETE CASCADE);
"""
_PAST = """
INSERT INTO languages_due (broadcast_id)
SELECT id FROM broadcasts WHERE status IN ('completed', 'cancelled', 'failed');
INSERT INTO broadcast_languages
    (broadcast_id, user_id, language, clicks, unique_clicks, machine_clicks)
SELECT d.broadcast_id, b.user_id, coalesce(s.language_code, ''), sum(c.person), sum(c.first),
       sum(c.machine)
FROM (
    SELECT delivery_id, chat_id, 0 AS first, (kind = 'person')::integer AS person,
           (kind = 'machine')::integer AS machine FROM clicks
    UNION ALL SELECT delivery_id, chat_id, 1, 0, 0 FROM first_clicks
) AS c
JOIN deliveries d ON d.id = c.delivery_id
JOIN bots b ON b.id = d.bot_id
LEFT JOIN subscribers s ON s.bot_id = d.bot_id AND s.chat_id = c.chat_id
GROUP BY 1, 2, 3;
"""
# As in 0011, and the row that is due.
_ENDED = """
CREATE OR REPLACE FUNCTION broadcasts_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM broadcast_sums WHERE broadcast_id = NEW.id;
    IF NEW.status IN ('completed', 'cancelled', 'failed') THEN
        INSERT INTO broadcast_sums (broadcast_id, audience, sent, blocked, failed, unknown, skipped)
        SELECT NEW.id, {sums} FROM deliveries WHERE broadcast_id = NEW.id;{due}
    END IF;
    RETURN NULL;
END $$
"""
_DUE = "\n        INSERT INTO languages_due VALUES (NEW.id) ON CONFLICT DO NOTHING;"
_SUMS = ", ".join(
    f"coalesce(sum({name}), 0)::bigint AS {name}"
    for name in ("audience", "sent", "blocked", "failed", "unknown", "skipped")
)


def upgrade() -> None:
    op.execute("LOCK TABLE broadcasts, click_counters IN SHARE ROW EXCLUSIVE MODE")
    op.execute(_TABLES)
    op.execute(_PAST)
    op.execute(_ENDED.format(sums=_SUMS, due=_DUE))


def downgrade() -> None:
    op.execute(_ENDED.format(sums=_SUMS, due=""))
    op.execute("DROP TABLE languages_due, broadcast_languages")
