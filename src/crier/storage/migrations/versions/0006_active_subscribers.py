"""Count in `bot_days_seen` subscribers only, so that active people are a part of the subscribers.

Before, people who had unsubscribed or blocked the bot stayed in the sum of a day.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

_INSERTED = """
CREATE OR REPLACE FUNCTION subscribers_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM subscribers_apply(array_agg(bot_id), array_agg(status::text), array_agg(1)) FROM added
        HAVING count(*) > 0;
    PERFORM subscribers_seen(array_agg(bot_id), array_agg(last_seen_at), array_agg(1)) FROM added
        WHERE last_seen_at IS NOT NULL{only} HAVING count(*) > 0;
    RETURN NULL;
END $$
"""
_UPDATED = """
CREATE OR REPLACE FUNCTION subscribers_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM subscribers_apply(array_agg(bot_id), array_agg(status::text), array_agg(sign)) FROM (
        SELECT b.bot_id, b.status, -1 AS sign
        FROM before b JOIN after a USING (bot_id, chat_id) WHERE a.status <> b.status
        UNION ALL
        SELECT a.bot_id, a.status, 1
        FROM before b JOIN after a USING (bot_id, chat_id) WHERE a.status <> b.status
    ) AS changed HAVING count(*) > 0;
    PERFORM subscribers_seen(array_agg(bot_id), array_agg(at), array_agg(sign)) FROM (
        SELECT bot_id, seen.at, seen.sign
        FROM before b JOIN after a USING (bot_id, chat_id)
        CROSS JOIN LATERAL (VALUES ({before}, -1), ({after}, 1)) AS seen (at, sign)
        WHERE ({after} AT TIME ZONE 'UTC')::date IS DISTINCT FROM
              ({before} AT TIME ZONE 'UTC')::date
    ) AS moved HAVING count(*) > 0;
    RETURN NULL;
END $$
"""
_ANEW = """
INSERT INTO bot_days_seen (bot_id, day, chats)
SELECT bot_id, (last_seen_at AT TIME ZONE 'UTC')::date, count(*) FROM subscribers
WHERE last_seen_at IS NOT NULL{only} GROUP BY 1, 2
"""
_ACTIVE = " AND status = 'active'"


def upgrade() -> None:
    when = "CASE WHEN {0}.status = 'active' THEN {0}.last_seen_at END"
    _replace(_ACTIVE, when.format("b"), when.format("a"))


def downgrade() -> None:
    _replace("", "b.last_seen_at", "a.last_seen_at")


def _replace(only: str, before: str, after: str) -> None:
    op.execute("LOCK TABLE subscribers IN SHARE ROW EXCLUSIVE MODE")  # nobody moves meanwhile
    op.execute(_INSERTED.format(only=only))
    op.execute(_UPDATED.format(before=before, after=after))
    op.execute("DELETE FROM bot_days_seen")
    op.execute(_ANEW.format(only=only))
