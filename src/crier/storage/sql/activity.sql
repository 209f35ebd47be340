-- minutes: what bots did, by minute; a bot's past stays when the bot is deleted
SELECT m.bot_id, m.at, m.messages_in, m.messages_out, m.new_subscribers, m.lost_subscribers,
       m.errors, m.throttled, m.clicks
FROM unnest(%(minute_starts)s::timestamptz[], %(minute_ends)s::timestamptz[]) AS span (since, until)
JOIN bot_minutes m ON m.at >= span.since AND m.at < span.until
WHERE %(bot_ids)s::bigint[] IS NULL OR m.bot_id = ANY(%(bot_ids)s)

-- hours: the same by hour
SELECT h.bot_id, h.at, h.messages_in, h.messages_out, h.new_subscribers, h.lost_subscribers,
       h.errors, h.throttled, h.clicks
FROM unnest(%(hour_starts)s::timestamptz[], %(hour_ends)s::timestamptz[]) AS span (since, until)
JOIN bot_hours h ON h.at >= span.since AND h.at < span.until
WHERE %(bot_ids)s::bigint[] IS NULL OR h.bot_id = ANY(%(bot_ids)s)

-- days: the same by day (UTC)
SELECT d.bot_id, d.at, d.messages_in, d.messages_out, d.new_subscribers, d.lost_subscribers,
       d.errors, d.throttled, d.clicks
FROM unnest(%(day_starts)s::timestamptz[], %(day_ends)s::timestamptz[]) AS span (since, until)
JOIN bot_days d ON d.at >= span.since AND d.at < span.until
WHERE %(bot_ids)s::bigint[] IS NULL OR d.bot_id = ANY(%(bot_ids)s)

-- months: the same by month (UTC)
SELECT m.bot_id, m.at, m.messages_in, m.messages_out, m.new_subscribers, m.lost_subscribers,
       m.errors, m.throttled, m.clicks
FROM unnest(%(month_starts)s::timestamptz[], %(month_ends)s::timestamptz[]) AS span (since, until)
JOIN bot_months m ON m.at >= span.since AND m.at < span.until
WHERE %(bot_ids)s::bigint[] IS NULL OR m.bot_id = ANY(%(bot_ids)s)

-- owner_hours: what all bots of an owner did by hour; 0 is everybody
SELECT 0::bigint AS bot_id, o.at, o.messages_in, o.messages_out, o.new_subscribers,
       o.lost_subscribers, o.errors, o.throttled, o.clicks
FROM unnest(%(hour_starts)s::timestamptz[], %(hour_ends)s::timestamptz[]) AS span (since, until)
JOIN owner_hours o ON o.at >= span.since AND o.at < span.until
WHERE o.user_id = %(owner)s

-- series: sums by bucket
SELECT date_trunc(%(bucket)s, at, %(zone)s) AS at, sum(messages_in)::bigint AS messages_in,
       sum(messages_out)::bigint AS messages_out, sum(new_subscribers)::bigint AS new_subscribers,
       sum(lost_subscribers)::bigint AS lost_subscribers, sum(errors)::bigint AS errors,
       sum(throttled)::bigint AS throttled, sum(clicks)::bigint AS clicks
FROM source GROUP BY 1 ORDER BY 1

-- series_days: sums by day; `starts` are the moments at which the days begin
SELECT (%(starts)s::timestamptz[])[place] AS at, messages_in, messages_out, new_subscribers,
       lost_subscribers, errors, throttled, clicks
FROM (
    SELECT width_bucket(at, %(starts)s::timestamptz[]) AS place, sum(messages_in)::bigint AS messages_in,
           sum(messages_out)::bigint AS messages_out, sum(new_subscribers)::bigint AS new_subscribers,
           sum(lost_subscribers)::bigint AS lost_subscribers, sum(errors)::bigint AS errors,
           sum(throttled)::bigint AS throttled, sum(clicks)::bigint AS clicks
    FROM source GROUP BY 1
) AS days

-- by_bot: sums by bot
SELECT bot_id, sum(messages_in)::bigint AS messages_in, sum(messages_out)::bigint AS messages_out,
       sum(new_subscribers)::bigint AS new_subscribers,
       sum(lost_subscribers)::bigint AS lost_subscribers, sum(errors)::bigint AS errors,
       sum(throttled)::bigint AS throttled, sum(clicks)::bigint AS clicks
FROM source GROUP BY 1

-- by_hour_of_week: sums by weekday (1 is Monday) and hour
SELECT extract(isodow FROM at AT TIME ZONE %(zone)s)::integer AS weekday,
       extract(hour FROM at AT TIME ZONE %(zone)s)::integer AS hour,
       sum(messages_in)::bigint AS messages_in, sum(messages_out)::bigint AS messages_out,
       sum(clicks)::bigint AS clicks
FROM source GROUP BY 1, 2

-- bots_of: the bots of an owner, deleted ones too
SELECT id FROM bots WHERE user_id = %(owner)s

