-- lock: one rollup at a time; whoever comes second has nothing to do
SELECT pg_try_advisory_xact_lock(hashtextextended('crier.rollup', 0))

-- patience: an hour of thousands of bots, and a scan of all subscribers, may take longer than a request
SET LOCAL statement_timeout = '10min'

-- state: what has been rolled up: hours in [since, until), days up to days_until
SELECT metric_value FROM analytics WHERE metric_type = 'rolled' ORDER BY timestamp DESC LIMIT 1

-- first: the hour of the oldest minute that a partition of analytics can hold
SELECT date_trunc('hour', min(at)) FROM bot_minutes
WHERE at >= date_trunc('month', now()) - interval '1 month'

-- hours: what each bot did in each hour of [since, until)
INSERT INTO analytics (bot_id, metric_type, metric_value, timestamp)
SELECT bot_id, 'bot_hour', json_build_object(
           'messages_in', sum(messages_in), 'messages_out', sum(messages_out),
           'new_subscribers', sum(new_subscribers), 'lost_subscribers', sum(lost_subscribers),
           'errors', sum(errors), 'throttled', sum(throttled), 'clicks', sum(clicks)),
       date_trunc('hour', at)
FROM bot_minutes WHERE at >= %(since)s AND at < %(until)s
GROUP BY bot_id, date_trunc('hour', at)

-- days: the same for each day of [since, until), from the hours
INSERT INTO analytics (bot_id, metric_type, metric_value, timestamp)
SELECT bot_id, 'bot_day', json_build_object(
           'messages_in', sum((metric_value ->> 'messages_in')::bigint),
           'messages_out', sum((metric_value ->> 'messages_out')::bigint),
           'new_subscribers', sum((metric_value ->> 'new_subscribers')::bigint),
           'lost_subscribers', sum((metric_value ->> 'lost_subscribers')::bigint),
           'errors', sum((metric_value ->> 'errors')::bigint),
           'throttled', sum((metric_value ->> 'throttled')::bigint),
           'clicks', sum((metric_value ->> 'clicks')::bigint)),
       date_trunc('day', timestamp)
FROM analytics WHERE metric_type = 'bot_hour' AND timestamp >= %(since)s AND timestamp < %(until)s
GROUP BY bot_id, date_trunc('day', timestamp)

-- forget_retention: the older cohorts
DELETE FROM analytics WHERE metric_type = 'bot_retention'

-- retention: of the chats that joined in a week (13 weeks back), how many were still seen in the
-- n-th week after or later
INSERT INTO analytics (bot_id, metric_type, metric_value, timestamp)
SELECT bot_id, 'bot_retention', json_agg(json_build_object(
           'week', week, 'joined', joined, 'active', active, 'remaining', remaining)
           ORDER BY week), now()
FROM (
    SELECT c.bot_id, c.week::date AS week, c.joined, c.remaining,
           (SELECT json_agg((SELECT coalesce(sum(t.chats), 0)
                             FROM unnest(c.lasted, c.chats) AS t (lasted, chats) WHERE t.lasted >= n)
                            ORDER BY n)
            FROM generate_series(0, 13) AS n WHERE c.week + n * interval '7 days' <= now()) AS active
    FROM (
        SELECT bot_id, week, sum(chats) AS joined, sum(remaining) AS remaining,
               array_agg(lasted) AS lasted, array_agg(chats) AS chats
        FROM cohort GROUP BY bot_id, week
    ) AS c
) AS weeks
GROUP BY bot_id

-- cohort: one scan of the subscribers: by week of joining, how many weeks they were seen
CREATE TEMPORARY TABLE cohort ON COMMIT DROP AS
SELECT bot_id, date_trunc('week', joined_at) AS week, count(*) AS chats,
       count(*) FILTER (WHERE status = 'active') AS remaining,
       greatest(0, floor(extract(epoch FROM greatest(last_seen_at, joined_at)
           - date_trunc('week', joined_at)) / 604800))::integer AS lasted
FROM subscribers
WHERE joined_at >= date_trunc('week', now()) - interval '12 weeks' AND joined_at <= now()
GROUP BY bot_id, date_trunc('week', joined_at),
         greatest(0, floor(extract(epoch FROM greatest(last_seen_at, joined_at)
             - date_trunc('week', joined_at)) / 604800))::integer

-- forget: the state before
DELETE FROM analytics WHERE metric_type = 'rolled'

-- remember: what has been rolled up now
INSERT INTO analytics (bot_id, metric_type, metric_value, timestamp)
VALUES (NULL, 'rolled', %(state)s::json, now())

-- prune: minutes that are rolled up and old
DELETE FROM bot_minutes WHERE at < %(until)s
