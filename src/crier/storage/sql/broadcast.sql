-- bot: what a delivery runner needs to know of its bot; `replies`: those of a session elsewhere lately
SELECT bot_token, desired_status, flood_until, error_at, last_error, deleted_at,
       (settings ->> 'send_rate')::float8 AS send_rate,
       CASE WHEN worker <> %(worker)s THEN (
           SELECT count(*) FILTER (WHERE direction = 'out' AND delivery_id IS NULL)
           FROM (SELECT direction, delivery_id, sent_at FROM messages m
                 WHERE m.bot_id = bots.id ORDER BY m.id DESC LIMIT 1000) AS latest
           WHERE sent_at > now() - make_interval(secs => %(lately_s)s)
       ) ELSE 0 END AS replies
FROM bots WHERE id = %(bot_id)s

-- open: the deliveries of a bot that are not closed
SELECT d.id, d.broadcast_id, d.runner, b.status, b.policy, b.message, b.priority, b.guarded
FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
WHERE d.bot_id = %(bot_id)s AND d.status = 'pending'
ORDER BY d.id

-- policy: a delivery, locked for its new runner
SELECT b.policy, d.claimed - d.settled AS in_doubt
FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
WHERE d.id = %(id)s AND d.status = 'pending'
FOR UPDATE OF d

-- again: at_least_once puts the doubtful recipients to the end, to be sent again
WITH doubtful AS (
    SELECT * FROM doubtful_recipients(ARRAY[%(id)s::bigint])
), numbered AS (
    SELECT chat_id, row_number() OVER (ORDER BY position) - 1 AS n FROM doubtful
), paged AS (
    INSERT INTO audience_pages (delivery_id, start, chat_ids)
    SELECT d.id, d.length + n / 1000 * 1000, array_agg(chat_id ORDER BY n)
    FROM numbered CROSS JOIN deliveries d WHERE d.id = %(id)s
    GROUP BY d.id, d.length, n / 1000
)
UPDATE deliveries SET settled = claimed, length = length + (SELECT count(*) FROM doubtful)
WHERE id = %(id)s

-- take: put up the fence; only this runner may settle the delivery from here on. Recipients in doubt
-- may have got a message that was paid for: they count against the budget
UPDATE deliveries SET runner = %(runner)s, batch = 0, paid = least(paid_budget, paid + %(doubt)s)
WHERE id = %(id)s AND status = 'pending'
RETURNING length, claimed, settled, paid, paid_budget, sent,
    EXISTS (SELECT FROM broadcast_retries r WHERE r.broadcast_id = deliveries.broadcast_id) AS retried

-- release: give a delivery back; its claimed but unsent recipients go to the end
WITH released AS (
    UPDATE deliveries SET runner = NULL, settled = claimed,
        length = length + cardinality(%(chat_ids)s::bigint[]), paid = %(paid)s,
        wait_until = NULL, wait_reason = NULL
    WHERE id = %(id)s AND runner = %(runner)s AND status = 'pending'
    RETURNING id, length - cardinality(%(chat_ids)s::bigint[]) AS start
)
INSERT INTO audience_pages (delivery_id, start, chat_ids)
SELECT id, start, %(chat_ids)s::bigint[] FROM released WHERE cardinality(%(chat_ids)s::bigint[]) > 0

-- applied: what the deliveries of a batch whose commit got no answer look like now
SELECT id, batch FROM deliveries
WHERE id = ANY(%(ids)s::bigint[]) AND runner = ANY(%(runners)s::uuid[])

-- settle: behind the fence, count outcomes, move the cursors, claim the next recipients
WITH asked AS (
    SELECT * FROM unnest(
        %(ids)s::bigint[], %(runners)s::uuid[], %(batches)s::bigint[], %(claims)s::bigint[],
        %(settled)s::bigint[], %(sent)s::bigint[], %(blocked)s::bigint[], %(failed)s::bigint[],
        %(unknown)s::bigint[], %(skipped)s::bigint[], %(paid)s::bigint[],
        %(wait_untils)s::timestamptz[], %(wait_reasons)s::text[]
    ) AS t (id, runner, batch, claim, settled, sent, blocked, failed, unknown, skipped, paid,
            wait_until, wait_reason)
), held AS MATERIALIZED (
    SELECT d.id FROM deliveries d JOIN asked a ON a.id = d.id AND a.runner = d.runner
    WHERE d.status = 'pending' ORDER BY d.id FOR UPDATE OF d
)
UPDATE deliveries d SET
    batch = a.batch,
    claimed = CASE WHEN b.status = 'broadcasting' THEN least(d.length, d.claimed + a.claim)
              ELSE d.claimed END,
    settled = a.settled,
    sent = d.sent + a.sent, blocked = d.blocked + a.blocked, failed = d.failed + a.failed,
    unknown = d.unknown + a.unknown, skipped = d.skipped + a.skipped, paid = a.paid,
    wait_until = a.wait_until, wait_reason = a.wait_reason,
    status = CASE WHEN a.settled = d.length THEN 'done' ELSE 'pending' END
