-- statistics: all there is to say of one broadcast, in one statement and so of one instant
WITH chosen AS (
    SELECT b.* FROM broadcasts b
    WHERE b.ad_id = %(ad_id)s AND (%(broadcast_id)s::bigint IS NULL OR b.id = %(broadcast_id)s)
    ORDER BY b.id DESC LIMIT 1
), worker AS (
    SELECT NOT EXISTS (SELECT FROM workers WHERE last_seen > now() - interval '10 seconds') AS none
), part AS (
    SELECT d.bot_id, d.audience, d.sent, d.blocked, d.failed, d.unknown, d.skipped,
           d.audience - d.sent - d.blocked - d.failed - d.unknown - d.skipped AS pending,
           coalesce(c.clicks, 0) AS clicks, coalesce(c.unique_clicks, 0) AS unique_clicks,
           coalesce(c.machine_clicks, 0) AS machine_clicks,
           CASE WHEN b.status = 'broadcasting' AND d.status = 'pending' THEN coalesce(
               CASE WHEN (SELECT none FROM worker) THEN 'a worker: none is running' END,
               d.wait_reason,
               CASE WHEN bot.desired_status = 'stopped' THEN 'the bot is stopped'
                    WHEN bot.status = 'error' THEN 'the bot is in error' || CASE
                        WHEN %(owner)s::bigint IS NULL OR bot.user_id = %(owner)s
                        THEN coalesce(': ' || bot.last_error, '') ELSE '' END
               END) END AS wait_reason,
           CASE WHEN d.status = 'pending' THEN d.wait_until END AS wait_until,
           d.paid, d.paid_budget
    FROM chosen b
    JOIN deliveries d ON d.broadcast_id = b.id
    JOIN bots bot ON bot.id = d.bot_id
    LEFT JOIN click_counters c ON c.delivery_id = d.id
), minute AS (
    SELECT m.at, m.sent, m.failed, m.clicks FROM chosen b JOIN delivery_minutes m ON m.broadcast_id = b.id
), grain AS (
    SELECT CASE WHEN max(at) - min(at) > interval '1 day' THEN 'hour' ELSE 'minute' END AS size FROM minute
), timeline AS (
    SELECT date_trunc(grain.size, at) AS at, sum(sent) AS sent, sum(failed) AS failed, sum(clicks) AS clicks
    FROM minute CROSS JOIN grain GROUP BY 1
)
SELECT b.id AS broadcast_id, b.status, b.reason, b.audience AS planned, b.price, b.currency,
       b.started_at, b.completed_at, now() AS at, (SELECT none FROM worker) AS no_worker,
       coalesce(b.resumed_at, b.started_at) AS going_since, b.resumed_done,
       (SELECT coalesce(jsonb_agg(part ORDER BY bot_id), '[]') FROM part) AS per_bot,
       (SELECT coalesce(jsonb_agg(r ORDER BY r.number), '[]') FROM broadcast_retries r
        WHERE r.broadcast_id = b.id) AS retries,
       (SELECT coalesce(jsonb_agg(timeline ORDER BY at), '[]') FROM timeline) AS timeline,
       (SELECT coalesce(jsonb_agg(e ORDER BY e.count DESC, e.code, e.description), '[]') FROM (
            SELECT code, description, count, action FROM delivery_errors
            WHERE broadcast_id = b.id AND count > 0) AS e) AS errors,
       (SELECT jsonb_build_object('done', coalesce(sum(sent + failed), 0), 'since', min(at))
        FROM minute WHERE at >= date_trunc('minute', now()) - interval '1 minute') AS recent
FROM chosen b

-- broadcast: the id of one broadcast of an ad, the latest where none is named
SELECT id FROM broadcasts
WHERE ad_id = %(ad_id)s AND (%(broadcast_id)s::bigint IS NULL OR id = %(broadcast_id)s)
ORDER BY id DESC LIMIT 1
