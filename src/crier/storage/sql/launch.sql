-- candidate: the chats that a targeting names, as (bot_id, chat_id); every clause may be switched off
SELECT s.bot_id, s.chat_id, s.last_seen_at
FROM subscribers s
WHERE s.bot_id = ANY(%(bot_ids)s::bigint[])
  AND s.status = 'active'
  AND (%(languages)s::text[] IS NULL
       OR lower(s.language_code COLLATE "C") = ANY(%(languages)s)
       OR split_part(lower(s.language_code COLLATE "C"), '-', 1) = ANY(%(languages)s))
  AND (%(seen_after)s::timestamptz IS NULL OR s.last_seen_at >= %(seen_after)s)
  AND (%(joined_before)s::timestamptz IS NULL OR s.joined_at < %(joined_before)s)
  AND (%(joined_after)s::timestamptz IS NULL OR s.joined_at >= %(joined_after)s)
  AND (%(sample)s::float8 IS NULL
       OR abs(hashint8extended(s.chat_id, %(salt)s::bigint) %% 1000000) < %(sample)s::float8 * 10000)

-- once: of a candidate, each chat through the bot that it used last
-- Where that is not known, as after imports, people are spread over their bots, which share the work.
SELECT DISTINCT ON (chat_id) bot_id, chat_id FROM everybody
ORDER BY chat_id, last_seen_at DESC NULLS LAST, hashint8extended(chat_id, bot_id), bot_id

-- count: how many candidates each bot has, those that have none included
SELECT bot.id, coalesce(found.size, 0)
FROM unnest(%(bot_ids)s::bigint[]) AS bot (id)
LEFT JOIN (SELECT bot_id, count(*) AS size FROM candidate GROUP BY bot_id) AS found
    ON found.bot_id = bot.id

-- store: the candidates of each bot in pages of 1,000, in order, in one pass over all of them
-- The arrays are cut from one aggregate a bot: that takes half of what numbering and grouping rows do.
stored AS (
    INSERT INTO audience_pages (delivery_id, start, chat_ids)
    SELECT d.id, page.start, everyone.chat_ids[page.start + 1 : page.start + 1000]
    FROM (SELECT bot_id, array_agg(chat_id ORDER BY chat_id) AS chat_ids FROM candidate GROUP BY bot_id)
        AS everyone
    JOIN deliveries d ON d.bot_id = everyone.bot_id AND d.broadcast_id = %(broadcast_id)s
    CROSS JOIN LATERAL generate_series(0, cardinality(everyone.chat_ids) - 1, 1000) AS page (start)
    RETURNING delivery_id, cardinality(chat_ids) AS size
)
SELECT delivery_id, sum(size)::bigint FROM stored GROUP BY delivery_id

-- by_pages: no walk of an index in what follows, also none that reads nothing else; bitmaps go on
SET LOCAL enable_indexscan = off

-- anyhow: plans as ever
SET LOCAL enable_indexscan TO DEFAULT

-- open: a delivery for each bot, empty until its audience is stored
INSERT INTO deliveries (broadcast_id, bot_id, length, audience)
SELECT %(broadcast_id)s, id, 0, 0 FROM unnest(%(bot_ids)s::bigint[]) AS id
RETURNING id

-- size: give deliveries the audience that was stored, and their parts of what may be paid for
UPDATE deliveries d SET length = found.size, audience = found.size, paid_budget = found.budget
FROM unnest(%(ids)s::bigint[], %(sizes)s::bigint[], %(budgets)s::bigint[])
    AS found (id, size, budget)
WHERE d.id = found.id
RETURNING d.bot_id

-- drop_empty: bots whose audience is empty take no part
DELETE FROM deliveries WHERE broadcast_id = %(broadcast_id)s AND length = 0

-- bots_in_scope: the named bots, else all own ones; an admin may name anybody's (`anybodys`)
SELECT id, bot_name, status, last_error, desired_status = 'running' AND status <> 'error' AS due
FROM bots
WHERE deleted_at IS NULL
  AND (%(bot_ids)s::bigint[] IS NULL OR id = ANY(%(bot_ids)s))
  AND (user_id = %(owner)s OR (%(bot_ids)s::bigint[] IS NOT NULL AND %(anybodys)s))
ORDER BY id

-- is_admin: whether somebody may name anybody's bots
SELECT role = 'admin' FROM users WHERE id = %(launcher)s

-- work: what each bot has to send until so many recipients are done, since other broadcasts that
-- are open take turns with them, but for what may be paid for; and its rate
SELECT bot.size + coalesce(other.size, 0) - bot.paid AS messages, bot.paid,
       (b.settings ->> 'send_rate')::float8 AS rate
FROM unnest(%(bot_ids)s::bigint[], %(sizes)s::bigint[], %(paid)s::bigint[]) AS bot (id, size, paid)
JOIN bots b USING (id)
CROSS JOIN LATERAL (
    SELECT sum(least(bot.size, d.audience - d.sent - d.blocked - d.failed - d.unknown - d.skipped))
               ::bigint AS size
    FROM deliveries d JOIN broadcasts o ON o.id = d.broadcast_id AND o.status = 'broadcasting'
    WHERE d.bot_id = bot.id AND d.status = 'pending' AND o.id IS DISTINCT FROM %(broadcast_id)s
) AS other
WHERE bot.size > 0

