-- series: what a bot did, by minute, hour or day; every bucket of the span is there
WITH found AS (
    SELECT date_trunc(%(bucket)s, at) AS at,
           sum(messages_in)::bigint AS messages_in, sum(messages_out)::bigint AS messages_out,
           sum(new_subscribers)::bigint AS new_subscribers,
           sum(lost_subscribers)::bigint AS lost_subscribers, sum(errors)::bigint AS errors
    FROM bot_minutes
    WHERE bot_id = %(bot_id)s
      AND at >= date_trunc('minute', %(start)s::timestamptz) AND at < %(end)s
    GROUP BY 1
)
SELECT step.at,
       coalesce(messages_in, 0) AS messages_in, coalesce(messages_out, 0) AS messages_out,
       coalesce(new_subscribers, 0) AS new_subscribers,
       coalesce(lost_subscribers, 0) AS lost_subscribers, coalesce(errors, 0) AS errors
FROM generate_series(
    date_trunc(%(bucket)s, %(start)s::timestamptz), %(end)s::timestamptz - interval '1 microsecond',
    ('1 ' || %(bucket)s)::interval) AS step (at)
LEFT JOIN found ON found.at = step.at
ORDER BY step.at

-- latency: how many handled updates fell into which bucket of the histogram
SELECT date_trunc(%(bucket)s, m.at) AS at, u.place::integer - 1 AS place, sum(u.count)::bigint AS count
FROM bot_minutes m CROSS JOIN LATERAL unnest(m.latency) WITH ORDINALITY AS u (count, place)
WHERE m.bot_id = %(bot_id)s
  AND m.at >= date_trunc('minute', %(start)s::timestamptz) AND m.at < %(end)s
GROUP BY 1, 2

-- people: chats that were seen in the span, and those that have blocked the bot by now
SELECT
    (SELECT count(*) FROM subscribers s
     WHERE s.bot_id = %(bot_id)s AND s.last_seen_at >= %(start)s AND s.joined_at < %(end)s) AS active_users,
    coalesce((SELECT c.blocked FROM bot_counters c WHERE c.bot_id = %(bot_id)s), 0) AS blocked,
    coalesce((SELECT c.subscribers FROM bot_counters c WHERE c.bot_id = %(bot_id)s), 0) AS subscribers

-- waiting: updates that Telegram's webhook calls brought and no session has handled yet
SELECT count(*) FROM webhook_updates w WHERE w.bot_id = %(bot_id)s AND w.body IS NOT NULL
