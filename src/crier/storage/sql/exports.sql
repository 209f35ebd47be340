-- Every statement gives a page: rows after the key `after`, which is the last column, in its order.

-- bots: an owner's bots with their chats by status
SELECT b.id, b.bot_name, b.username, b.telegram_id, b.user_id, b.status, b.receive_mode, b.created_at,
       b.last_active, coalesce(c.subscribers, 0) AS subscribers, coalesce(c.blocked, 0) AS blocked,
       coalesce(c.gone, 0) AS gone, coalesce(c.unsubscribed, 0) AS unsubscribed, b.id AS key
FROM bots b LEFT JOIN bot_counters c ON c.bot_id = b.id
WHERE b.deleted_at IS NULL AND (%(owner)s::bigint IS NULL OR b.user_id = %(owner)s)
  AND (%(bot_id)s::bigint IS NULL OR b.id = %(bot_id)s)
  AND b.created_at >= %(start)s AND b.created_at < %(end)s AND b.id > %(after)s
ORDER BY b.id LIMIT %(limit)s

-- ads: an owner's ads and the sums of their broadcasts
SELECT a.id, a.user_id, a.title, a.content, a.status, a.created_at, a.completed_at, a.price, a.currency,
       t.broadcasts, t.audience, t.sent, t.blocked, t.failed, t.unknown, t.skipped, t.clicks,
       t.unique_clicks, least(1, t.unique_clicks::float8 / nullif(t.sent, 0)) AS ctr, a.id AS key
FROM advertisements a
CROSS JOIN LATERAL (
    SELECT count(b.started_at) AS broadcasts, coalesce(sum(f.audience), 0)::bigint AS audience,
           coalesce(sum(f.sent), 0)::bigint AS sent, coalesce(sum(f.blocked), 0)::bigint AS blocked,
           coalesce(sum(f.failed), 0)::bigint AS failed, coalesce(sum(f.unknown), 0)::bigint AS unknown,
           coalesce(sum(f.skipped), 0)::bigint AS skipped, coalesce(sum(f.clicks), 0)::bigint AS clicks,
           coalesce(sum(f.unique_clicks), 0)::bigint AS unique_clicks
    FROM broadcasts b JOIN broadcast_figures f ON f.broadcast_id = b.id
    WHERE b.ad_id = a.id AND (%(broadcast_id)s::bigint IS NULL OR b.id = %(broadcast_id)s)
) AS t
WHERE (%(owner)s::bigint IS NULL OR a.user_id = %(owner)s OR a.operator_id = %(owner)s)
  AND (%(ad_id)s::bigint IS NULL OR a.id = %(ad_id)s)
  AND a.created_at >= %(start)s AND a.created_at < %(end)s AND a.id > %(after)s
ORDER BY a.id LIMIT %(limit)s

-- message_columns: what an export says of a message `m` whose broadcast is `b`
m.id, m.bot_id, m.chat_id, m.direction, m.message_type,
       coalesce(m.content, b.message ->> 'text') AS content, m.status, m.sent_at, m.message_id,
       b.ad_id, m.error_code, m.error

-- messages_by_id: what everybody's bots got and sent, by id: what lies outside the span's months costs nothing
SELECT <<message_columns>>, m.id AS key
FROM (
    SELECT * FROM messages
    WHERE status <> 'skipped' AND sent_at >= %(start)s AND sent_at < %(end)s AND id > %(after)s
    ORDER BY id LIMIT %(limit)s
) AS m
LEFT JOIN deliveries d ON d.id = m.delivery_id
LEFT JOIN broadcasts b ON b.id = d.broadcast_id
ORDER BY m.id

-- messages_by_bot: what an owner's bots, or one bot, got and sent, by (bot, id), deleted bots too. The bots are walked in
-- their order and the LIMIT stops the walk, here as below.
SELECT <<message_columns>>, m.id AS key, m.bot_id AS part
FROM (
    SELECT m.* FROM bots
    CROSS JOIN LATERAL (
        SELECT * FROM messages
        WHERE bot_id = bots.id AND status <> 'skipped' AND sent_at >= %(start)s AND sent_at < %(end)s
          AND id > CASE WHEN bots.id = %(after_part)s THEN %(after)s ELSE %(first)s END
        ORDER BY id LIMIT %(limit)s
    ) AS m
    WHERE bots.id >= %(after_part)s AND (%(owner)s::bigint IS NULL OR bots.user_id = %(owner)s)
      AND (%(bot_id)s::bigint IS NULL OR bots.id = %(bot_id)s)
    ORDER BY bots.id, m.id LIMIT %(limit)s
) AS m
LEFT JOIN deliveries d ON d.id = m.delivery_id
LEFT JOIN broadcasts b ON b.id = d.broadcast_id
ORDER BY m.bot_id, m.id

