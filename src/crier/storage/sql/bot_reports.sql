-- people: chats seen since the day of a span's start, and how many are subscribed and blocked now
SELECT
    (SELECT coalesce(sum(d.chats), 0)::bigint FROM bot_days_seen d
     WHERE d.bot_id = %(bot_id)s AND d.day >= (%(start)s::timestamptz AT TIME ZONE 'UTC')::date) AS active_users,
    coalesce((SELECT c.blocked FROM bot_counters c WHERE c.bot_id = %(bot_id)s), 0) AS blocked,
    coalesce((SELECT c.subscribers FROM bot_counters c WHERE c.bot_id = %(bot_id)s), 0) AS subscribers

-- waiting: updates that Telegram's webhook calls brought and no session has handled yet
SELECT count(*) FROM webhook_updates w WHERE w.bot_id = %(bot_id)s AND w.body IS NOT NULL
