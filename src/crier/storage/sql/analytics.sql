-- counts: bots, subscribers and ads of an owner (of everybody where none is named), as they are now
SELECT
    (SELECT count(*) FROM bots b WHERE b.deleted_at IS NULL
        AND (%(owner)s::bigint IS NULL OR b.user_id = %(owner)s)) AS bots,
    (SELECT count(*) FROM bots b WHERE b.deleted_at IS NULL AND b.status = 'running'
        AND (%(owner)s::bigint IS NULL OR b.user_id = %(owner)s)) AS bots_running,
    (SELECT coalesce(sum(c.subscribers), 0)::bigint FROM bots b JOIN bot_counters c ON c.bot_id = b.id
        WHERE b.deleted_at IS NULL AND (%(owner)s::bigint IS NULL OR b.user_id = %(owner)s)) AS subscribers,
    (SELECT coalesce(sum(s.chats), 0)::bigint FROM bots b
        JOIN (
            SELECT bot_id, chats FROM bot_days_seen WHERE day >= since.day AND day < since.month
            UNION ALL SELECT bot_id, chats FROM bot_months_seen WHERE month >= since.month
        ) AS s ON s.bot_id = b.id
        WHERE b.deleted_at IS NULL AND (%(owner)s::bigint IS NULL OR b.user_id = %(owner)s)) AS active_users,
    (SELECT count(*) FROM advertisements a
        WHERE %(owner)s::bigint IS NULL OR a.user_id = %(owner)s OR a.operator_id = %(owner)s) AS ads,
    (SELECT count(*) FROM advertisements a WHERE a.status IN ('broadcasting', 'paused')
        AND (%(owner)s::bigint IS NULL OR a.user_id = %(owner)s OR a.operator_id = %(owner)s))
        AS ads_broadcasting
FROM (
    SELECT day, date_trunc('month', day + interval '1 month' - interval '1 day')::date AS month
    FROM (SELECT (%(start)s::timestamptz AT TIME ZONE 'UTC')::date AS day) AS first
) AS since

-- broadcasts: sums of the broadcasts that began in a span, by currency
SELECT b.currency, sum(f.sent)::bigint AS sent, sum(f.unique_clicks)::bigint AS unique_clicks,
       coalesce(sum(b.price) FILTER (WHERE f.sent > 0), 0) AS revenue
FROM broadcasts b
JOIN advertisements a ON a.id = b.ad_id
JOIN broadcast_figures f ON f.broadcast_id = b.id
WHERE b.started_at >= %(start)s AND b.started_at < %(end)s
  AND (%(owner)s::bigint IS NULL OR a.user_id = %(owner)s OR a.operator_id = %(owner)s)
GROUP BY b.currency ORDER BY revenue DESC, b.currency

-- top_ads: the ads whose broadcasts in a span were clicked most
SELECT a.id, a.title, a.status, sum(f.sent)::bigint AS sent, sum(f.clicks)::bigint AS clicks,
       sum(f.unique_clicks)::bigint AS unique_clicks
FROM broadcasts b
JOIN advertisements a ON a.id = b.ad_id
JOIN broadcast_figures f ON f.broadcast_id = b.id
WHERE b.started_at >= %(start)s AND b.started_at < %(end)s
  AND (%(owner)s::bigint IS NULL OR a.user_id = %(owner)s OR a.operator_id = %(owner)s)
GROUP BY a.id ORDER BY sum(f.clicks) DESC, sum(f.sent) DESC, a.id DESC LIMIT %(limit)s

-- named_bots: names and sizes of bots
SELECT b.id, b.bot_name, b.username, b.status, coalesce(c.subscribers, 0) AS subscribers
FROM bots b LEFT JOIN bot_counters c ON c.bot_id = b.id
WHERE b.id = ANY(%(ids)s::bigint[]) AND b.deleted_at IS NULL

-- biggest_bots: an owner's bots with the most subscribers
SELECT b.id FROM bots b LEFT JOIN bot_counters c ON c.bot_id = b.id
WHERE b.deleted_at IS NULL AND (%(owner)s::bigint IS NULL OR b.user_id = %(owner)s)
ORDER BY coalesce(c.subscribers, 0) DESC, b.id LIMIT %(limit)s