-- messages_by_delivery: what was sent for an ad or a broadcast, by (delivery, position): through an owner's own
-- bots, since the rows name chats; an own ad that went out through another's bots is in none of them
SELECT <<message_columns>>, m.position AS key, d.id AS part
FROM deliveries d
JOIN broadcasts b ON b.id = d.broadcast_id
JOIN bots ON bots.id = d.bot_id
CROSS JOIN LATERAL (
    SELECT * FROM messages
    WHERE delivery_id = d.id AND status <> 'skipped' AND sent_at >= %(start)s AND sent_at < %(end)s
      AND position > CASE WHEN d.id = %(after_part)s THEN %(after)s ELSE %(first)s END
    ORDER BY position LIMIT %(limit)s
) AS m
WHERE d.id >= %(after_part)s AND (%(owner)s::bigint IS NULL OR bots.user_id = %(owner)s)
  AND (%(bot_id)s::bigint IS NULL OR d.bot_id = %(bot_id)s)
  AND (%(ad_id)s::bigint IS NULL OR b.ad_id = %(ad_id)s)
  AND (%(broadcast_id)s::bigint IS NULL OR b.id = %(broadcast_id)s)
ORDER BY d.id, m.position LIMIT %(limit)s

-- subscribers: the chats that an owner's bots know, by (bot, chat), deleted bots too
SELECT s.bot_id, s.chat_id, s.type, s.status, s.title, s.first_name, s.username, s.language_code,
       s.source, s.joined_at, s.last_seen_at, s.status_at, s.chat_id AS key, s.bot_id AS part
FROM bots
CROSS JOIN LATERAL (
    SELECT * FROM subscribers
    WHERE bot_id = bots.id AND joined_at >= %(start)s AND joined_at < %(end)s
      AND chat_id > CASE WHEN bots.id = %(after_part)s THEN %(after)s ELSE %(first)s END
    ORDER BY chat_id LIMIT %(limit)s
) AS s
WHERE bots.id >= %(after_part)s AND (%(owner)s::bigint IS NULL OR bots.user_id = %(owner)s)
  AND (%(bot_id)s::bigint IS NULL OR bots.id = %(bot_id)s)
ORDER BY bots.id, s.chat_id LIMIT %(limit)s

-- clicks_by_time: the next clicks of everybody in a span, by (at, id); those whose delivery is gone have
-- no broadcast
SELECT c.at, b.ad_id, b.id AS broadcast_id, d.bot_id, c.chat_id, c.link,
       b.message -> 'links' ->> c.link AS url, c.kind, c.user_agent, c.id AS key
FROM (
    SELECT * FROM clicks
    WHERE at >= %(after_at)s AND at < %(end)s AND (at, id) > (%(after_at)s, %(after)s)
    ORDER BY at, id LIMIT %(limit)s
) AS c
LEFT JOIN deliveries d ON d.id = c.delivery_id
LEFT JOIN broadcasts b ON b.id = d.broadcast_id
ORDER BY c.at, c.id

-- clicks_by_delivery: the clicks of an owner, a bot, an ad or a broadcast, by (delivery, id). The deliveries are
-- walked in their order and the LIMIT stops the walk: each costs an index probe in each month.
SELECT c.at, b.ad_id, b.id AS broadcast_id, d.bot_id, c.chat_id, c.link,
       b.message -> 'links' ->> c.link AS url, c.kind, c.user_agent, c.id AS key, d.id AS part
FROM deliveries d
JOIN broadcasts b ON b.id = d.broadcast_id
JOIN bots ON bots.id = d.bot_id
CROSS JOIN LATERAL (
    SELECT * FROM clicks
    WHERE delivery_id = d.id AND at >= %(start)s AND at < %(end)s
      AND id > CASE WHEN d.id = %(after_part)s THEN %(after)s ELSE %(first)s END
    ORDER BY id LIMIT %(limit)s
) AS c
WHERE d.id >= %(after_part)s
  AND (%(owner)s::bigint IS NULL OR bots.user_id = %(owner)s)
  AND (%(bot_id)s::bigint IS NULL OR d.bot_id = %(bot_id)s)
  AND (%(ad_id)s::bigint IS NULL OR b.ad_id = %(ad_id)s)
  AND (%(broadcast_id)s::bigint IS NULL OR b.id = %(broadcast_id)s)
ORDER BY d.id, c.id LIMIT %(limit)s

-- total_bots: how many rows the export of bots will have
SELECT count(*) FROM bots
WHERE deleted_at IS NULL AND (%(owner)s::bigint IS NULL OR user_id = %(owner)s)
  AND (%(bot_id)s::bigint IS NULL OR id = %(bot_id)s)
  AND created_at >= %(start)s AND created_at < %(end)s

-- total_ads: the same of ads
SELECT count(*) FROM advertisements
WHERE (%(owner)s::bigint IS NULL OR user_id = %(owner)s OR operator_id = %(owner)s)
  AND (%(ad_id)s::bigint IS NULL OR id = %(ad_id)s)
  AND created_at >= %(start)s AND created_at < %(end)s

-- total_recipients: the same of a broadcast's recipients, of all time
SELECT coalesce(sum(d.audience), 0)::bigint FROM deliveries d JOIN bots b ON b.id = d.bot_id
WHERE d.broadcast_id = %(broadcast_id)s AND (%(bot_id)s::bigint IS NULL OR d.bot_id = %(bot_id)s)
  AND (%(owner)s::bigint IS NULL OR b.user_id = %(owner)s)

-- total_subscribers: the same of subscribers, of all time
SELECT coalesce(sum(c.subscribers + c.blocked + c.gone + c.unsubscribed), 0)::bigint
FROM bot_counters c JOIN bots b ON b.id = c.bot_id
WHERE (%(owner)s::bigint IS NULL OR b.user_id = %(owner)s)
  AND (%(bot_id)s::bigint IS NULL OR b.id = %(bot_id)s)