FROM asked a, held h, broadcasts b
WHERE d.id = a.id AND h.id = d.id AND b.id = d.broadcast_id
RETURNING d.id

-- state: the deliveries that are still this runner's, after a batch
SELECT d.id, d.claimed, d.status = 'done' AS done, b.status = 'broadcasting' AS going
FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
WHERE d.id = ANY(%(ids)s::bigint[]) AND d.runner = ANY(%(runners)s::uuid[])
  AND d.status IN ('pending', 'done')

-- recipients: the chats at newly claimed positions, with what the send needs to know of them; names
-- only for messages that hold them. A group that has moved gets it unless its new chat left.
SELECT r.id, greatest(p.start, r.low) + o.i - 1 AS position, o.chat_id,
       CASE WHEN s.status = 'active' THEN NULL
            WHEN s.migrated_to IS NOT NULL THEN (
                SELECT 'the chat was ' || n.status || ' before its turn' FROM subscribers n
                WHERE n.bot_id = r.bot_id AND n.chat_id = s.migrated_to AND n.status <> 'active')
            ELSE 'the chat was ' || coalesce(s.status, 'deleted') || ' before its turn' END,
       CASE WHEN r.personal THEN s.first_name END, CASE WHEN r.personal THEN s.username END,
       s.migrated_to
FROM unnest(%(ids)s::bigint[], %(bots)s::bigint[], %(lows)s::bigint[], %(highs)s::bigint[],
    %(personal)s::boolean[]) AS r (id, bot_id, low, high, personal)
JOIN audience_pages p ON p.delivery_id = r.id AND p.start BETWEEN r.low - 999 AND r.high - 1
    AND p.start + cardinality(p.chat_ids) > r.low
CROSS JOIN LATERAL unnest(p.chat_ids[greatest(r.low - p.start, 0) + 1 : r.high - p.start])
    WITH ORDINALITY AS o (chat_id, i)
LEFT JOIN subscribers s ON s.bot_id = r.bot_id AND s.chat_id = o.chat_id
ORDER BY r.id, position

-- earlier: what recipients of a retry were before it, of those that the retry does not reach any more
SELECT t.chat_id, last.status
FROM unnest(%(chats)s::bigint[]) AS t (chat_id)
CROSS JOIN LATERAL (
    SELECT m.status FROM messages m
    WHERE m.bot_id = %(bot_id)s AND m.chat_id = t.chat_id AND m.delivery_id = %(id)s
      AND m.position IS NULL
    ORDER BY m.id DESC LIMIT 1) AS last

-- keep: such recipients have the row of their last try again, in their new position
UPDATE messages m SET position = found.position
FROM (
    SELECT last.id, last.sent_at, t.position
    FROM unnest(%(ids)s::bigint[], %(bots)s::bigint[], %(chats)s::bigint[], %(positions)s::bigint[])
        AS t (id, bot_id, chat_id, position)
    CROSS JOIN LATERAL (
        SELECT m.id, m.sent_at FROM messages m
        WHERE m.bot_id = t.bot_id AND m.chat_id = t.chat_id AND m.delivery_id = t.id
          AND m.position IS NULL
        ORDER BY m.id DESC LIMIT 1) AS last
) AS found
WHERE m.id = found.id AND m.sent_at = found.sent_at

-- in_audience: whether a chat is a recipient of a delivery itself
SELECT FROM audience_pages WHERE delivery_id = %(id)s AND %(chat_id)s = ANY(chat_ids) LIMIT 1

