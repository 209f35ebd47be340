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

-- set_status: a step of the broadcast and, with it, of its ad. A person who resumes one that has paused
-- itself has looked: it does not do so again
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

-- hold: stop a broadcast's runners without showing a step to people
UPDATE broadcasts SET status = 'paused', reason = 'being cancelled'
WHERE id = %(broadcast_id)s AND status = 'broadcasting'

-- open_bots: bots with open deliveries of a broadcast
SELECT bot_id FROM deliveries WHERE broadcast_id = %(broadcast_id)s AND status = 'pending'

-- in_flight: recipients of a broadcast that are claimed and not settled
SELECT coalesce(sum(claimed - settled), 0) FROM deliveries
WHERE broadcast_id = %(broadcast_id)s AND status = 'pending'

-- anybody_got_it: whether a broadcast has reached somebody
SELECT EXISTS (SELECT FROM deliveries WHERE broadcast_id = %(broadcast_id)s AND sent > 0)

-- held_broadcast: a locked broadcast, where it is still stopped for this reason
SELECT id FROM broadcasts
WHERE id = %(broadcast_id)s AND status = 'paused' AND reason = %(reason)s

-- broadcasts_of_bot: broadcasts that a bot has open deliveries of
SELECT broadcast_id FROM deliveries WHERE bot_id = %(bot_id)s AND status = 'pending'

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

-- close: a delivery whose recipients are all settled
UPDATE deliveries SET status = 'done', wait_until = NULL, wait_reason = NULL
WHERE id = %(id)s AND runner = %(runner)s AND status = 'pending' AND settled = length

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

-- lock_schedules: schedules that name a bot and no other that is left, behind their ads
WITH ours AS MATERIALIZED (
    SELECT b.id, b.ad_id FROM broadcasts b
    WHERE b.status = 'scheduled' AND %(bot_id)s::bigint = ANY(b.bot_ids) AND NOT EXISTS (
        SELECT FROM bots o WHERE o.id = ANY(b.bot_ids) AND o.id <> %(bot_id)s
            AND o.deleted_at IS NULL)
), ad AS MATERIALIZED (
    SELECT id FROM advertisements WHERE id IN (SELECT ad_id FROM ours) ORDER BY id FOR UPDATE
)
SELECT b.id FROM ad JOIN broadcasts b ON b.ad_id = ad.id
WHERE b.id IN (SELECT id FROM ours) AND b.status = 'scheduled'
ORDER BY b.id
FOR UPDATE OF b