-- people: chats of a bot by status, as they are now
SELECT coalesce(sum(c.subscribers), 0)::bigint AS subscribers, coalesce(sum(c.blocked), 0)::bigint AS blocked,
       coalesce(sum(c.gone), 0)::bigint AS gone, coalesce(sum(c.unsubscribed), 0)::bigint AS unsubscribed
FROM bot_counters c WHERE c.bot_id = %(bot_id)s

-- retention: the newest cohorts of a bot
SELECT metric_value FROM analytics
WHERE metric_type = 'bot_retention' AND bot_id = %(bot_id)s ORDER BY timestamp DESC LIMIT 1

-- delivery: how a bot's parts of the broadcasts that began in a span ended
SELECT count(*) AS broadcasts, coalesce(sum(d.audience), 0)::bigint AS audience,
       coalesce(sum(d.sent), 0)::bigint AS sent, coalesce(sum(d.blocked), 0)::bigint AS blocked,
       coalesce(sum(d.failed), 0)::bigint AS failed, coalesce(sum(d.unknown), 0)::bigint AS unknown,
       coalesce(sum(d.skipped), 0)::bigint AS skipped, coalesce(sum(c.clicks), 0)::bigint AS clicks,
       coalesce(sum(c.unique_clicks), 0)::bigint AS unique_clicks
FROM deliveries d
JOIN broadcasts b ON b.id = d.broadcast_id
LEFT JOIN click_counters c ON c.delivery_id = d.id
WHERE d.bot_id = %(bot_id)s AND b.started_at >= %(start)s AND b.started_at < %(end)s

-- ads: what came of the broadcasts of these ads that began in a span
SELECT b.ad_id, count(*) AS broadcasts, max(b.id) AS broadcast_id, sum(f.audience)::bigint AS audience,
       sum(f.sent)::bigint AS sent, sum(f.blocked)::bigint AS blocked, sum(f.failed)::bigint AS failed,
       sum(f.unknown)::bigint AS unknown, sum(f.skipped)::bigint AS skipped,
       sum(f.clicks)::bigint AS clicks, sum(f.unique_clicks)::bigint AS unique_clicks,
       sum(f.machine_clicks)::bigint AS machine_clicks, sum(b.price) AS price
FROM broadcasts b JOIN broadcast_figures f ON f.broadcast_id = b.id
WHERE b.ad_id = ANY(%(ids)s::bigint[]) AND b.started_at >= %(start)s AND b.started_at < %(end)s
GROUP BY b.ad_id

-- ad_bots: what came of an ad's broadcasts that began in a span, by bot of an owner (NULL: of all)
-- broadcasts_ad_idx, deliveries_broadcast_id_bot_id_key, click_counters_pkey
SELECT d.bot_id, count(*) AS broadcasts, sum(d.audience)::bigint AS audience,
       sum(d.sent)::bigint AS sent, sum(d.blocked)::bigint AS blocked, sum(d.failed)::bigint AS failed,
       sum(d.unknown)::bigint AS unknown, sum(d.skipped)::bigint AS skipped,
       coalesce(sum(c.clicks), 0)::bigint AS clicks,
       coalesce(sum(c.unique_clicks), 0)::bigint AS unique_clicks,
       coalesce(sum(c.machine_clicks), 0)::bigint AS machine_clicks
FROM broadcasts b
JOIN deliveries d ON d.broadcast_id = b.id
JOIN bots bot ON bot.id = d.bot_id
LEFT JOIN click_counters c ON c.delivery_id = d.id
WHERE b.ad_id = %(ad_id)s AND b.started_at >= %(start)s AND b.started_at < %(end)s
  AND (%(owner)s::bigint IS NULL OR bot.user_id = %(owner)s)
GROUP BY d.bot_id ORDER BY d.bot_id

-- ad_week: the same by hour of the week in a zone, from the minutes of the ad's own broadcasts
-- broadcasts_ad_idx, delivery_minutes_pkey
SELECT extract(isodow FROM m.at AT TIME ZONE %(zone)s)::integer AS weekday,
       extract(hour FROM m.at AT TIME ZONE %(zone)s)::integer AS hour,
       sum(m.sent)::bigint AS sent, sum(m.failed)::bigint AS failed, sum(m.clicks)::bigint AS clicks
