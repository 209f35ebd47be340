-- source: what bots did, from the coarsest rows that hold it; each of the three takes up to two spans.
-- A bot's past stays when the bot is deleted.
SELECT m.bot_id, m.at, m.messages_in, m.messages_out, m.new_subscribers, m.lost_subscribers,
       m.errors, m.throttled, m.clicks
FROM unnest(%(minute_starts)s::timestamptz[], %(minute_ends)s::timestamptz[]) AS span (since, until)
JOIN bot_minutes m ON m.at >= span.since AND m.at < span.until
WHERE %(bot_ids)s::bigint[] IS NULL OR m.bot_id = ANY(%(bot_ids)s)
UNION ALL
SELECT a.bot_id, a.timestamp, f.messages_in, f.messages_out, f.new_subscribers, f.lost_subscribers,
       f.errors, f.throttled, f.clicks
FROM unnest(%(rolled_kinds)s::text[], %(rolled_starts)s::timestamptz[], %(rolled_ends)s::timestamptz[])
    AS span (kind, since, until)
JOIN analytics a ON a.metric_type = span.kind AND a.timestamp >= span.since AND a.timestamp < span.until
CROSS JOIN LATERAL json_to_record(a.metric_value) AS f (
    messages_in bigint, messages_out bigint, new_subscribers bigint, lost_subscribers bigint,
    errors bigint, throttled bigint, clicks bigint)
WHERE %(bot_ids)s::bigint[] IS NULL OR a.bot_id = ANY(%(bot_ids)s)

-- series: sums by bucket
SELECT date_trunc(%(bucket)s, at) AS at, sum(messages_in)::bigint AS messages_in,
       sum(messages_out)::bigint AS messages_out, sum(new_subscribers)::bigint AS new_subscribers,
       sum(lost_subscribers)::bigint AS lost_subscribers, sum(errors)::bigint AS errors,
       sum(throttled)::bigint AS throttled, sum(clicks)::bigint AS clicks
FROM source GROUP BY 1 ORDER BY 1

-- overview: sums by bucket and sums by bot, in one reading
SELECT date_trunc(%(bucket)s, at) AS at, bot_id, sum(messages_in)::bigint AS messages_in,
       sum(messages_out)::bigint AS messages_out, sum(new_subscribers)::bigint AS new_subscribers,
       sum(lost_subscribers)::bigint AS lost_subscribers, sum(errors)::bigint AS errors,
       sum(throttled)::bigint AS throttled, sum(clicks)::bigint AS clicks
FROM source GROUP BY GROUPING SETS ((date_trunc(%(bucket)s, at)), (bot_id))

-- by_hour_of_week: sums by weekday (1 is Monday) and hour, UTC
SELECT extract(isodow FROM at)::integer AS weekday, extract(hour FROM at)::integer AS hour,
       sum(messages_in)::bigint AS messages_in, sum(messages_out)::bigint AS messages_out,
       sum(clicks)::bigint AS clicks
FROM source GROUP BY 1, 2
