-- open_broadcast: the open broadcast of an ad, locked
SELECT id, status FROM broadcasts
WHERE ad_id = %(ad_id)s AND status IN ('scheduled', 'broadcasting', 'paused')
FOR UPDATE

-- broadcast: one broadcast of an ad (the latest where none is named), locked
SELECT id, status FROM broadcasts
WHERE ad_id = %(ad_id)s AND (%(broadcast_id)s::bigint IS NULL OR id = %(broadcast_id)s)
ORDER BY id DESC LIMIT 1
FOR UPDATE

-- lock_ads_of_owner: the ads of `running_of_owner`, which are locked before their broadcasts
SELECT id FROM advertisements
WHERE id IN (
    SELECT b.ad_id FROM broadcasts b JOIN advertisements a ON a.id = b.ad_id
    WHERE b.status IN ('scheduled', 'broadcasting')
      AND (b.user_id = %(owner)s OR (%(own_ads)s AND a.user_id = %(owner)s)))
ORDER BY id
FOR UPDATE

-- running_of_owner: what goes on, or is to, of what an organisation has launched (or of its ads), locked
SELECT b.id, b.ad_id, b.status FROM broadcasts b JOIN advertisements a ON a.id = b.ad_id
WHERE b.status IN ('scheduled', 'broadcasting')
  AND (b.user_id = %(owner)s OR (%(own_ads)s AND a.user_id = %(owner)s))
ORDER BY b.id
FOR UPDATE OF b

-- name_skipped: rows for the recipients that a cancel cut off, before their delivery goes on
WITH cut AS (
    SELECT d.id, d.bot_id, d.settled FROM deliveries d
    WHERE d.broadcast_id = %(broadcast_id)s AND d.status = 'cancelled' AND d.settled < d.length
    ORDER BY d.id
    FOR UPDATE
), named AS (
    INSERT INTO messages (bot_id, chat_id, message_type, status, direction, delivery_id, position)
    SELECT cut.bot_id, o.chat_id, coalesce(b.message #>> '{media,0,kind}', 'text'), 'skipped',
           'out', cut.id, p.start + o.i - 1
    FROM cut
    JOIN broadcasts b ON b.id = %(broadcast_id)s
    JOIN audience_pages p ON p.delivery_id = cut.id AND p.start > cut.settled - 1000
    CROSS JOIN LATERAL unnest(p.chat_ids) WITH ORDINALITY AS o (chat_id, i)
    WHERE p.start + o.i - 1 >= cut.settled
)
UPDATE deliveries d SET claimed = d.length, settled = d.length FROM cut WHERE d.id = cut.id

-- retryable: the recipients with one of the outcomes who can be reached, by the rule of a claim
-- (`broadcast.recipients`), through bots that are to run and in scope
SELECT m.id, m.sent_at, m.delivery_id, m.chat_id, m.status
FROM deliveries d
JOIN bots b ON b.id = d.bot_id
JOIN messages m ON m.delivery_id = d.id
JOIN subscribers s ON s.bot_id = d.bot_id AND s.chat_id = m.chat_id
WHERE d.broadcast_id = %(broadcast_id)s
  AND b.deleted_at IS NULL AND b.desired_status = 'running' AND b.status <> 'error'
  AND (%(owner)s::bigint IS NULL OR b.user_id = %(owner)s)
  AND m.position IS NOT NULL AND m.status <> 'sent' AND m.status = ANY(%(states)s::text[])
  AND (s.status = 'active' OR (s.migrated_to IS NOT NULL AND NOT EXISTS (
      SELECT FROM subscribers n
      WHERE n.bot_id = s.bot_id AND n.chat_id = s.migrated_to AND n.status <> 'active')))

-- count_again: how many recipients would be tried again
SELECT count(*) FROM (<<retryable>>) AS again

-- retry: put the recipients that are tried again to the end of their deliveries, and record what all
-- were before. Rows of earlier tries stay, without a position: a recipient is a position
WITH again AS (
<<retryable>>
), left_behind AS (
    UPDATE messages m SET position = NULL
    FROM again WHERE m.id = again.id AND m.sent_at = again.sent_at
), numbered AS (
    SELECT delivery_id, chat_id,
           row_number() OVER (PARTITION BY delivery_id ORDER BY chat_id) - 1 AS n
    FROM again
), paged AS (
    INSERT INTO audience_pages (delivery_id, start, chat_ids)
    SELECT n.delivery_id, d.length + n.n / 1000 * 1000, array_agg(n.chat_id ORDER BY n.n)
    FROM numbered n JOIN deliveries d ON d.id = n.delivery_id
    GROUP BY n.delivery_id, d.length, n.n / 1000
), tally AS (
    SELECT delivery_id, count(*) AS total,
           count(*) FILTER (WHERE status = 'failed') AS failed,
           count(*) FILTER (WHERE status = 'unknown') AS unknown
    FROM again GROUP BY delivery_id
), recorded AS (
    INSERT INTO broadcast_retries (broadcast_id, number, ended_at, sent, blocked, failed, unknown, skipped,
        failed_again, unknown_again)
    SELECT b.id, 2 + (SELECT count(*) FROM broadcast_retries r WHERE r.broadcast_id = b.id),
           b.completed_at, sum(d.sent), sum(d.blocked), sum(d.failed), sum(d.unknown), sum(d.skipped),
           coalesce(sum(t.failed), 0), coalesce(sum(t.unknown), 0)
    FROM broadcasts b JOIN deliveries d ON d.broadcast_id = b.id
    LEFT JOIN tally t ON t.delivery_id = d.id
    WHERE b.id = %(broadcast_id)s AND EXISTS (SELECT FROM again) GROUP BY b.id
)
UPDATE deliveries d SET
    status = 'pending', runner = NULL,
    settled = d.length, claimed = d.length, length = d.length + t.total,
    failed = d.failed - t.failed, unknown = d.unknown - t.unknown
FROM tally t
WHERE d.id = t.delivery_id
RETURNING t.total

-- count_outcome: how many recipients of a broadcast have one of the outcomes
SELECT coalesce(sum(
    CASE WHEN 'failed' = ANY(%(states)s::text[]) THEN failed ELSE 0 END
    + CASE WHEN 'unknown' = ANY(%(states)s::text[]) THEN unknown ELSE 0 END), 0)::bigint
FROM deliveries WHERE broadcast_id = %(broadcast_id)s