-- latencies: how many updates of a bot were answered in how long, by bucket of time
SELECT date_trunc(%(bucket)s, at, %(zone)s) AS at, ARRAY[coalesce(sum(latency[1]), 0), coalesce(sum(latency[2]), 0), coalesce(sum(latency[3]), 0), coalesce(sum(latency[4]), 0),
    coalesce(sum(latency[5]), 0), coalesce(sum(latency[6]), 0), coalesce(sum(latency[7]), 0), coalesce(sum(latency[8]), 0),
    coalesce(sum(latency[9]), 0), coalesce(sum(latency[10]), 0), coalesce(sum(latency[11]), 0), coalesce(sum(latency[12]), 0),
    coalesce(sum(latency[13]), 0), coalesce(sum(latency[14]), 0), coalesce(sum(latency[15]), 0), coalesce(sum(latency[16]), 0),
    coalesce(sum(latency[17]), 0)]::bigint[] AS counts
FROM (
    SELECT m.at, m.latency
    FROM unnest(%(minute_starts)s::timestamptz[], %(minute_ends)s::timestamptz[]) AS span (since, until)
    JOIN bot_minutes m ON m.at >= span.since AND m.at < span.until AND m.bot_id = %(bot_id)s
    UNION ALL
    SELECT h.at, h.latency
    FROM unnest(%(hour_starts)s::timestamptz[], %(hour_ends)s::timestamptz[]) AS span (since, until)
    JOIN bot_hours h ON h.at >= span.since AND h.at < span.until AND h.bot_id = %(bot_id)s
) AS source GROUP BY 1

-- changes: how many chats left a bot, and why, or came back
SELECT coalesce(sum(returned), 0)::bigint AS returned, coalesce(sum(stopped), 0)::bigint AS stopped,
       coalesce(sum(blocked), 0)::bigint AS blocked, coalesce(sum(gone), 0)::bigint AS gone,
       coalesce(sum(moved), 0)::bigint AS moved,
       coalesce(sum(unsubscribed), 0)::bigint AS unsubscribed
FROM (
    SELECT c.returned, c.stopped, c.blocked, c.gone, c.moved, c.unsubscribed
    FROM unnest(%(hour_starts)s::timestamptz[], %(hour_ends)s::timestamptz[]) AS span (since, until)
    JOIN bot_changes c ON c.bot_id = %(bot_id)s AND c.at >= span.since AND c.at < span.until
    UNION ALL
    SELECT (s.reason = 'returned')::integer, (s.reason = 'stopped')::integer,
           (s.reason = 'blocked')::integer, (s.reason = 'gone')::integer,
           (s.reason = 'moved')::integer, (s.reason = 'unsubscribed')::integer
    FROM unnest(%(minute_starts)s::timestamptz[], %(minute_ends)s::timestamptz[])
        AS span (since, until)
    JOIN status_changes s ON s.at >= span.since AND s.at < span.until AND s.bot_id = %(bot_id)s
    WHERE s.was = 'active' OR s.reason = 'returned'
) AS changed

-- origins: what became of the chats that joined a bot in a span, by deep link and by language
-- subscribers_joined_idx, deliveries_bot_idx, first_clicks_pkey
WITH clicked AS (
    SELECT DISTINCT f.chat_id FROM deliveries d JOIN first_clicks f ON f.delivery_id = d.id
    WHERE d.bot_id = %(bot_id)s
), counted AS (
    SELECT grouping(s.source) = 0 AS by_source,
           CASE WHEN grouping(s.source) = 0 THEN s.source ELSE s.language_code END AS name,
           count(*) AS joined, count(*) FILTER (WHERE s.status = 'active') AS active,
           count(*) FILTER (WHERE s.status = 'unsubscribed') AS unsubscribed,
           count(*) FILTER (WHERE s.status = 'blocked') AS blocked,
           count(*) FILTER (WHERE s.status = 'gone') AS gone, count(clicked.chat_id) AS clicked
    FROM subscribers s LEFT JOIN clicked ON clicked.chat_id = s.chat_id
    WHERE s.bot_id = %(bot_id)s AND s.joined_at >= %(start)s AND s.joined_at < %(end)s
    GROUP BY GROUPING SETS ((s.source), (s.language_code))
)
SELECT by_source, name, joined, active, unsubscribed, blocked, gone, clicked FROM (
    SELECT counted.*, row_number() OVER (PARTITION BY by_source ORDER BY joined DESC, name) AS place
    FROM counted) AS ordered
WHERE place <= %(limit)s ORDER BY by_source DESC, place

-- active_people: how many different people wrote in each period: active_people_pkey
SELECT start, people FROM active_people
WHERE user_id = %(owner)s AND bot_id = %(bot_id)s AND grain = %(grain)s
  AND start BETWEEN %(first)s AND %(last)s

-- subscribed_people: how many different people are subscribed to an owner's bots (0: to everybody's)
SELECT people, at FROM subscribed_people WHERE user_id = %(owner)s
