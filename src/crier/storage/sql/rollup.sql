-- lock: one roll-up at a time; a second one has nothing to do
SELECT pg_try_advisory_xact_lock(hashtextextended('crier.rollup', 0))

-- lock_all: the same, waiting for the one that runs
SELECT pg_advisory_xact_lock(hashtextextended('crier.rollup', 0))

-- patience: an hour of thousands of bots, and a scan of all subscribers, may take longer than a request
SET LOCAL statement_timeout = '10min'

-- state: what has been rolled up
SELECT since, until, nullif(pruned, '-infinity') FROM rollup_state

-- first: the hour of the oldest minute
SELECT date_trunc('hour', min(at), 'UTC') FROM bot_minutes

-- late: the hours that got a minute after they were rolled up
DELETE FROM late_hours WHERE at < %(until)s RETURNING at

-- hours: what each bot did in each of these hours, from its minutes
INSERT INTO bot_hours AS h (bot_id, at, messages_in, messages_out, new_subscribers,
    lost_subscribers, errors, throttled, clicks, latency)
SELECT m.bot_id, m.at, m.messages_in, m.messages_out, m.new_subscribers, m.lost_subscribers,
       m.errors, m.throttled, m.clicks, coalesce(l.latency, '{}')
FROM (
    SELECT bot_id, hour.at, sum(messages_in) AS messages_in, sum(messages_out) AS messages_out,
           sum(new_subscribers) AS new_subscribers, sum(lost_subscribers) AS lost_subscribers,
           sum(errors) AS errors, sum(throttled) AS throttled, sum(clicks) AS clicks
    FROM unnest(%(hours)s::timestamptz[]) AS hour (at)
    JOIN bot_minutes m ON m.at >= hour.at AND m.at < hour.at + interval '1 hour'
    GROUP BY bot_id, hour.at
) AS m
LEFT JOIN (
    SELECT bot_id, at, array_agg(count ORDER BY place)::integer[] AS latency
    FROM (
        SELECT bot_id, hour.at, u.place, sum(u.count) AS count
        FROM unnest(%(hours)s::timestamptz[]) AS hour (at)
        JOIN bot_minutes m ON m.at >= hour.at AND m.at < hour.at + interval '1 hour'
        CROSS JOIN LATERAL unnest(m.latency) WITH ORDINALITY AS u (count, place)
        GROUP BY bot_id, hour.at, u.place
    ) AS places
    GROUP BY bot_id, at
) AS l USING (bot_id, at)
ON CONFLICT (bot_id, at) DO UPDATE SET
    messages_in = excluded.messages_in, messages_out = excluded.messages_out,
    new_subscribers = excluded.new_subscribers, lost_subscribers = excluded.lost_subscribers,
    errors = excluded.errors, throttled = excluded.throttled, clicks = excluded.clicks,
    latency = excluded.latency

-- changes: how many chats left each bot in each of these hours, and why, or came back
-- Rows are only added while an hour lasts and only erased later, so the greater number is the true one.
INSERT INTO bot_changes AS c (bot_id, at, returned, stopped, blocked, gone, moved, unsubscribed)
SELECT s.bot_id, hour.at, count(*) FILTER (WHERE s.reason = 'returned'),
       count(*) FILTER (WHERE s.reason = 'stopped'), count(*) FILTER (WHERE s.reason = 'blocked'),
       count(*) FILTER (WHERE s.reason = 'gone'), count(*) FILTER (WHERE s.reason = 'moved'),
       count(*) FILTER (WHERE s.reason = 'unsubscribed')
FROM unnest(%(hours)s::timestamptz[]) AS hour (at)
JOIN status_changes s ON s.at >= hour.at AND s.at < hour.at + interval '1 hour'
JOIN bots b ON b.id = s.bot_id
WHERE s.was = 'active' OR s.reason = 'returned'
GROUP BY s.bot_id, hour.at
ON CONFLICT (bot_id, at) DO UPDATE SET
    returned = greatest(c.returned, excluded.returned), stopped = greatest(c.stopped, excluded.stopped),
    blocked = greatest(c.blocked, excluded.blocked), gone = greatest(c.gone, excluded.gone),
    moved = greatest(c.moved, excluded.moved),
    unsubscribed = greatest(c.unsubscribed, excluded.unsubscribed)