FROM broadcasts b JOIN delivery_minutes m ON m.broadcast_id = b.id
WHERE b.ad_id = %(ad_id)s AND b.started_at >= %(start)s AND b.started_at < %(end)s
GROUP BY 1, 2

-- ad_links: people's and machines' clicks of an ad by link, through the bots of an owner (NULL: of all)
-- broadcasts_ad_idx, deliveries_broadcast_id_bot_id_key, link_clicks_pkey
SELECT coalesce(b.message -> 'links' ->> l.link, '') AS url, sum(l.clicks)::bigint AS clicks,
       sum(l.machine_clicks)::bigint AS machine_clicks
FROM broadcasts b
JOIN deliveries d ON d.broadcast_id = b.id
JOIN bots bot ON bot.id = d.bot_id
JOIN link_clicks l ON l.delivery_id = d.id
WHERE b.ad_id = %(ad_id)s AND b.started_at >= %(start)s AND b.started_at < %(end)s
  AND (%(owner)s::bigint IS NULL OR bot.user_id = %(owner)s)
GROUP BY 1 ORDER BY 2 DESC, 1

-- ad_languages: the same, and what was sent, by language of the recipients: broadcasts_ad_idx,
-- broadcast_languages_pkey
SELECT nullif(l.language, '') AS name, sum(l.sent)::bigint AS sent, sum(l.clicks)::bigint AS clicks,
       sum(l.unique_clicks)::bigint AS unique_clicks, sum(l.machine_clicks)::bigint AS machine_clicks
FROM broadcasts b
JOIN broadcast_languages l ON l.broadcast_id = b.id
WHERE b.ad_id = %(ad_id)s AND b.started_at >= %(start)s AND b.started_at < %(end)s
  AND (%(owner)s::bigint IS NULL OR l.user_id = %(owner)s)
GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1

-- ad_losses: chats that said /stop or blocked the bot within a day after they got the ad, by those bots
-- What is not rolled up yet is counted as `losses` in rollup.sql does, from the last hours' changes.
WITH part AS (
    SELECT d.id FROM broadcasts b
    JOIN deliveries d ON d.broadcast_id = b.id
    JOIN bots bot ON bot.id = d.bot_id
    WHERE b.ad_id = %(ad_id)s AND b.started_at >= %(start)s AND b.started_at < %(end)s
      AND (%(owner)s::bigint IS NULL OR bot.user_id = %(owner)s)
)
SELECT coalesce(sum(stopped), 0)::bigint AS stopped, coalesce(sum(blocked), 0)::bigint AS blocked
FROM (
    SELECT l.stopped, l.blocked FROM part JOIN delivery_losses l ON l.delivery_id = part.id
    WHERE l.at < %(rolled)s
    UNION ALL
    SELECT (s.reason = 'stopped')::integer, (s.reason = 'blocked')::integer
    FROM status_changes s
    JOIN messages m ON m.bot_id = s.bot_id AND m.chat_id = s.chat_id AND m.status = 'sent'
        AND m.sent_at >= s.at - interval '24 hours' AND m.sent_at <= s.at
        AND m.sent_at >= %(rolled)s::timestamptz - interval '24 hours'
    JOIN part ON part.id = m.delivery_id
    WHERE s.at >= %(rolled)s AND s.was = 'active' AND s.reason IN ('stopped', 'blocked')
      AND NOT EXISTS (
          SELECT FROM status_changes e
          WHERE e.chat_id = s.chat_id AND e.bot_id = s.bot_id AND e.was = 'active'
            AND e.reason IN ('stopped', 'blocked') AND e.at >= m.sent_at
            AND (e.at, e.id) < (s.at, s.id))
) AS lost

-- ad_prices: what an ad's broadcasts that began in a span cost, each currency by itself
SELECT b.currency, sum(b.price) AS amount FROM broadcasts b
WHERE b.ad_id = %(ad_id)s AND b.started_at >= %(start)s AND b.started_at < %(end)s
  AND b.price IS NOT NULL
GROUP BY b.currency ORDER BY amount DESC, b.currency