-- mark_chats: what sends have shown of chats
WITH seen AS (
    SELECT * FROM unnest(
        %(bots)s::bigint[], %(chats)s::bigint[], %(statuses)s::text[], %(moved)s::bigint[]
    ) AS t (bot_id, chat_id, status, migrated_to)
), held AS MATERIALIZED (
    SELECT s.bot_id, s.chat_id FROM subscribers s JOIN seen USING (bot_id, chat_id)
    WHERE s.status = 'active' ORDER BY s.bot_id, s.chat_id FOR UPDATE OF s
)
UPDATE subscribers s SET status = seen.status, status_at = now(), migrated_to = seen.migrated_to
FROM seen, held
WHERE s.bot_id = seen.bot_id AND s.chat_id = seen.chat_id
  AND held.bot_id = s.bot_id AND held.chat_id = s.chat_id

-- follow_chats: the new ids of groups that became supergroups
INSERT INTO subscribers (bot_id, chat_id, type, status, title, username, joined_at, source)
SELECT s.bot_id, seen.migrated_to, 'supergroup', 'active', s.title, s.username, s.joined_at, s.source
FROM unnest(%(bots)s::bigint[], %(chats)s::bigint[], %(moved)s::bigint[])
    AS seen (bot_id, chat_id, migrated_to)
JOIN subscribers s USING (bot_id, chat_id)
WHERE seen.migrated_to IS NOT NULL
ORDER BY s.bot_id, seen.migrated_to
ON CONFLICT (bot_id, chat_id) DO NOTHING

-- count_errors: what Telegram said how often
INSERT INTO delivery_errors AS e (broadcast_id, code, description, action, count)
SELECT * FROM unnest(%(broadcasts)s::bigint[], %(codes)s::integer[], %(descriptions)s::text[],
    %(actions)s::text[], %(counts)s::bigint[]) AS t (broadcast_id, code, description, action, count)
ORDER BY 1, 2, 3
ON CONFLICT (broadcast_id, code, description) DO UPDATE SET count = e.count + excluded.count

-- timeline: outcomes of broadcasts by minute
INSERT INTO delivery_minutes AS m (broadcast_id, at, sent, failed)
SELECT broadcast_id, date_trunc('minute', now()), sent, failed
FROM unnest(%(broadcasts)s::bigint[], %(sent)s::integer[], %(failed)s::integer[])
    AS t (broadcast_id, sent, failed)
ORDER BY 1
ON CONFLICT (broadcast_id, at) DO UPDATE
    SET sent = m.sent + excluded.sent, failed = m.failed + excluded.failed

-- bot_minutes: what bots sent by minute
INSERT INTO bot_minutes AS m (bot_id, at, messages_out, errors, throttled)
SELECT bot_id, date_trunc('minute', now()), messages_out, errors, throttled
FROM unnest(%(bots)s::bigint[], %(sent)s::integer[], %(failed)s::integer[], %(throttled)s::integer[])
    AS t (bot_id, messages_out, errors, throttled)
ORDER BY 1
ON CONFLICT (bot_id, at) DO UPDATE SET messages_out = m.messages_out + excluded.messages_out,
    errors = m.errors + excluded.errors, throttled = m.throttled + excluded.throttled

-- flood: record how long Telegram wants the bot silent, for whatever else sends with it
UPDATE bots SET flood_until = greatest(flood_until, to_timestamp(%(until)s::float8))
WHERE id = %(bot_id)s

-- refuse: the token was refused while sending; the bot's session may not know yet
UPDATE bots SET status = 'error', error_at = coalesce(error_at, now()), last_error = %(error)s
WHERE id = %(bot_id)s AND bot_token = %(sealed)s AND status <> 'error'
  AND desired_status = 'running'

-- files: what a bot has uploaded once
SELECT media, kind, file_id FROM bot_files
WHERE bot_id = %(bot_id)s AND media = ANY(%(media)s::text[])
ORDER BY created_at

-- uploads: what is known of the uploads of a message
SELECT 'media:' || id, id, name, content_type, size FROM media_files
WHERE id = ANY(%(ids)s::uuid[]) AND stored

-- learn_file: remember a file_id
INSERT INTO bot_files (bot_id, media, kind, file_id)
VALUES (%(bot_id)s, %(media)s, %(kind)s, %(file_id)s)
ON CONFLICT (bot_id, media, kind) DO UPDATE SET file_id = excluded.file_id, created_at = now()

-- forget_files: file_ids that Telegram no longer takes
DELETE FROM bot_files WHERE bot_id = %(bot_id)s AND media = ANY(%(media)s::text[])