-- losses: how many recipients of which deliveries left in these hours, within a day after the ad
-- A person that left, came back and left again within the day is lost once.
INSERT INTO delivery_losses AS l (delivery_id, at, stopped, blocked)
SELECT delivery_id, at, stopped, blocked FROM (
    SELECT d.id AS delivery_id, hour.at, count(*) FILTER (WHERE s.reason = 'stopped') AS stopped,
           count(*) FILTER (WHERE s.reason = 'blocked') AS blocked
    FROM unnest(%(hours)s::timestamptz[]) AS hour (at)
    JOIN status_changes s ON s.at >= hour.at AND s.at < hour.at + interval '1 hour'
    JOIN messages m ON m.bot_id = s.bot_id AND m.chat_id = s.chat_id AND m.status = 'sent'
        AND m.sent_at >= s.at - interval '24 hours' AND m.sent_at <= s.at
        AND m.sent_at >= (SELECT min(o.at) FROM unnest(%(hours)s::timestamptz[]) AS o (at)) - interval '24 hours'
        AND m.sent_at < (SELECT max(o.at) FROM unnest(%(hours)s::timestamptz[]) AS o (at)) + interval '1 hour'
    JOIN deliveries d ON d.id = m.delivery_id
    WHERE s.was = 'active' AND s.reason IN ('stopped', 'blocked')
      AND NOT EXISTS (
          SELECT FROM status_changes e
          WHERE e.chat_id = s.chat_id AND e.bot_id = s.bot_id AND e.was = 'active'
            AND e.reason IN ('stopped', 'blocked') AND e.at >= m.sent_at
            AND (e.at, e.id) < (s.at, s.id))
    GROUP BY d.id, hour.at
) AS found
ON CONFLICT (delivery_id, at) DO UPDATE SET
    stopped = greatest(l.stopped, excluded.stopped), blocked = greatest(l.blocked, excluded.blocked)

-- days: the days that these hours lie in, from all their hours
INSERT INTO bot_days AS d (bot_id, at, messages_in, messages_out, new_subscribers,
    lost_subscribers, errors, throttled, clicks)
SELECT bot_id, day.at, sum(messages_in), sum(messages_out), sum(new_subscribers),
       sum(lost_subscribers), sum(errors), sum(throttled), sum(clicks)
FROM (SELECT DISTINCT date_trunc('day', at, 'UTC') AS at FROM unnest(%(hours)s::timestamptz[]) AS at)
    AS day
JOIN bot_hours h ON h.at >= day.at AND h.at < day.at + interval '24 hours'
GROUP BY bot_id, day.at
ON CONFLICT (bot_id, at) DO UPDATE SET
    messages_in = excluded.messages_in, messages_out = excluded.messages_out,
    new_subscribers = excluded.new_subscribers, lost_subscribers = excluded.lost_subscribers,
    errors = excluded.errors, throttled = excluded.throttled, clicks = excluded.clicks

-- months: the months that these hours lie in, from all their days
INSERT INTO bot_months AS m (bot_id, at, messages_in, messages_out, new_subscribers,
    lost_subscribers, errors, throttled, clicks)
SELECT bot_id, month.at, sum(messages_in), sum(messages_out), sum(new_subscribers),
       sum(lost_subscribers), sum(errors), sum(throttled), sum(clicks)
FROM (SELECT DISTINCT date_trunc('month', at, 'UTC') AS at FROM unnest(%(hours)s::timestamptz[]) AS at)
    AS month
