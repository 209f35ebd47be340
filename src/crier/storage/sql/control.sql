-- open_broadcast: the open broadcast of an ad, locked
SELECT id, status FROM broadcasts
WHERE ad_id = %(ad_id)s AND status IN ('scheduled', 'broadcasting', 'paused')
FOR UPDATE

-- broadcast: one broadcast of an ad (the latest where none is named), locked
SELECT id, status FROM broadcasts
WHERE ad_id = %(ad_id)s AND (%(broadcast_id)s::bigint IS NULL OR id = %(broadcast_id)s)
ORDER BY id DESC LIMIT 1
FOR UPDATE

-- set_status: a step of the broadcast and, with it, of its ad. Who resumes one that has paused itself
-- has looked: it does not do so again
WITH step AS (
    UPDATE broadcasts SET status = %(status)s::text, reason = %(reason)s::text,
        completed_at = CASE WHEN %(final)s THEN now() END,
        (resumed_at, resumed_done) = (
            SELECT CASE WHEN %(status)s::text = 'broadcasting' THEN now() END,
                   coalesce(sum(sent + blocked + failed + unknown), 0)
            FROM deliveries WHERE broadcast_id = %(broadcast_id)s
              AND %(status)s::text = 'broadcasting'),
        guarded = guarded AND NOT (status = 'paused' AND %(status)s::text = 'broadcasting'
            AND starts_with(coalesce(reason, ''), 'paused by itself'))
    WHERE id = %(broadcast_id)s
    RETURNING ad_id, completed_at
)
UPDATE advertisements a SET status = %(status)s::text, completed_at = step.completed_at
FROM step WHERE a.id = step.ad_id

-- hold: stop a broadcast's couriers without showing a step to people
UPDATE broadcasts SET status = 'paused', reason = 'being cancelled'
WHERE id = %(broadcast_id)s AND status = 'broadcasting'

-- open_bots: bots with open deliveries of a broadcast
SELECT bot_id FROM deliveries WHERE broadcast_id = %(broadcast_id)s AND status = 'pending'

-- in_flight: recipients of a broadcast that are claimed and not settled
SELECT coalesce(sum(claimed - settled), 0) FROM deliveries
WHERE broadcast_id = %(broadcast_id)s AND status = 'pending'

-- lock_open: the open deliveries of a broadcast or of a bot, locked in order of id
SELECT id, broadcast_id, claimed > settled AS in_flight FROM deliveries
WHERE status = 'pending'
  AND (%(broadcast_id)s::bigint IS NULL OR broadcast_id = %(broadcast_id)s)
  AND (%(bot_id)s::bigint IS NULL OR bot_id = %(bot_id)s)
ORDER BY id
FOR UPDATE

-- doubt: record claimed recipients without an outcome as unknown, so that nothing is in flight
WITH doubtful AS (
    SELECT * FROM doubtful_recipients(%(ids)s::bigint[])
), recorded AS (
    INSERT INTO messages (bot_id, chat_id, message_type, status, direction, delivery_id, position, error)
    SELECT o.bot_id, o.chat_id, coalesce(b.message #>> '{media,0,kind}', 'text'), 'unknown', 'out',
           o.delivery_id, o.position, %(reason)s
    FROM doubtful o
    JOIN deliveries d ON d.id = o.delivery_id JOIN broadcasts b ON b.id = d.broadcast_id
    RETURNING delivery_id
), counted AS (
    INSERT INTO delivery_errors AS e (broadcast_id, code, description, action, count)
    SELECT d.broadcast_id, 0, left(%(reason)s, 300), 'backoff', count(*)
    FROM recorded r JOIN deliveries d ON d.id = r.delivery_id
    GROUP BY d.broadcast_id ORDER BY 1
    ON CONFLICT (broadcast_id, code, description) DO UPDATE SET count = e.count + excluded.count
)
UPDATE deliveries d SET settled = d.claimed, runner = NULL,
    unknown = d.unknown + (SELECT count(*) FROM recorded r WHERE r.delivery_id = d.id)
WHERE d.id = ANY(%(ids)s::bigint[])

-- skip_rest: every pending recipient becomes skipped and the delivery is closed
UPDATE deliveries SET status = 'cancelled', runner = NULL, wait_until = NULL, wait_reason = NULL,
    skipped = audience - sent - blocked - failed - unknown
WHERE id = ANY(%(ids)s::bigint[])

-- lock_broadcasts: of these the unfinished ones, behind their ads; the row locks serialise their last
-- two deliveries
WITH ad AS MATERIALIZED (
    SELECT id FROM advertisements
    WHERE id IN (SELECT ad_id FROM broadcasts WHERE id = ANY(%(ids)s::bigint[]))
    ORDER BY id
    FOR UPDATE
)
SELECT b.id FROM ad JOIN broadcasts b ON b.ad_id = ad.id
WHERE b.id = ANY(%(ids)s::bigint[]) AND b.status IN ('broadcasting', 'paused')
ORDER BY b.id
FOR UPDATE OF b

-- broadcasts_of_bot: broadcasts that a bot has open deliveries of
SELECT broadcast_id FROM deliveries WHERE bot_id = %(bot_id)s AND status = 'pending'

-- lock_ads_of_user: the ads of `running_of_user`, which are locked before their broadcasts
SELECT id FROM advertisements
WHERE id IN (
    SELECT b.ad_id FROM broadcasts b JOIN advertisements a ON a.id = b.ad_id
    WHERE b.status IN ('scheduled', 'broadcasting')
      AND (b.user_id = %(user_id)s OR (%(own_ads)s AND a.user_id = %(user_id)s)))
ORDER BY id
FOR UPDATE

-- running_of_user: what goes on, or is to, of what a user has launched (or of the user's ads), locked
SELECT b.id, b.ad_id, b.status FROM broadcasts b JOIN advertisements a ON a.id = b.ad_id
WHERE b.status IN ('scheduled', 'broadcasting')
  AND (b.user_id = %(user_id)s OR (%(own_ads)s AND a.user_id = %(user_id)s))
ORDER BY b.id
FOR UPDATE OF b

-- complete: those that have no open delivery left, once `lock_broadcasts` holds them
WITH step AS (
    UPDATE broadcasts b SET status = 'completed', completed_at = now(), reason = NULL
    WHERE b.id = ANY(%(ids)s::bigint[]) AND b.status IN ('broadcasting', 'paused')
      AND NOT EXISTS (
          SELECT FROM deliveries d WHERE d.broadcast_id = b.id AND d.status = 'pending')
    RETURNING b.id, b.ad_id, b.completed_at
)
UPDATE advertisements a SET status = 'completed', completed_at = step.completed_at
FROM step WHERE a.id = step.ad_id
RETURNING step.id

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

-- count_again: how many recipients `again` (`retryable`) holds
SELECT count(*) FROM again

-- retry: put the recipients of `again` (`retryable`) to the end of their deliveries, and record what all
-- were before. Rows of earlier tries stay, without a position: a recipient is a position
, left_behind AS (
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