JOIN bot_days d ON d.at >= month.at
    AND d.at < (month.at AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'
GROUP BY bot_id, month.at
ON CONFLICT (bot_id, at) DO UPDATE SET
    messages_in = excluded.messages_in, messages_out = excluded.messages_out,
    new_subscribers = excluded.new_subscribers, lost_subscribers = excluded.lost_subscribers,
    errors = excluded.errors, throttled = excluded.throttled, clicks = excluded.clicks

-- owners: these hours of all bots of each owner, and of everybody (0)
INSERT INTO owner_hours AS o (user_id, at, messages_in, messages_out, new_subscribers,
    lost_subscribers, errors, throttled, clicks)
SELECT coalesce(b.user_id, 0), h.at, sum(messages_in), sum(messages_out), sum(new_subscribers),
       sum(lost_subscribers), sum(errors), sum(throttled), sum(clicks)
FROM bot_hours h JOIN bots b ON b.id = h.bot_id
WHERE h.at = ANY(%(hours)s::timestamptz[])
GROUP BY GROUPING SETS ((b.user_id, h.at), (h.at))
ON CONFLICT (user_id, at) DO UPDATE SET
    messages_in = excluded.messages_in, messages_out = excluded.messages_out,
    new_subscribers = excluded.new_subscribers, lost_subscribers = excluded.lost_subscribers,
    errors = excluded.errors, throttled = excluded.throttled, clicks = excluded.clicks

-- people: how many different people wrote in each day, week or month (UTC) from that of `since` on, before
-- `until`: to each bot, to each owner's bots and to all of them
-- The greater number is the true one: rows are only added, and only go when they are old. People's
-- chats have positive ids, erased people stand-ins below -2^52; the others are groups and channels.
INSERT INTO active_people AS p (user_id, bot_id, grain, start, people)
SELECT coalesce(b.user_id, 0), coalesce(w.bot_id, 0), %(grain)s, w.start, count(DISTINCT w.chat_id)
FROM (
    SELECT bot_id, chat_id, date_trunc(%(grain)s, sent_at AT TIME ZONE 'UTC')::date AS start
    FROM messages
    WHERE direction = 'in' AND (chat_id > 0 OR chat_id < -4503599627370496)
      AND sent_at >= date_trunc(%(grain)s, %(since)s::timestamptz, 'UTC') AND sent_at < %(until)s
    GROUP BY 1, 2, 3
) AS w JOIN bots b ON b.id = w.bot_id
GROUP BY GROUPING SETS ((w.start, b.user_id), (w.start, w.bot_id), (w.start))
ON CONFLICT (user_id, bot_id, grain, start) DO UPDATE SET people = greatest(p.people, excluded.people)

-- forget_subscribed: who was subscribed an hour ago
DELETE FROM subscribed_people

-- subscribed: how many different people are subscribed to each owner's bots, and to everybody's (0)
INSERT INTO subscribed_people (user_id, people, at)
SELECT coalesce(user_id, 0), count(DISTINCT chat_id), now()
FROM (
    SELECT b.user_id, s.chat_id FROM subscribers s JOIN bots b ON b.id = s.bot_id
    WHERE s.status = 'active' AND s.type = 'private' AND b.deleted_at IS NULL GROUP BY 1, 2
) AS own GROUP BY GROUPING SETS ((user_id), ())

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

-- remember: what has been rolled up now
INSERT INTO rollup_state (since, until) VALUES (%(since)s, %(until)s)
ON CONFLICT (single) DO UPDATE SET since = excluded.since, until = excluded.until

-- prune: minutes that are rolled up and old
DELETE FROM bot_minutes WHERE at < %(until)s

-- remember_pruned: from when on there are minutes
UPDATE rollup_state SET pruned = greatest(pruned, %(until)s)

-- forget_hours: hours that are computed anew
DELETE FROM bot_hours WHERE at >= %(since)s AND at < %(until)s

-- forget_days: all of them, before they are made of the hours again
DELETE FROM bot_days

-- forget_months: the same
DELETE FROM bot_months

-- forget_owners: the same
DELETE FROM owner_hours

-- languages_due: an ended broadcast whose messages are to be counted by language
DELETE FROM languages_due WHERE broadcast_id = (
    SELECT broadcast_id FROM languages_due ORDER BY broadcast_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING broadcast_id

-- languages: what was sent for a broadcast by language, counted anew: messages_delivery_idx, subscribers_pkey
INSERT INTO broadcast_languages AS l (broadcast_id, user_id, language, sent)
SELECT %(broadcast_id)s, user_id, language, coalesce(counted.sent, 0)
FROM (
    SELECT b.user_id, coalesce(s.language_code, '') AS language, count(*) AS sent
    FROM deliveries d
    JOIN bots b ON b.id = d.bot_id
    JOIN messages m ON m.delivery_id = d.id AND m.status = 'sent'
    LEFT JOIN subscribers s ON s.bot_id = d.bot_id AND s.chat_id = m.chat_id
    WHERE d.broadcast_id = %(broadcast_id)s
    GROUP BY 1, 2
) AS counted
FULL JOIN (
    SELECT user_id, language FROM broadcast_languages WHERE broadcast_id = %(broadcast_id)s
) AS before USING (user_id, language)
ORDER BY user_id, language
ON CONFLICT (broadcast_id, user_id, language) DO UPDATE SET sent = excluded.sent
