-- activity: source
SELECT m.bot_id, m.at, m.messages_in, m.messages_out, m.new_subscribers, m.lost_subscribers,
       m.errors, m.throttled, m.clicks
FROM unnest($1::timestamptz[], $2::timestamptz[]) AS span (since, until)
JOIN bot_minutes m ON m.at >= span.since AND m.at < span.until
WHERE $3::bigint[] IS NULL OR m.bot_id = ANY($3)
UNION ALL
SELECT a.bot_id, a.timestamp, f.messages_in, f.messages_out, f.new_subscribers, f.lost_subscribers,
       f.errors, f.throttled, f.clicks
FROM unnest($4::text[], $5::timestamptz[], $6::timestamptz[])
    AS span (kind, since, until)
JOIN analytics a ON a.metric_type = span.kind AND a.timestamp >= span.since AND a.timestamp < span.until
CROSS JOIN LATERAL json_to_record(a.metric_value) AS f (
    messages_in bigint, messages_out bigint, new_subscribers bigint, lost_subscribers bigint,
    errors bigint, throttled bigint, clicks bigint)
WHERE $3::bigint[] IS NULL OR a.bot_id = ANY($3)

-- analytics: counts
SELECT
    (SELECT count(*) FROM bots b WHERE b.deleted_at IS NULL
        AND ($1::bigint IS NULL OR b.user_id = $1)) AS bots,
    (SELECT count(*) FROM bots b WHERE b.deleted_at IS NULL AND b.status = 'running'
        AND ($1::bigint IS NULL OR b.user_id = $1)) AS bots_running,
    (SELECT coalesce(sum(c.subscribers), 0)::bigint FROM bots b JOIN bot_counters c ON c.bot_id = b.id
        WHERE b.deleted_at IS NULL AND ($1::bigint IS NULL OR b.user_id = $1)) AS subscribers,
    (SELECT coalesce(sum(s.chats), 0)::bigint FROM bots b JOIN bot_days_seen s ON s.bot_id = b.id
        WHERE s.day >= ($2::timestamptz AT TIME ZONE 'UTC')::date AND b.deleted_at IS NULL
        AND ($1::bigint IS NULL OR b.user_id = $1)) AS active_users,
    (SELECT count(*) FROM advertisements a
        WHERE $1::bigint IS NULL OR a.user_id = $1 OR a.operator_id = $1) AS ads,
    (SELECT count(*) FROM advertisements a WHERE a.status IN ('broadcasting', 'paused')
        AND ($1::bigint IS NULL OR a.user_id = $1 OR a.operator_id = $1))
        AS ads_broadcasting

-- analytics: bots_of
SELECT id FROM bots WHERE user_id = $1

-- analytics: broadcasts
SELECT b.currency, sum(t.sent)::bigint AS sent, sum(t.unique_clicks)::bigint AS unique_clicks,
       coalesce(sum(b.price) FILTER (WHERE t.sent > 0), 0) AS revenue
FROM broadcasts b
JOIN advertisements a ON a.id = b.ad_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(d.sent), 0) AS sent, coalesce(sum(c.unique_clicks), 0) AS unique_clicks
    FROM deliveries d LEFT JOIN click_counters c ON c.delivery_id = d.id
    WHERE d.broadcast_id = b.id
) AS t
WHERE b.started_at >= $1 AND b.started_at < $2
  AND ($3::bigint IS NULL OR a.user_id = $3 OR a.operator_id = $3)
GROUP BY b.currency ORDER BY revenue DESC, b.currency

-- analytics: top_ads
SELECT a.id, a.title, a.status, sum(t.sent)::bigint AS sent, sum(t.clicks)::bigint AS clicks,
       sum(t.unique_clicks)::bigint AS unique_clicks
FROM broadcasts b
JOIN advertisements a ON a.id = b.ad_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(d.sent), 0) AS sent, coalesce(sum(c.clicks), 0) AS clicks,
           coalesce(sum(c.unique_clicks), 0) AS unique_clicks
    FROM deliveries d LEFT JOIN click_counters c ON c.delivery_id = d.id
    WHERE d.broadcast_id = b.id
) AS t
WHERE b.started_at >= $1 AND b.started_at < $2
  AND ($3::bigint IS NULL OR a.user_id = $3 OR a.operator_id = $3)
GROUP BY a.id ORDER BY sum(t.clicks) DESC, sum(t.sent) DESC, a.id DESC LIMIT $4

-- analytics: named_bots
SELECT b.id, b.bot_name, b.username, b.status, coalesce(c.subscribers, 0) AS subscribers
FROM bots b LEFT JOIN bot_counters c ON c.bot_id = b.id
WHERE b.id = ANY($1::bigint[]) AND b.deleted_at IS NULL

-- analytics: biggest_bots
SELECT b.id FROM bots b LEFT JOIN bot_counters c ON c.bot_id = b.id
WHERE b.deleted_at IS NULL AND ($1::bigint IS NULL OR b.user_id = $1)
ORDER BY coalesce(c.subscribers, 0) DESC, b.id LIMIT $2

-- analytics: people
SELECT coalesce(sum(c.subscribers), 0)::bigint AS subscribers, coalesce(sum(c.blocked), 0)::bigint AS blocked,
       coalesce(sum(c.gone), 0)::bigint AS gone, coalesce(sum(c.unsubscribed), 0)::bigint AS unsubscribed
FROM bot_counters c WHERE c.bot_id = $1

-- analytics: retention
SELECT metric_value FROM analytics
WHERE metric_type = 'bot_retention' AND bot_id = $1 ORDER BY timestamp DESC LIMIT 1

-- analytics: delivery
SELECT count(*) AS broadcasts, coalesce(sum(d.audience), 0)::bigint AS audience,
       coalesce(sum(d.sent), 0)::bigint AS sent, coalesce(sum(d.blocked), 0)::bigint AS blocked,
       coalesce(sum(d.failed), 0)::bigint AS failed, coalesce(sum(d.unknown), 0)::bigint AS unknown,
       coalesce(sum(d.skipped), 0)::bigint AS skipped, coalesce(sum(c.clicks), 0)::bigint AS clicks,
       coalesce(sum(c.unique_clicks), 0)::bigint AS unique_clicks
FROM deliveries d
JOIN broadcasts b ON b.id = d.broadcast_id
LEFT JOIN click_counters c ON c.delivery_id = d.id
WHERE d.bot_id = $1 AND b.started_at >= $2 AND b.started_at < $3

-- analytics: ads
SELECT b.ad_id, count(*) AS broadcasts, max(b.id) AS broadcast_id, sum(t.audience)::bigint AS audience,
       sum(t.sent)::bigint AS sent, sum(t.blocked)::bigint AS blocked, sum(t.failed)::bigint AS failed,
       sum(t.unknown)::bigint AS unknown, sum(t.skipped)::bigint AS skipped,
       sum(t.clicks)::bigint AS clicks, sum(t.unique_clicks)::bigint AS unique_clicks,
       sum(b.price) AS price
FROM broadcasts b
CROSS JOIN LATERAL (
    SELECT coalesce(sum(d.audience), 0) AS audience, coalesce(sum(d.sent), 0) AS sent,
           coalesce(sum(d.blocked), 0) AS blocked, coalesce(sum(d.failed), 0) AS failed,
           coalesce(sum(d.unknown), 0) AS unknown, coalesce(sum(d.skipped), 0) AS skipped,
           coalesce(sum(c.clicks), 0) AS clicks, coalesce(sum(c.unique_clicks), 0) AS unique_clicks
    FROM deliveries d LEFT JOIN click_counters c ON c.delivery_id = d.id
    WHERE d.broadcast_id = b.id
) AS t
WHERE b.ad_id = ANY($1::bigint[]) AND b.started_at >= $2 AND b.started_at < $3
GROUP BY b.ad_id

-- bot_reports: latency
SELECT date_trunc($1, m.at) AS at, u.place::integer - 1 AS place, sum(u.count)::bigint AS count
FROM bot_minutes m CROSS JOIN LATERAL unnest(m.latency) WITH ORDINALITY AS u (count, place)
WHERE m.bot_id = $2
  AND m.at >= date_trunc('minute', $3::timestamptz) AND m.at < $4
GROUP BY 1, 2

-- bot_reports: people
SELECT
    (SELECT coalesce(sum(d.chats), 0)::bigint FROM bot_days_seen d
     WHERE d.bot_id = $1 AND d.day >= ($2::timestamptz AT TIME ZONE 'UTC')::date) AS active_users,
    coalesce((SELECT c.blocked FROM bot_counters c WHERE c.bot_id = $1), 0) AS blocked,
    coalesce((SELECT c.subscribers FROM bot_counters c WHERE c.bot_id = $1), 0) AS subscribers

-- bot_reports: waiting
SELECT count(*) FROM webhook_updates w WHERE w.bot_id = $1 AND w.body IS NOT NULL

-- broadcast: bot
SELECT bot_token, desired_status, flood_until, error_at, last_error, deleted_at,
       (settings ->> 'send_rate')::float8 AS send_rate,
       CASE WHEN worker <> $1 THEN (
           SELECT count(*) FILTER (WHERE direction = 'out' AND delivery_id IS NULL)
           FROM (SELECT direction, delivery_id, sent_at FROM messages m
                 WHERE m.bot_id = bots.id ORDER BY m.id DESC LIMIT 1000) AS latest
           WHERE sent_at > now() - make_interval(secs => $2)
       ) ELSE 0 END AS replies
FROM bots WHERE id = $3

-- broadcast: open
SELECT d.id, d.broadcast_id, d.runner, b.status, b.policy, b.message, b.priority, b.guarded
FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
WHERE d.bot_id = $1 AND d.status = 'pending'
ORDER BY d.id

-- broadcast: policy
SELECT b.policy, d.claimed - d.settled AS in_doubt
FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
WHERE d.id = $1 AND d.status = 'pending'
FOR UPDATE OF d

-- broadcast: again
WITH doubtful AS (
    SELECT * FROM doubtful_recipients(ARRAY[$1::bigint])
), numbered AS (
    SELECT chat_id, row_number() OVER (ORDER BY position) - 1 AS n FROM doubtful
), paged AS (
    INSERT INTO audience_pages (delivery_id, start, chat_ids)
    SELECT d.id, d.length + n / 1000 * 1000, array_agg(chat_id ORDER BY n)
    FROM numbered CROSS JOIN deliveries d WHERE d.id = $1
    GROUP BY d.id, d.length, n / 1000
)
UPDATE deliveries SET settled = claimed, length = length + (SELECT count(*) FROM doubtful)
WHERE id = $1

-- broadcast: take
UPDATE deliveries SET runner = $1, batch = 0, paid = least(paid_budget, paid + $2)
WHERE id = $3 AND status = 'pending'
RETURNING length, claimed, settled, paid, paid_budget, sent,
    EXISTS (SELECT FROM broadcast_retries r WHERE r.broadcast_id = deliveries.broadcast_id) AS retried

-- broadcast: release
WITH released AS (
    UPDATE deliveries SET runner = NULL, settled = claimed,
        length = length + cardinality($1::bigint[]), paid = $2,
        wait_until = NULL, wait_reason = NULL
    WHERE id = $3 AND runner = $4 AND status = 'pending'
    RETURNING id, length - cardinality($1::bigint[]) AS start
)
INSERT INTO audience_pages (delivery_id, start, chat_ids)
SELECT id, start, $1::bigint[] FROM released WHERE cardinality($1::bigint[]) > 0

-- broadcast: applied
SELECT id, batch FROM deliveries
WHERE id = ANY($1::bigint[]) AND runner = ANY($2::uuid[])

-- broadcast: settle
WITH asked AS (
    SELECT * FROM unnest(
        $1::bigint[], $2::uuid[], $3::bigint[], $4::bigint[],
        $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
        $9::bigint[], $10::bigint[], $11::bigint[],
        $12::timestamptz[], $13::text[]
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

-- broadcast: state
SELECT d.id, d.claimed, d.status = 'done' AS done, b.status = 'broadcasting' AS going
FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
WHERE d.id = ANY($1::bigint[]) AND d.runner = ANY($2::uuid[])
  AND d.status IN ('pending', 'done')

-- broadcast: recipients
SELECT r.id, greatest(p.start, r.low) + o.i - 1 AS position, o.chat_id,
       CASE WHEN s.status = 'active' THEN NULL
            WHEN s.migrated_to IS NOT NULL THEN (
                SELECT 'the chat was ' || n.status || ' before its turn' FROM subscribers n
                WHERE n.bot_id = r.bot_id AND n.chat_id = s.migrated_to AND n.status <> 'active')
            ELSE 'the chat was ' || coalesce(s.status, 'deleted') || ' before its turn' END,
       CASE WHEN r.personal THEN s.first_name END, CASE WHEN r.personal THEN s.username END,
       s.migrated_to
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[],
    $5::boolean[]) AS r (id, bot_id, low, high, personal)
JOIN audience_pages p ON p.delivery_id = r.id AND p.start BETWEEN r.low - 999 AND r.high - 1
    AND p.start + cardinality(p.chat_ids) > r.low
CROSS JOIN LATERAL unnest(p.chat_ids[greatest(r.low - p.start, 0) + 1 : r.high - p.start])
    WITH ORDINALITY AS o (chat_id, i)
LEFT JOIN subscribers s ON s.bot_id = r.bot_id AND s.chat_id = o.chat_id
ORDER BY r.id, position

-- broadcast: earlier
SELECT t.chat_id, last.status
FROM unnest($1::bigint[]) AS t (chat_id)
CROSS JOIN LATERAL (
    SELECT m.status FROM messages m
    WHERE m.bot_id = $2 AND m.chat_id = t.chat_id AND m.delivery_id = $3
      AND m.position IS NULL
    ORDER BY m.id DESC LIMIT 1) AS last

-- broadcast: keep
UPDATE messages m SET position = found.position
FROM (
    SELECT last.id, last.sent_at, t.position
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
        AS t (id, bot_id, chat_id, position)
    CROSS JOIN LATERAL (
        SELECT m.id, m.sent_at FROM messages m
        WHERE m.bot_id = t.bot_id AND m.chat_id = t.chat_id AND m.delivery_id = t.id
          AND m.position IS NULL
        ORDER BY m.id DESC LIMIT 1) AS last
) AS found
WHERE m.id = found.id AND m.sent_at = found.sent_at

-- broadcast: in_audience
SELECT FROM audience_pages WHERE delivery_id = $1 AND $2 = ANY(chat_ids) LIMIT 1

-- broadcast: mark_chats
WITH seen AS (
    SELECT * FROM unnest(
        $1::bigint[], $2::bigint[], $3::text[], $4::bigint[]
    ) AS t (bot_id, chat_id, status, migrated_to)
), held AS MATERIALIZED (
    SELECT s.bot_id, s.chat_id FROM subscribers s JOIN seen USING (bot_id, chat_id)
    WHERE s.status = 'active' ORDER BY s.bot_id, s.chat_id FOR UPDATE OF s
)
UPDATE subscribers s SET status = seen.status, status_at = now(), migrated_to = seen.migrated_to
FROM seen, held
WHERE s.bot_id = seen.bot_id AND s.chat_id = seen.chat_id
  AND held.bot_id = s.bot_id AND held.chat_id = s.chat_id

-- broadcast: follow_chats
INSERT INTO subscribers (bot_id, chat_id, type, status, title, username, joined_at, source)
SELECT s.bot_id, seen.migrated_to, 'supergroup', 'active', s.title, s.username, s.joined_at, s.source
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
    AS seen (bot_id, chat_id, migrated_to)
JOIN subscribers s USING (bot_id, chat_id)
WHERE seen.migrated_to IS NOT NULL
ORDER BY s.bot_id, seen.migrated_to
ON CONFLICT (bot_id, chat_id) DO NOTHING

-- broadcast: count_errors
INSERT INTO delivery_errors AS e (broadcast_id, code, description, action, count)
SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[],
    $4::text[], $5::bigint[]) AS t (broadcast_id, code, description, action, count)
ORDER BY 1, 2, 3
ON CONFLICT (broadcast_id, code, description) DO UPDATE SET count = e.count + excluded.count

-- broadcast: timeline
INSERT INTO delivery_minutes AS m (broadcast_id, at, sent, failed)
SELECT broadcast_id, date_trunc('minute', now()), sent, failed
FROM unnest($1::bigint[], $2::integer[], $3::integer[])
    AS t (broadcast_id, sent, failed)
ORDER BY 1
ON CONFLICT (broadcast_id, at) DO UPDATE
    SET sent = m.sent + excluded.sent, failed = m.failed + excluded.failed

-- broadcast: bot_minutes
INSERT INTO bot_minutes AS m (bot_id, at, messages_out, errors, throttled)
SELECT bot_id, date_trunc('minute', now()), messages_out, errors, throttled
FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::integer[])
    AS t (bot_id, messages_out, errors, throttled)
ORDER BY 1
ON CONFLICT (bot_id, at) DO UPDATE SET messages_out = m.messages_out + excluded.messages_out,
    errors = m.errors + excluded.errors, throttled = m.throttled + excluded.throttled

-- broadcast: anybody_got_it
SELECT EXISTS (SELECT FROM deliveries WHERE broadcast_id = $1 AND sent > 0)

-- broadcast: held_broadcast
SELECT id FROM broadcasts
WHERE id = $1 AND status = 'paused' AND reason = $2

-- broadcast: flood
UPDATE bots SET flood_until = greatest(flood_until, to_timestamp($1::float8))
WHERE id = $2

-- broadcast: refuse
UPDATE bots SET status = 'error', error_at = coalesce(error_at, now()), last_error = $1
WHERE id = $2 AND bot_token = $3 AND status <> 'error'
  AND desired_status = 'running'

-- broadcast: files
SELECT media, kind, file_id FROM bot_files
WHERE bot_id = $1 AND media = ANY($2::text[])
ORDER BY created_at

-- broadcast: uploads
SELECT 'media:' || id, id, name, content_type, size FROM media_files
WHERE id = ANY($1::uuid[]) AND stored

-- broadcast: learn_file
INSERT INTO bot_files (bot_id, media, kind, file_id)
VALUES ($1, $2, $3, $4)
ON CONFLICT (bot_id, media, kind) DO UPDATE SET file_id = excluded.file_id, created_at = now()

-- broadcast: forget_files
DELETE FROM bot_files WHERE bot_id = $1 AND media = ANY($2::text[])

-- broadcast: close
UPDATE deliveries SET status = 'done', wait_until = NULL, wait_reason = NULL
WHERE id = $1 AND runner = $2 AND status = 'pending' AND settled = length

-- clicks: links
SELECT b.message -> 'links' FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
WHERE d.id = $1

-- clicks: record
INSERT INTO clicks (delivery_id, chat_id, link, kind, user_agent)
SELECT delivery_id, chat_id, link, kind, user_agent
FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::text[],
    $5::text[], $6::boolean[])
    AS t (delivery_id, chat_id, link, kind, user_agent, is_stored)
WHERE is_stored

-- clicks: count
WITH batch AS (
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])
        AS t (delivery_id, chat_id, kind)
), first AS (
    INSERT INTO first_clicks (delivery_id, chat_id, at)
    SELECT DISTINCT delivery_id, chat_id, now() FROM batch WHERE kind = 'person' ORDER BY 1, 2
    ON CONFLICT DO NOTHING
    RETURNING delivery_id
)
INSERT INTO click_counters AS c (delivery_id, clicks, unique_clicks, machine_clicks)
SELECT delivery_id, count(*) FILTER (WHERE kind = 'person'),
       (SELECT count(*) FROM first f WHERE f.delivery_id = batch.delivery_id),
       count(*) FILTER (WHERE kind = 'machine')
FROM batch GROUP BY delivery_id ORDER BY delivery_id
ON CONFLICT (delivery_id) DO UPDATE SET clicks = c.clicks + excluded.clicks,
    unique_clicks = c.unique_clicks + excluded.unique_clicks,
    machine_clicks = c.machine_clicks + excluded.machine_clicks

-- clicks: timeline
INSERT INTO delivery_minutes AS m (broadcast_id, at, clicks)
SELECT d.broadcast_id, date_trunc('minute', now()), count(*)
FROM unnest($1::bigint[], $2::text[]) AS t (delivery_id, kind)
JOIN deliveries d ON d.id = t.delivery_id
WHERE t.kind = 'person' GROUP BY 1 ORDER BY 1
ON CONFLICT (broadcast_id, at) DO UPDATE SET clicks = m.clicks + excluded.clicks

-- clicks: bot_minutes
INSERT INTO bot_minutes AS m (bot_id, at, clicks)
SELECT d.bot_id, date_trunc('minute', now()), count(*)
FROM unnest($1::bigint[], $2::text[]) AS t (delivery_id, kind)
JOIN deliveries d ON d.id = t.delivery_id
WHERE t.kind = 'person' GROUP BY 1 ORDER BY 1
ON CONFLICT (bot_id, at) DO UPDATE SET clicks = m.clicks + excluded.clicks

-- control: open_broadcast
SELECT id, status FROM broadcasts
WHERE ad_id = $1 AND status IN ('scheduled', 'broadcasting', 'paused')
FOR UPDATE

-- control: broadcast
SELECT id, status FROM broadcasts
WHERE ad_id = $1 AND ($2::bigint IS NULL OR id = $2)
ORDER BY id DESC LIMIT 1
FOR UPDATE

-- control: set_status
WITH step AS (
    UPDATE broadcasts SET status = $1::text, reason = $2::text,
        completed_at = CASE WHEN $3 THEN now() END,
        (resumed_at, resumed_done) = (
            SELECT CASE WHEN $1::text = 'broadcasting' THEN now() END,
                   coalesce(sum(sent + blocked + failed + unknown), 0)
            FROM deliveries WHERE broadcast_id = $4
              AND $1::text = 'broadcasting'),
        guarded = guarded AND NOT (status = 'paused' AND $1::text = 'broadcasting'
            AND starts_with(coalesce(reason, ''), 'paused by itself'))
    WHERE id = $4
    RETURNING ad_id, completed_at
)
UPDATE advertisements a SET status = $1::text, completed_at = step.completed_at
FROM step WHERE a.id = step.ad_id

-- control: hold
UPDATE broadcasts SET status = 'paused', reason = 'being cancelled'
WHERE id = $1 AND status = 'broadcasting'

-- control: open_bots
SELECT bot_id FROM deliveries WHERE broadcast_id = $1 AND status = 'pending'

-- control: in_flight
SELECT coalesce(sum(claimed - settled), 0) FROM deliveries
WHERE broadcast_id = $1 AND status = 'pending'

-- control: lock_open
SELECT id, broadcast_id, claimed > settled AS in_flight FROM deliveries
WHERE status = 'pending'
  AND ($1::bigint IS NULL OR broadcast_id = $1)
  AND ($2::bigint IS NULL OR bot_id = $2)
ORDER BY id
FOR UPDATE

-- control: doubt
WITH doubtful AS (
    SELECT * FROM doubtful_recipients($1::bigint[])
), recorded AS (
    INSERT INTO messages (bot_id, chat_id, message_type, status, direction, delivery_id, position, error)
    SELECT o.bot_id, o.chat_id, coalesce(b.message #>> '{media,0,kind}', 'text'), 'unknown', 'out',
           o.delivery_id, o.position, $2
    FROM doubtful o
    JOIN deliveries d ON d.id = o.delivery_id JOIN broadcasts b ON b.id = d.broadcast_id
    RETURNING delivery_id
), counted AS (
    INSERT INTO delivery_errors AS e (broadcast_id, code, description, action, count)
    SELECT d.broadcast_id, 0, left($2, 300), 'backoff', count(*)
    FROM recorded r JOIN deliveries d ON d.id = r.delivery_id
    GROUP BY d.broadcast_id ORDER BY 1
    ON CONFLICT (broadcast_id, code, description) DO UPDATE SET count = e.count + excluded.count
)
UPDATE deliveries d SET settled = d.claimed, runner = NULL,
    unknown = d.unknown + (SELECT count(*) FROM recorded r WHERE r.delivery_id = d.id)
WHERE d.id = ANY($1::bigint[])

-- control: skip_rest
UPDATE deliveries SET status = 'cancelled', runner = NULL, wait_until = NULL, wait_reason = NULL,
    skipped = audience - sent - blocked - failed - unknown
WHERE id = ANY($1::bigint[])

-- control: lock_broadcasts
WITH ad AS MATERIALIZED (
    SELECT id FROM advertisements
    WHERE id IN (SELECT ad_id FROM broadcasts WHERE id = ANY($1::bigint[]))
    ORDER BY id
    FOR UPDATE
)
SELECT b.id FROM ad JOIN broadcasts b ON b.ad_id = ad.id
WHERE b.id = ANY($1::bigint[]) AND b.status IN ('broadcasting', 'paused')
ORDER BY b.id
FOR UPDATE OF b

-- control: broadcasts_of_bot
SELECT broadcast_id FROM deliveries WHERE bot_id = $1 AND status = 'pending'

-- control: lock_ads_of_user
SELECT id FROM advertisements
WHERE id IN (
    SELECT b.ad_id FROM broadcasts b JOIN advertisements a ON a.id = b.ad_id
    WHERE b.status IN ('scheduled', 'broadcasting')
      AND (b.user_id = $1 OR ($2 AND a.user_id = $1)))
ORDER BY id
FOR UPDATE

-- control: running_of_user
SELECT b.id, b.ad_id, b.status FROM broadcasts b JOIN advertisements a ON a.id = b.ad_id
WHERE b.status IN ('scheduled', 'broadcasting')
  AND (b.user_id = $1 OR ($2 AND a.user_id = $1))
ORDER BY b.id
FOR UPDATE OF b

-- control: complete
WITH step AS (
    UPDATE broadcasts b SET status = 'completed', completed_at = now(), reason = NULL
    WHERE b.id = ANY($1::bigint[]) AND b.status IN ('broadcasting', 'paused')
      AND NOT EXISTS (
          SELECT FROM deliveries d WHERE d.broadcast_id = b.id AND d.status = 'pending')
    RETURNING b.id, b.ad_id, b.completed_at
)
UPDATE advertisements a SET status = 'completed', completed_at = step.completed_at
FROM step WHERE a.id = step.ad_id
RETURNING step.id

-- control: name_skipped
WITH cut AS (
    SELECT d.id, d.bot_id, d.settled FROM deliveries d
    WHERE d.broadcast_id = $1 AND d.status = 'cancelled' AND d.settled < d.length
    ORDER BY d.id
    FOR UPDATE
), named AS (
    INSERT INTO messages (bot_id, chat_id, message_type, status, direction, delivery_id, position)
    SELECT cut.bot_id, o.chat_id, coalesce(b.message #>> '{media,0,kind}', 'text'), 'skipped',
           'out', cut.id, p.start + o.i - 1
    FROM cut
    JOIN broadcasts b ON b.id = $1
    JOIN audience_pages p ON p.delivery_id = cut.id AND p.start > cut.settled - 1000
    CROSS JOIN LATERAL unnest(p.chat_ids) WITH ORDINALITY AS o (chat_id, i)
    WHERE p.start + o.i - 1 >= cut.settled
)
UPDATE deliveries d SET claimed = d.length, settled = d.length FROM cut WHERE d.id = cut.id

-- control: retryable
SELECT m.id, m.sent_at, m.delivery_id, m.chat_id, m.status
FROM deliveries d
JOIN bots b ON b.id = d.bot_id
JOIN messages m ON m.delivery_id = d.id
JOIN subscribers s ON s.bot_id = d.bot_id AND s.chat_id = m.chat_id
WHERE d.broadcast_id = $1
  AND b.deleted_at IS NULL AND b.desired_status = 'running' AND b.status <> 'error'
  AND ($2::bigint IS NULL OR b.user_id = $2)
  AND m.position IS NOT NULL AND m.status <> 'sent' AND m.status = ANY($3::text[])
  AND (s.status = 'active' OR (s.migrated_to IS NOT NULL AND NOT EXISTS (
      SELECT FROM subscribers n
      WHERE n.bot_id = s.bot_id AND n.chat_id = s.migrated_to AND n.status <> 'active')))

-- control: count_outcome
SELECT coalesce(sum(
    CASE WHEN 'failed' = ANY($1::text[]) THEN failed ELSE 0 END
    + CASE WHEN 'unknown' = ANY($1::text[]) THEN unknown ELSE 0 END), 0)::bigint
FROM deliveries WHERE broadcast_id = $2

-- exports: bots
SELECT b.id, b.bot_name, b.username, b.telegram_id, b.user_id, b.status, b.receive_mode, b.created_at,
       b.last_active, coalesce(c.subscribers, 0) AS subscribers, coalesce(c.blocked, 0) AS blocked,
       coalesce(c.gone, 0) AS gone, coalesce(c.unsubscribed, 0) AS unsubscribed, b.id AS key
FROM bots b LEFT JOIN bot_counters c ON c.bot_id = b.id
WHERE b.deleted_at IS NULL AND ($1::bigint IS NULL OR b.user_id = $1)
  AND ($2::bigint IS NULL OR b.id = $2)
  AND b.created_at >= $3 AND b.created_at < $4 AND b.id > $5
ORDER BY b.id LIMIT $6

-- exports: ads
SELECT a.id, a.user_id, a.title, a.content, a.status, a.created_at, a.completed_at, a.price, a.currency,
       t.broadcasts, t.audience, t.sent, t.blocked, t.failed, t.unknown, t.skipped, t.clicks,
       t.unique_clicks, least(1, t.unique_clicks::float8 / nullif(t.sent, 0)) AS ctr, a.id AS key
FROM advertisements a
CROSS JOIN LATERAL (
    SELECT count(DISTINCT b.id) AS broadcasts, coalesce(sum(d.audience), 0)::bigint AS audience,
           coalesce(sum(d.sent), 0)::bigint AS sent, coalesce(sum(d.blocked), 0)::bigint AS blocked,
           coalesce(sum(d.failed), 0)::bigint AS failed, coalesce(sum(d.unknown), 0)::bigint AS unknown,
           coalesce(sum(d.skipped), 0)::bigint AS skipped, coalesce(sum(c.clicks), 0)::bigint AS clicks,
           coalesce(sum(c.unique_clicks), 0)::bigint AS unique_clicks
    FROM broadcasts b JOIN deliveries d ON d.broadcast_id = b.id
    LEFT JOIN click_counters c ON c.delivery_id = d.id
    WHERE b.ad_id = a.id AND ($1::bigint IS NULL OR b.id = $1)
) AS t
WHERE ($2::bigint IS NULL OR a.user_id = $2 OR a.operator_id = $2)
  AND ($3::bigint IS NULL OR a.id = $3)
  AND a.created_at >= $4 AND a.created_at < $5 AND a.id > $6
ORDER BY a.id LIMIT $7

-- exports: scope_bots
SELECT id, id AS key FROM bots
WHERE ($1::bigint IS NULL OR user_id = $1) AND ($2::bigint IS NULL OR id = $2)
  AND id > $3
ORDER BY id LIMIT $4

-- exports: scope_deliveries
SELECT d.id, d.id AS key FROM deliveries d
JOIN broadcasts b ON b.id = d.broadcast_id
JOIN bots ON bots.id = d.bot_id
WHERE ($1::bigint IS NULL OR bots.user_id = $1)
  AND ($2::bigint IS NULL OR d.bot_id = $2)
  AND ($3::bigint IS NULL OR b.ad_id = $3)
  AND ($4::bigint IS NULL OR b.id = $4)
  AND d.id > $5
ORDER BY d.id LIMIT $6

-- exports: messages_of_bot
SELECT m.id, m.bot_id, m.chat_id, m.direction, m.message_type,
       coalesce(m.content, b.message ->> 'text') AS content, m.status, m.sent_at, m.message_id,
       b.ad_id, m.error_code, m.error, m.id AS key
FROM messages m
LEFT JOIN deliveries d ON d.id = m.delivery_id
LEFT JOIN broadcasts b ON b.id = d.broadcast_id
WHERE m.bot_id = $1 AND m.status <> 'skipped' AND m.sent_at >= $2 AND m.sent_at < $3
  AND m.id > $4
ORDER BY m.id LIMIT $5

-- exports: messages_of_delivery
SELECT m.id, m.bot_id, m.chat_id, m.direction, m.message_type,
       coalesce(m.content, b.message ->> 'text') AS content, m.status, m.sent_at, m.message_id,
       b.ad_id, m.error_code, m.error, m.position AS key
FROM messages m
JOIN deliveries d ON d.id = m.delivery_id
JOIN broadcasts b ON b.id = d.broadcast_id
WHERE m.delivery_id = $1 AND m.status <> 'skipped' AND m.sent_at >= $2 AND m.sent_at < $3
  AND m.position > $4
ORDER BY m.position LIMIT $5

-- exports: subscribers
SELECT s.bot_id, s.chat_id, s.type, s.status, s.title, s.first_name, s.username, s.language_code,
       s.source, s.joined_at, s.last_seen_at, s.status_at, s.chat_id AS key
FROM subscribers s
WHERE s.bot_id = $1 AND s.joined_at >= $2 AND s.joined_at < $3
  AND s.chat_id > $4
ORDER BY s.chat_id LIMIT $5

-- exports: clicks
SELECT c.at, b.ad_id, b.id AS broadcast_id, d.bot_id, c.chat_id, c.link,
       b.message -> 'links' ->> c.link AS url, c.kind, c.user_agent, c.id AS key
FROM clicks c
JOIN deliveries d ON d.id = c.delivery_id
JOIN broadcasts b ON b.id = d.broadcast_id
WHERE c.delivery_id = $1 AND c.at >= $2 AND c.at < $3
  AND c.id > $4
ORDER BY c.id LIMIT $5

-- fleet: lock
SELECT status, desired_status, instance_id, generation FROM bots
WHERE id = $1 AND deleted_at IS NULL
FOR NO KEY UPDATE

-- fleet: change
WITH changed AS (
    UPDATE bots SET
        status = $1::text,
        instance_id = $2::uuid,
        worker = CASE WHEN $2::uuid IS NULL THEN NULL ELSE $3::text END,
        started_at = CASE WHEN $1::text = 'running' THEN coalesce(started_at, now()) END,
        restarts = restarts + $4,
        last_error = CASE WHEN $1::text IN ('running', 'stopped') THEN NULL
            ELSE coalesce($5::text, last_error) END,
        error_at = CASE WHEN $1::text = 'error' THEN now()
            WHEN $1::text IN ('running', 'stopped') THEN NULL ELSE error_at END,
        pending_updates = CASE WHEN $1::text = 'running' THEN pending_updates ELSE 0 END
    WHERE id = $6
    RETURNING id
)
INSERT INTO logs (bot_id, log_level, message, source, context)
SELECT id, $7::text, $8::text, 'fleet', $9::jsonb FROM changed
WHERE $8::text IS NOT NULL

-- fleet: hand_over
WITH ours AS MATERIALIZED (
    SELECT b.id, b.status AS before FROM bots b
    JOIN unnest($1::bigint[], $2::uuid[]) AS t (id, instance_id)
        ON t.id = b.id AND t.instance_id = b.instance_id
    ORDER BY b.id
    FOR NO KEY UPDATE OF b
), changed AS (
    UPDATE bots b SET
        status = CASE WHEN b.desired_status = 'running' THEN 'starting' ELSE 'stopped' END,
        instance_id = NULL, worker = NULL, started_at = NULL, pending_updates = 0,
        last_error = CASE WHEN b.desired_status = 'running' THEN b.last_error END,
        error_at = CASE WHEN b.desired_status = 'running' THEN b.error_at END
    FROM ours WHERE b.id = ours.id
    RETURNING b.id, b.status, ours.before
), logged AS (
    INSERT INTO logs (bot_id, log_level, message, source, context)
    SELECT id, 'info', $3::text, 'fleet', jsonb_build_object('from', before, 'to', status)
    FROM changed WHERE status <> before
)
SELECT id, status FROM changed

-- fleet: bot
SELECT id, bot_token, username, public_key, webhook_secret, receive_mode, status, desired_status,
       generation, instance_id, update_offset, pending_updates, welcome, commands, settings, menu, last_error,
       flood_until, last_active,
       EXISTS (SELECT FROM webhook_updates w WHERE w.bot_id = bots.id) AS had_webhook
FROM bots WHERE id = $1 AND deleted_at IS NULL

-- fleet: watch
SELECT id, generation, desired_status, instance_id,
       EXISTS (SELECT FROM webhook_updates w WHERE w.bot_id = bots.id AND w.body IS NOT NULL) AS waiting
FROM bots WHERE id = ANY($1::bigint[]) AND deleted_at IS NULL

-- fleet: trouble
WITH changed AS (
    UPDATE bots SET last_error = $1
    WHERE id = $2 AND instance_id = $3
    RETURNING id
)
INSERT INTO logs (bot_id, log_level, message, source)
SELECT id, $4::text, $5::text, 'fleet' FROM changed

-- fleet: log
INSERT INTO logs (bot_id, log_level, message, source)
SELECT t.bot_id, t.level, t.message, 'fleet'
FROM unnest($1::bigint[], $2::text[], $3::text[]) AS t (bot_id, level, message)

-- fleet: menu
UPDATE bots SET menu = $1 WHERE id = $2 AND instance_id = $3

-- fleet: identity
UPDATE bots SET username = $1 WHERE id = $2 AND instance_id = $3

-- fleet: secret
UPDATE bots SET webhook_secret = $1
WHERE id = $2 AND instance_id = $3 AND webhook_secret IS NULL

-- fleet: pending
UPDATE bots SET pending_updates = $1::integer
WHERE id = $2 AND instance_id = $3 AND pending_updates <> $1::integer

-- fleet: flood
UPDATE bots SET flood_until = greatest(flood_until, now() + make_interval(secs => $1))
WHERE id = $2

-- fleet: keep
WITH ours AS (
    UPDATE bots SET update_offset = $1, last_active = now()
    WHERE id = $2 AND instance_id = $3
    RETURNING id
), kept AS (
    INSERT INTO webhook_updates (bot_id, update_id, body)
    SELECT ours.id, t.update_id, t.body
    FROM ours, unnest($4::bigint[], $5::bytea[]) AS t (update_id, body)
    ORDER BY t.update_id
    ON CONFLICT (bot_id, update_id) DO NOTHING
)
SELECT id FROM ours

-- fleet: waiting
SELECT update_id, body FROM webhook_updates
WHERE bot_id = $1 AND body IS NOT NULL AND owes IS NULL
ORDER BY update_id LIMIT $2

-- fleet: claim
WITH due AS (
    SELECT update_id, body, owes, received_at FROM webhook_updates
    WHERE bot_id = $1 AND body IS NOT NULL AND owes IS NOT NULL
      AND EXISTS (SELECT FROM bots WHERE id = $1 AND instance_id = $2)
    ORDER BY update_id LIMIT $3
    FOR UPDATE
), cleared AS (
    UPDATE webhook_updates w SET body = NULL, owes = NULL
    FROM due WHERE w.bot_id = $1 AND w.update_id = due.update_id
)
SELECT update_id, body, owes, received_at < now() - interval '1 hour' AS stale FROM due

-- fleet: owe
INSERT INTO webhook_updates AS w (bot_id, update_id, body, owes)
SELECT b.id, t.update_id, t.body, t.owes
FROM bots b, unnest($1::bigint[], $2::bytea[], $3::text[]) AS t (update_id, body, owes)
WHERE b.id = $4 AND b.instance_id = $5
ON CONFLICT (bot_id, update_id) DO UPDATE SET body = excluded.body, owes = excluded.owes

-- fleet: fence
WITH batch AS (
    SELECT t.id, t.instance_id, t.new_offset, t.active
    FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::boolean[])
        AS t (id, instance_id, new_offset, active)
), ours AS MATERIALIZED (
    SELECT b.id, batch.new_offset, batch.active
    FROM bots b JOIN batch ON batch.id = b.id AND batch.instance_id = b.instance_id
    ORDER BY b.id
    FOR NO KEY UPDATE OF b
)
UPDATE bots b SET
    update_offset = coalesce(ours.new_offset, b.update_offset),
    last_active = CASE WHEN ours.active THEN now() ELSE b.last_active END
FROM ours WHERE b.id = ours.id
RETURNING b.id, b.instance_id, pg_current_xact_id()::text

-- fleet: handled
UPDATE webhook_updates w SET body = NULL, owes = NULL
FROM unnest($1::bigint[], $2::bigint[]) AS t (bot_id, update_id)
WHERE w.bot_id = t.bot_id AND w.update_id = t.update_id

-- fleet: chats_known
WITH said AS (
    SELECT * FROM unnest(
        $1::bigint[], $2::bigint[], $3::text[], $4::text[],
        $5::text[], $6::text[], $7::text[], $8::text[],
        $9::boolean[], $10::text[], $11::boolean[])
        AS t (bot_id, chat_id, type, title, username, first_name, language_code, source, opted_out,
              reach, seen)
), news AS MATERIALIZED (
    SELECT said.*, coalesce(said.opted_out, s.opted_out) AS out, s.status AS before
    FROM said JOIN subscribers s USING (bot_id, chat_id)
    ORDER BY bot_id, chat_id
    FOR NO KEY UPDATE OF s
), changed AS (
    UPDATE subscribers s SET
        type = CASE WHEN news.seen THEN news.type ELSE s.type END,
        title = coalesce(news.title, s.title),
        username = CASE WHEN news.seen THEN news.username ELSE s.username END,
        first_name = CASE WHEN news.seen THEN news.first_name ELSE s.first_name END,
        language_code = coalesce(news.language_code, s.language_code),
        source = coalesce(s.source, news.source),
        last_seen_at = CASE WHEN news.seen THEN now() ELSE s.last_seen_at END,
        opted_out = news.out,
        status = verdict.status,
        status_at = CASE WHEN verdict.status = s.status THEN s.status_at ELSE now() END
    FROM news CROSS JOIN LATERAL (
        SELECT CASE WHEN news.reach IN ('blocked', 'gone') THEN news.reach
                    WHEN news.reach IS NULL AND news.opted_out IS NULL THEN news.before
                    WHEN news.out IS NOT FALSE THEN 'unsubscribed'
                    WHEN news.opted_out IS NULL AND news.before = 'unsubscribed' THEN 'unsubscribed'
                    ELSE 'active' END AS status) AS verdict
    WHERE s.bot_id = news.bot_id AND s.chat_id = news.chat_id
    RETURNING s.bot_id, s.chat_id
)
SELECT bot_id, chat_id FROM changed

-- fleet: chats_new
INSERT INTO subscribers (bot_id, chat_id, type, status, title, username, first_name, language_code,
    source, last_seen_at, opted_out)
SELECT t.bot_id, t.chat_id, t.type,
       CASE WHEN t.reach IN ('blocked', 'gone') THEN t.reach
            WHEN coalesce(t.opted_out, true) THEN 'unsubscribed' ELSE 'active' END,
       t.title, t.username, t.first_name, t.language_code, t.source,
       CASE WHEN t.seen THEN now() END, t.opted_out
FROM unnest(
    $1::bigint[], $2::bigint[], $3::text[], $4::text[],
    $5::text[], $6::text[], $7::text[], $8::text[],
    $9::boolean[], $10::text[], $11::boolean[])
    AS t (bot_id, chat_id, type, title, username, first_name, language_code, source, opted_out,
          reach, seen)
ORDER BY t.bot_id, t.chat_id
ON CONFLICT (bot_id, chat_id) DO NOTHING

-- fleet: move
WITH moved AS (
    SELECT s.* , t.new_id FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
        AS t (bot_id, old_id, new_id)
    JOIN subscribers s ON s.bot_id = t.bot_id AND s.chat_id = t.old_id
    WHERE s.migrated_to IS DISTINCT FROM t.new_id
    ORDER BY s.bot_id, s.chat_id
    FOR NO KEY UPDATE OF s
), taken_over AS (
    INSERT INTO subscribers AS n (bot_id, chat_id, type, status, title, language_code, source,
        joined_at, last_seen_at, opted_out)
    SELECT bot_id, new_id, 'supergroup', status, title, language_code, source, joined_at,
           last_seen_at, opted_out
    FROM moved
    ON CONFLICT (bot_id, chat_id) DO UPDATE SET
        joined_at = least(n.joined_at, excluded.joined_at),
        opted_out = n.opted_out AND excluded.opted_out,
        status = CASE WHEN excluded.status = 'active' THEN 'active' ELSE n.status END
    RETURNING 1
)
UPDATE subscribers s SET status = 'gone', status_at = now(), migrated_to = moved.new_id
FROM moved WHERE s.bot_id = moved.bot_id AND s.chat_id = moved.chat_id

-- fleet: minutes
INSERT INTO bot_minutes AS m (bot_id, at, messages_in, messages_out, errors, throttled, latency)
SELECT t.bot_id, date_trunc('minute', now()), t.messages_in, t.messages_out, t.errors, t.throttled,
       t.latency::integer[]
FROM unnest($1::bigint[], $2::integer[], $3::integer[],
            $4::integer[], $5::integer[], $6::text[])
    AS t (bot_id, messages_in, messages_out, errors, throttled, latency)
ORDER BY t.bot_id
ON CONFLICT (bot_id, at) DO UPDATE SET
    messages_in = m.messages_in + excluded.messages_in,
    messages_out = m.messages_out + excluded.messages_out,
    errors = m.errors + excluded.errors,
    throttled = m.throttled + excluded.throttled,
    latency = CASE
        WHEN excluded.latency = '{}' THEN m.latency
        WHEN m.latency = '{}' THEN excluded.latency
        ELSE ARRAY(SELECT a + b FROM unnest(m.latency, excluded.latency) WITH ORDINALITY AS u (a, b, i)
                   ORDER BY i) END

-- fleet: committed
SELECT pg_xact_status($1::text::xid8)

-- jobs: register
WITH made AS (
    INSERT INTO workers (id, host, pid) VALUES ($1, $2, $3) RETURNING lock_key
)
SELECT lock_key, pg_advisory_lock(hashtext('crier.worker'), lock_key) FROM made

-- jobs: relock
SELECT lock_key, pg_advisory_lock(hashtext('crier.worker'), lock_key) FROM workers WHERE id = $1

-- jobs: beat
UPDATE workers SET last_seen = now(), bots = $1, deliveries = $2,
    rss_bytes = $3, job_workers = $4
WHERE id = $5

-- jobs: unregister
DELETE FROM workers WHERE id = $1

-- jobs: signs
SELECT w.id, w.last_seen, EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid = (hashtext('crier.worker')::bigint & 4294967295)::oid
      AND l.objid = w.lock_key::oid
)
FROM workers w

-- jobs: evict
DELETE FROM workers w USING unnest($1::uuid[], $2::timestamptz[]) AS dead (id, last_seen)
WHERE w.id = dead.id AND w.last_seen = dead.last_seen
RETURNING w.id, w.job_workers

-- jobs: disconnect
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = ANY($1::text[]) AND usename = current_user

-- jobs: reclaim
WITH orphan AS MATERIALIZED (
    SELECT j.id FROM procrastinate_jobs j
    WHERE j.status = 'doing' AND (
        j.worker_id IS NULL OR j.worker_id = ANY($1::bigint[])
        OR EXISTS (  -- a worker that died before it could say which jobs are its own
            SELECT FROM procrastinate_workers p
            WHERE p.id = j.worker_id AND p.last_heartbeat < now() - interval '15 seconds'
              AND NOT EXISTS (SELECT FROM workers w WHERE p.id = ANY(w.job_workers))))
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM procrastinate_jobs j USING orphan o WHERE j.id = o.id
    RETURNING j.queue_name, j.task_name, j.priority, j.lock, j.queueing_lock, j.args, j.attempts
)
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, attempts)
SELECT queue_name, task_name, priority, lock, queueing_lock, args, attempts + 1 FROM gone
ORDER BY queueing_lock
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- jobs: forget_workers
DELETE FROM procrastinate_workers WHERE id = ANY($1::bigint[])

-- jobs: orphaned
SELECT id FROM procrastinate_jobs
WHERE status = 'doing' AND worker_id = ANY($1::bigint[])

-- jobs: return_orphaned
UPDATE procrastinate_jobs j SET status = 'todo', worker_id = NULL
WHERE j.id = ANY($1::bigint[]) AND j.status = 'doing'
  AND NOT EXISTS (
      SELECT FROM procrastinate_jobs t WHERE t.status = 'todo' AND t.queueing_lock = j.queueing_lock)

-- jobs: idle_bots
SELECT b.id FROM bots b
WHERE b.desired_status = 'running' AND b.deleted_at IS NULL AND b.status <> 'error'
  AND NOT EXISTS (
      SELECT FROM procrastinate_jobs j
      WHERE j.lock = 'bot:' || b.id AND j.status IN ('todo', 'doing'))

-- jobs: idle_deliveries
SELECT DISTINCT d.bot_id FROM deliveries d JOIN broadcasts c ON c.id = d.broadcast_id
WHERE d.status = 'pending' AND c.status = 'broadcasting'
  AND NOT EXISTS (
      SELECT FROM procrastinate_jobs j
      WHERE j.lock = 'deliver:' || d.bot_id AND j.status IN ('todo', 'doing'))

-- jobs: idle_schedules
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
SELECT 'jobs', 'launch', 'broadcast:' || b.id, 'broadcast:' || b.id,
       jsonb_build_object('broadcast_id', b.id), b.scheduled_for
FROM broadcasts b
WHERE b.status = 'scheduled' AND NOT EXISTS (
    SELECT FROM procrastinate_jobs j
    WHERE j.lock = 'broadcast:' || b.id AND j.status IN ('todo', 'doing'))
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- jobs: unfinished
SELECT b.id FROM broadcasts b
WHERE b.status IN ('broadcasting', 'paused')
  AND NOT EXISTS (
      SELECT FROM deliveries d WHERE d.broadcast_id = b.id AND d.status = 'pending')

-- jobs: changed_much
SELECT n_mod_since_analyze > 200 AND n_mod_since_analyze > n_live_tup / 4
FROM pg_stat_user_tables WHERE relid = 'procrastinate_jobs'::regclass

-- launch: candidate
SELECT s.bot_id, s.chat_id, s.last_seen_at
FROM subscribers s
WHERE s.bot_id = ANY($1::bigint[])
  AND s.status = 'active'
  AND ($2::text[] IS NULL
       OR lower(s.language_code COLLATE "C") = ANY($2)
       OR split_part(lower(s.language_code COLLATE "C"), '-', 1) = ANY($2))
  AND ($3::timestamptz IS NULL OR s.last_seen_at >= $3)
  AND ($4::timestamptz IS NULL OR s.joined_at < $4)
  AND ($5::timestamptz IS NULL OR s.joined_at >= $5)
  AND ($6::float8 IS NULL
       OR abs(hashint8extended(s.chat_id, $7::bigint) % 1000000) < $6::float8 * 10000)

-- launch: open
INSERT INTO deliveries (broadcast_id, bot_id, length, audience)
SELECT $1, id, 0, 0 FROM unnest($2::bigint[]) AS id
RETURNING id

-- launch: size
UPDATE deliveries d SET length = found.size, audience = found.size, paid_budget = found.budget
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
    AS found (id, size, budget)
WHERE d.id = found.id
RETURNING d.bot_id

-- launch: drop_empty
DELETE FROM deliveries WHERE broadcast_id = $1 AND length = 0

-- launch: bots_in_scope
SELECT id, bot_name, status, last_error, desired_status = 'running' AND status <> 'error' AS due
FROM bots
WHERE deleted_at IS NULL
  AND ($1::bigint[] IS NULL OR id = ANY($1))
  AND (user_id = $2 OR ($1::bigint[] IS NOT NULL AND $3))
ORDER BY id

-- launch: is_admin
SELECT role = 'admin' FROM users WHERE id = $1

-- launch: schedule
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
VALUES ('jobs', 'launch', 'broadcast:' || $1, 'broadcast:' || $1,
        jsonb_build_object('broadcast_id', $1::bigint), $2)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- launch: work
SELECT bot.size + coalesce(other.size, 0) - bot.paid AS messages, bot.paid,
       (b.settings ->> 'send_rate')::float8 AS rate
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS bot (id, size, paid)
JOIN bots b USING (id)
CROSS JOIN LATERAL (
    SELECT sum(least(bot.size, d.audience - d.sent - d.blocked - d.failed - d.unknown - d.skipped))
               ::bigint AS size
    FROM deliveries d JOIN broadcasts o ON o.id = d.broadcast_id AND o.status = 'broadcasting'
    WHERE d.bot_id = bot.id AND d.status = 'pending' AND o.id IS DISTINCT FROM $4
) AS other
WHERE bot.size > 0

-- media: unused
SELECT f.id FROM media_files f
WHERE f.created_at < now() - interval '1 day' AND NOT EXISTS (
    SELECT FROM advertisements a, json_array_elements_text(a.media_urls) AS m (source)
    WHERE m.source = 'media:' || f.id)
ORDER BY f.created_at
LIMIT $1

-- media: lock
SELECT id FROM media_files WHERE id = ANY($1::uuid[])
ORDER BY id
FOR UPDATE SKIP LOCKED

-- media: condemn
UPDATE media_files f SET stored = false
WHERE f.id = ANY($1::uuid[]) AND NOT EXISTS (
    SELECT FROM advertisements a, json_array_elements_text(a.media_urls) AS m (source)
    WHERE m.source = 'media:' || f.id)
RETURNING f.id, f.name

-- media: forget
WITH files AS (DELETE FROM bot_files WHERE media = $1)
DELETE FROM media_files WHERE id = $2 AND NOT stored

-- reach: fitness
SELECT current_database() AS database, current_user::text AS role,
       pg_encoding_to_char(encoding)::text AS encoding, pg_is_in_recovery() AS is_standby,
       current_schema()::text AS schema, current_setting('search_path') AS search_path,
       current_setting('TimeZone') AS zone, current_setting('is_superuser') = 'on' AS is_superuser
FROM pg_database WHERE datname = current_database()

-- reports: statistics
WITH chosen AS (
    SELECT b.* FROM broadcasts b
    WHERE b.ad_id = $1 AND ($2::bigint IS NULL OR b.id = $2)
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
                        WHEN $3::bigint IS NULL OR bot.user_id = $3
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

-- reports: broadcast
SELECT id FROM broadcasts
WHERE ad_id = $1 AND ($2::bigint IS NULL OR id = $2)
ORDER BY id DESC LIMIT 1

-- rollup: lock
SELECT pg_try_advisory_xact_lock(hashtextextended('crier.rollup', 0))

-- rollup: state
SELECT metric_value FROM analytics WHERE metric_type = 'rolled' ORDER BY timestamp DESC LIMIT 1

-- rollup: first
SELECT date_trunc('hour', min(at)) FROM bot_minutes
WHERE at >= date_trunc('month', now()) - interval '1 month'

-- rollup: hours
INSERT INTO analytics (bot_id, metric_type, metric_value, timestamp)
SELECT bot_id, 'bot_hour', json_build_object(
           'messages_in', sum(messages_in), 'messages_out', sum(messages_out),
           'new_subscribers', sum(new_subscribers), 'lost_subscribers', sum(lost_subscribers),
           'errors', sum(errors), 'throttled', sum(throttled), 'clicks', sum(clicks)),
       date_trunc('hour', at)
FROM bot_minutes WHERE at >= $1 AND at < $2
GROUP BY bot_id, date_trunc('hour', at)

-- rollup: days
INSERT INTO analytics (bot_id, metric_type, metric_value, timestamp)
SELECT bot_id, 'bot_day', json_build_object(
           'messages_in', sum((metric_value ->> 'messages_in')::bigint),
           'messages_out', sum((metric_value ->> 'messages_out')::bigint),
           'new_subscribers', sum((metric_value ->> 'new_subscribers')::bigint),
           'lost_subscribers', sum((metric_value ->> 'lost_subscribers')::bigint),
           'errors', sum((metric_value ->> 'errors')::bigint),
           'throttled', sum((metric_value ->> 'throttled')::bigint),
           'clicks', sum((metric_value ->> 'clicks')::bigint)),
       date_trunc('day', timestamp)
FROM analytics WHERE metric_type = 'bot_hour' AND timestamp >= $1 AND timestamp < $2
GROUP BY bot_id, date_trunc('day', timestamp)

-- rollup: forget_retention
DELETE FROM analytics WHERE metric_type = 'bot_retention'

-- rollup: cohort
CREATE TEMPORARY TABLE cohort ON COMMIT DROP AS
SELECT bot_id, date_trunc('week', joined_at) AS week, count(*) AS chats,
       count(*) FILTER (WHERE status = 'active') AS remaining,
       greatest(0, floor(extract(epoch FROM greatest(last_seen_at, joined_at)
           - date_trunc('week', joined_at)) / 604800))::integer AS lasted
FROM subscribers
WHERE joined_at >= date_trunc('week', now()) - interval '12 weeks' AND joined_at <= now()
GROUP BY bot_id, date_trunc('week', joined_at),
         greatest(0, floor(extract(epoch FROM greatest(last_seen_at, joined_at)
             - date_trunc('week', joined_at)) / 604800))::integer

-- rollup: forget
DELETE FROM analytics WHERE metric_type = 'rolled'

-- rollup: remember
INSERT INTO analytics (bot_id, metric_type, metric_value, timestamp)
VALUES (NULL, 'rolled', $1::json, now())

-- rollup: prune
DELETE FROM bot_minutes WHERE at < $1

-- system: workers
SELECT w.id, w.host, w.pid, w.started_at, w.last_seen, w.bots, w.deliveries, w.rss_bytes
FROM workers w
WHERE EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid = (hashtext('crier.worker')::bigint & 4294967295)::oid
      AND l.objid = w.lock_key::oid
)
ORDER BY w.started_at, w.id

-- system: queues
SELECT q.name,
       count(j.id) FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()) AS waiting,
       count(j.id) FILTER (WHERE j.status = 'doing') AS running,
       count(j.id) FILTER (WHERE j.status = 'failed') AS failed,
       coalesce(extract(epoch FROM now() - min(greatest(since.at, j.scheduled_at)) FILTER (
           WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now())), 0)::float8 AS oldest_seconds
FROM unnest(ARRAY['bots', 'broadcasts', 'jobs']) AS q (name)
LEFT JOIN procrastinate_jobs j ON j.queue_name = q.name AND j.status IN ('todo', 'doing', 'failed')
LEFT JOIN LATERAL (
    SELECT max(e.at) AS at FROM procrastinate_events e
    WHERE e.job_id = j.id AND j.status = 'todo'
      AND e.type IN ('deferred', 'deferred_for_retry', 'retried')
) AS since ON true
GROUP BY q.name
ORDER BY q.name

-- system: requests
SELECT date_trunc($1, timestamp) AS at,
       sum((metric_value ->> 'requests')::bigint)::bigint AS requests,
       sum((metric_value ->> 'errors')::bigint)::bigint AS errors,
       max((metric_value ->> 'queue_lag_s')::float8) AS queue_lag_s
FROM analytics
WHERE metric_type = 'api_minute' AND bot_id IS NULL
  AND timestamp >= date_trunc('minute', $2::timestamptz) AND timestamp < $3
GROUP BY 1

-- system: latency
SELECT date_trunc($1, a.timestamp) AS at, u.place::integer - 1 AS place,
       sum(u.count::bigint)::bigint AS count
FROM analytics a
CROSS JOIN LATERAL json_array_elements_text(a.metric_value -> 'latency') WITH ORDINALITY AS u (count, place)
WHERE a.metric_type = 'api_minute' AND a.bot_id IS NULL
  AND a.timestamp >= date_trunc('minute', $2::timestamptz) AND a.timestamp < $3
GROUP BY 1, 2

-- model: advertisements read
SELECT id, user_id, operator_id, title, content, parse_mode, media_urls, buttons, options, track_clicks, price, currency, status, targeting, created_at, scheduled_for, completed_at, review_note FROM advertisements

-- model: advertisements insert
INSERT INTO advertisements (id, user_id, operator_id, title, content, parse_mode, media_urls, buttons, options, track_clicks, price, currency, status, targeting, created_at, scheduled_for, completed_at, review_note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)

-- model: advertisements update id
UPDATE advertisements SET id = $1

-- model: advertisements update user_id
UPDATE advertisements SET user_id = $1

-- model: advertisements update operator_id
UPDATE advertisements SET operator_id = $1

-- model: advertisements update title
UPDATE advertisements SET title = $1

-- model: advertisements update content
UPDATE advertisements SET content = $1

-- model: advertisements update parse_mode
UPDATE advertisements SET parse_mode = $1

-- model: advertisements update media_urls
UPDATE advertisements SET media_urls = $1

-- model: advertisements update buttons
UPDATE advertisements SET buttons = $1

-- model: advertisements update options
UPDATE advertisements SET options = $1

-- model: advertisements update track_clicks
UPDATE advertisements SET track_clicks = $1

-- model: advertisements update price
UPDATE advertisements SET price = $1

-- model: advertisements update currency
UPDATE advertisements SET currency = $1

-- model: advertisements update status
UPDATE advertisements SET status = $1

-- model: advertisements update targeting
UPDATE advertisements SET targeting = $1

-- model: advertisements update created_at
UPDATE advertisements SET created_at = $1

-- model: advertisements update scheduled_for
UPDATE advertisements SET scheduled_for = $1

-- model: advertisements update completed_at
UPDATE advertisements SET completed_at = $1

-- model: advertisements update review_note
UPDATE advertisements SET review_note = $1

-- model: analytics read
SELECT id, bot_id, metric_type, metric_value, timestamp FROM analytics

-- model: analytics insert
INSERT INTO analytics (id, bot_id, metric_type, metric_value, timestamp) VALUES ($1, $2, $3, $4, $5)

-- model: analytics update id
UPDATE analytics SET id = $1

-- model: analytics update bot_id
UPDATE analytics SET bot_id = $1

-- model: analytics update metric_type
UPDATE analytics SET metric_type = $1

-- model: analytics update metric_value
UPDATE analytics SET metric_value = $1

-- model: analytics update timestamp
UPDATE analytics SET timestamp = $1

-- model: api_keys read
SELECT id, user_id, name, prefix, key_hash, role, created_at, last_used_at, expires_at, revoked_at FROM api_keys

-- model: api_keys insert
INSERT INTO api_keys (id, user_id, name, prefix, key_hash, role, created_at, last_used_at, expires_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- model: api_keys update id
UPDATE api_keys SET id = $1

-- model: api_keys update user_id
UPDATE api_keys SET user_id = $1

-- model: api_keys update name
UPDATE api_keys SET name = $1

-- model: api_keys update prefix
UPDATE api_keys SET prefix = $1

-- model: api_keys update key_hash
UPDATE api_keys SET key_hash = $1

-- model: api_keys update role
UPDATE api_keys SET role = $1

-- model: api_keys update created_at
UPDATE api_keys SET created_at = $1

-- model: api_keys update last_used_at
UPDATE api_keys SET last_used_at = $1

-- model: api_keys update expires_at
UPDATE api_keys SET expires_at = $1

-- model: api_keys update revoked_at
UPDATE api_keys SET revoked_at = $1

-- model: audience_pages read
SELECT delivery_id, start, chat_ids FROM audience_pages

-- model: audience_pages insert
INSERT INTO audience_pages (delivery_id, start, chat_ids) VALUES ($1, $2, $3)

-- model: audience_pages update delivery_id
UPDATE audience_pages SET delivery_id = $1

-- model: audience_pages update start
UPDATE audience_pages SET start = $1

-- model: audience_pages update chat_ids
UPDATE audience_pages SET chat_ids = $1

-- model: audit_log read
SELECT id, at, actor_id, actor, ip, action, object_type, object_id, details, previous_hash, hash, key_id FROM audit_log

-- model: audit_log insert
INSERT INTO audit_log (id, at, actor_id, actor, ip, action, object_type, object_id, details, previous_hash, hash, key_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- model: auth_sessions read
SELECT id, user_id, refresh_jti, created_at, last_used_at, expires_at, revoked_at, ip, user_agent FROM auth_sessions

-- model: auth_sessions insert
INSERT INTO auth_sessions (id, user_id, refresh_jti, created_at, last_used_at, expires_at, revoked_at, ip, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- model: auth_sessions update id
UPDATE auth_sessions SET id = $1

-- model: auth_sessions update user_id
UPDATE auth_sessions SET user_id = $1

-- model: auth_sessions update refresh_jti
UPDATE auth_sessions SET refresh_jti = $1

-- model: auth_sessions update created_at
UPDATE auth_sessions SET created_at = $1

-- model: auth_sessions update last_used_at
UPDATE auth_sessions SET last_used_at = $1

-- model: auth_sessions update expires_at
UPDATE auth_sessions SET expires_at = $1

-- model: auth_sessions update revoked_at
UPDATE auth_sessions SET revoked_at = $1

-- model: auth_sessions update ip
UPDATE auth_sessions SET ip = $1

-- model: auth_sessions update user_agent
UPDATE auth_sessions SET user_agent = $1

-- model: bot_counters read
SELECT bot_id, subscribers, blocked, gone, unsubscribed FROM bot_counters

-- model: bot_counters insert
INSERT INTO bot_counters (bot_id, subscribers, blocked, gone, unsubscribed) VALUES ($1, $2, $3, $4, $5)

-- model: bot_counters update bot_id
UPDATE bot_counters SET bot_id = $1

-- model: bot_counters update subscribers
UPDATE bot_counters SET subscribers = $1

-- model: bot_counters update blocked
UPDATE bot_counters SET blocked = $1

-- model: bot_counters update gone
UPDATE bot_counters SET gone = $1

-- model: bot_counters update unsubscribed
UPDATE bot_counters SET unsubscribed = $1

-- model: bot_days_seen read
SELECT bot_id, day, chats FROM bot_days_seen

-- model: bot_days_seen insert
INSERT INTO bot_days_seen (bot_id, day, chats) VALUES ($1, $2, $3)

-- model: bot_days_seen update bot_id
UPDATE bot_days_seen SET bot_id = $1

-- model: bot_days_seen update day
UPDATE bot_days_seen SET day = $1

-- model: bot_days_seen update chats
UPDATE bot_days_seen SET chats = $1

-- model: bot_files read
SELECT bot_id, media, kind, file_id, created_at FROM bot_files

-- model: bot_files insert
INSERT INTO bot_files (bot_id, media, kind, file_id, created_at) VALUES ($1, $2, $3, $4, $5)

-- model: bot_files update bot_id
UPDATE bot_files SET bot_id = $1

-- model: bot_files update media
UPDATE bot_files SET media = $1

-- model: bot_files update kind
UPDATE bot_files SET kind = $1

-- model: bot_files update file_id
UPDATE bot_files SET file_id = $1

-- model: bot_files update created_at
UPDATE bot_files SET created_at = $1

-- model: bot_minutes read
SELECT bot_id, at, messages_in, messages_out, new_subscribers, lost_subscribers, errors, throttled, clicks, latency FROM bot_minutes

-- model: bot_minutes insert
INSERT INTO bot_minutes (bot_id, at, messages_in, messages_out, new_subscribers, lost_subscribers, errors, throttled, clicks, latency) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- model: bot_minutes update bot_id
UPDATE bot_minutes SET bot_id = $1

-- model: bot_minutes update at
UPDATE bot_minutes SET at = $1

-- model: bot_minutes update messages_in
UPDATE bot_minutes SET messages_in = $1

-- model: bot_minutes update messages_out
UPDATE bot_minutes SET messages_out = $1

-- model: bot_minutes update new_subscribers
UPDATE bot_minutes SET new_subscribers = $1

-- model: bot_minutes update lost_subscribers
UPDATE bot_minutes SET lost_subscribers = $1

-- model: bot_minutes update errors
UPDATE bot_minutes SET errors = $1

-- model: bot_minutes update throttled
UPDATE bot_minutes SET throttled = $1

-- model: bot_minutes update clicks
UPDATE bot_minutes SET clicks = $1

-- model: bot_minutes update latency
UPDATE bot_minutes SET latency = $1

-- model: bots read
SELECT id, user_id, bot_token, token_fingerprint, token_hint, telegram_id, username, bot_name, public_key, webhook_secret, receive_mode, status, desired_status, generation, created_at, last_active, instance_id, worker, started_at, restarts, last_error, error_at, flood_until, update_offset, pending_updates, welcome, commands, settings, menu, deleted_at FROM bots

-- model: bots insert
INSERT INTO bots (id, user_id, bot_token, token_fingerprint, token_hint, telegram_id, username, bot_name, public_key, webhook_secret, receive_mode, status, desired_status, generation, created_at, last_active, instance_id, worker, started_at, restarts, last_error, error_at, flood_until, update_offset, pending_updates, welcome, commands, settings, menu, deleted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)

-- model: bots update id
UPDATE bots SET id = $1

-- model: bots update user_id
UPDATE bots SET user_id = $1

-- model: bots update bot_token
UPDATE bots SET bot_token = $1

-- model: bots update token_fingerprint
UPDATE bots SET token_fingerprint = $1

-- model: bots update token_hint
UPDATE bots SET token_hint = $1

-- model: bots update telegram_id
UPDATE bots SET telegram_id = $1

-- model: bots update username
UPDATE bots SET username = $1

-- model: bots update bot_name
UPDATE bots SET bot_name = $1

-- model: bots update public_key
UPDATE bots SET public_key = $1

-- model: bots update webhook_secret
UPDATE bots SET webhook_secret = $1

-- model: bots update receive_mode
UPDATE bots SET receive_mode = $1

-- model: bots update status
UPDATE bots SET status = $1

-- model: bots update desired_status
UPDATE bots SET desired_status = $1

-- model: bots update generation
UPDATE bots SET generation = $1

-- model: bots update created_at
UPDATE bots SET created_at = $1

-- model: bots update last_active
UPDATE bots SET last_active = $1

-- model: bots update instance_id
UPDATE bots SET instance_id = $1

-- model: bots update worker
UPDATE bots SET worker = $1

-- model: bots update started_at
UPDATE bots SET started_at = $1

-- model: bots update restarts
UPDATE bots SET restarts = $1

-- model: bots update last_error
UPDATE bots SET last_error = $1

-- model: bots update error_at
UPDATE bots SET error_at = $1

-- model: bots update flood_until
UPDATE bots SET flood_until = $1

-- model: bots update update_offset
UPDATE bots SET update_offset = $1

-- model: bots update pending_updates
UPDATE bots SET pending_updates = $1

-- model: bots update welcome
UPDATE bots SET welcome = $1

-- model: bots update commands
UPDATE bots SET commands = $1

-- model: bots update settings
UPDATE bots SET settings = $1

-- model: bots update menu
UPDATE bots SET menu = $1

-- model: bots update deleted_at
UPDATE bots SET deleted_at = $1

-- model: broadcast_retries read
SELECT broadcast_id, number, started_at, ended_at, sent, blocked, failed, unknown, skipped, failed_again, unknown_again FROM broadcast_retries

-- model: broadcast_retries insert
INSERT INTO broadcast_retries (broadcast_id, number, started_at, ended_at, sent, blocked, failed, unknown, skipped, failed_again, unknown_again) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- model: broadcast_retries update broadcast_id
UPDATE broadcast_retries SET broadcast_id = $1

-- model: broadcast_retries update number
UPDATE broadcast_retries SET number = $1

-- model: broadcast_retries update started_at
UPDATE broadcast_retries SET started_at = $1

-- model: broadcast_retries update ended_at
UPDATE broadcast_retries SET ended_at = $1

-- model: broadcast_retries update sent
UPDATE broadcast_retries SET sent = $1

-- model: broadcast_retries update blocked
UPDATE broadcast_retries SET blocked = $1

-- model: broadcast_retries update failed
UPDATE broadcast_retries SET failed = $1

-- model: broadcast_retries update unknown
UPDATE broadcast_retries SET unknown = $1

-- model: broadcast_retries update skipped
UPDATE broadcast_retries SET skipped = $1

-- model: broadcast_retries update failed_again
UPDATE broadcast_retries SET failed_again = $1

-- model: broadcast_retries update unknown_again
UPDATE broadcast_retries SET unknown_again = $1

-- model: broadcasts read
SELECT id, ad_id, user_id, status, policy, message, targeting, bot_ids, audience, priority, price, currency, created_at, scheduled_for, late_after_s, started_at, resumed_at, resumed_done, completed_at, reason, guarded FROM broadcasts

-- model: broadcasts insert
INSERT INTO broadcasts (id, ad_id, user_id, status, policy, message, targeting, bot_ids, audience, priority, price, currency, created_at, scheduled_for, late_after_s, started_at, resumed_at, resumed_done, completed_at, reason, guarded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)

-- model: broadcasts update id
UPDATE broadcasts SET id = $1

-- model: broadcasts update ad_id
UPDATE broadcasts SET ad_id = $1

-- model: broadcasts update user_id
UPDATE broadcasts SET user_id = $1

-- model: broadcasts update status
UPDATE broadcasts SET status = $1

-- model: broadcasts update policy
UPDATE broadcasts SET policy = $1

-- model: broadcasts update message
UPDATE broadcasts SET message = $1

-- model: broadcasts update targeting
UPDATE broadcasts SET targeting = $1

-- model: broadcasts update bot_ids
UPDATE broadcasts SET bot_ids = $1

-- model: broadcasts update audience
UPDATE broadcasts SET audience = $1

-- model: broadcasts update priority
UPDATE broadcasts SET priority = $1

-- model: broadcasts update price
UPDATE broadcasts SET price = $1

-- model: broadcasts update currency
UPDATE broadcasts SET currency = $1

-- model: broadcasts update created_at
UPDATE broadcasts SET created_at = $1

-- model: broadcasts update scheduled_for
UPDATE broadcasts SET scheduled_for = $1

-- model: broadcasts update late_after_s
UPDATE broadcasts SET late_after_s = $1

-- model: broadcasts update started_at
UPDATE broadcasts SET started_at = $1

-- model: broadcasts update resumed_at
UPDATE broadcasts SET resumed_at = $1

-- model: broadcasts update resumed_done
UPDATE broadcasts SET resumed_done = $1

-- model: broadcasts update completed_at
UPDATE broadcasts SET completed_at = $1

-- model: broadcasts update reason
UPDATE broadcasts SET reason = $1

-- model: broadcasts update guarded
UPDATE broadcasts SET guarded = $1

-- model: click_counters read
SELECT delivery_id, clicks, unique_clicks, machine_clicks FROM click_counters

-- model: click_counters insert
INSERT INTO click_counters (delivery_id, clicks, unique_clicks, machine_clicks) VALUES ($1, $2, $3, $4)

-- model: click_counters update delivery_id
UPDATE click_counters SET delivery_id = $1

-- model: click_counters update clicks
UPDATE click_counters SET clicks = $1

-- model: click_counters update unique_clicks
UPDATE click_counters SET unique_clicks = $1

-- model: click_counters update machine_clicks
UPDATE click_counters SET machine_clicks = $1

-- model: clicks read
SELECT id, at, delivery_id, chat_id, link, kind, user_agent FROM clicks

-- model: clicks insert
INSERT INTO clicks (id, at, delivery_id, chat_id, link, kind, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- model: deliveries read
SELECT id, broadcast_id, bot_id, status, runner, batch, length, claimed, settled, audience, sent, blocked, failed, unknown, skipped, paid, paid_budget, wait_until, wait_reason FROM deliveries

-- model: deliveries insert
INSERT INTO deliveries (id, broadcast_id, bot_id, status, runner, batch, length, claimed, settled, audience, sent, blocked, failed, unknown, skipped, paid, paid_budget, wait_until, wait_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)

-- model: deliveries update id
UPDATE deliveries SET id = $1

-- model: deliveries update broadcast_id
UPDATE deliveries SET broadcast_id = $1

-- model: deliveries update bot_id
UPDATE deliveries SET bot_id = $1

-- model: deliveries update status
UPDATE deliveries SET status = $1

-- model: deliveries update runner
UPDATE deliveries SET runner = $1

-- model: deliveries update batch
UPDATE deliveries SET batch = $1

-- model: deliveries update length
UPDATE deliveries SET length = $1

-- model: deliveries update claimed
UPDATE deliveries SET claimed = $1

-- model: deliveries update settled
UPDATE deliveries SET settled = $1

-- model: deliveries update audience
UPDATE deliveries SET audience = $1

-- model: deliveries update sent
UPDATE deliveries SET sent = $1

-- model: deliveries update blocked
UPDATE deliveries SET blocked = $1

-- model: deliveries update failed
UPDATE deliveries SET failed = $1

-- model: deliveries update unknown
UPDATE deliveries SET unknown = $1

-- model: deliveries update skipped
UPDATE deliveries SET skipped = $1

-- model: deliveries update paid
UPDATE deliveries SET paid = $1

-- model: deliveries update paid_budget
UPDATE deliveries SET paid_budget = $1

-- model: deliveries update wait_until
UPDATE deliveries SET wait_until = $1

-- model: deliveries update wait_reason
UPDATE deliveries SET wait_reason = $1

-- model: delivery_errors read
SELECT broadcast_id, code, description, action, count FROM delivery_errors

-- model: delivery_errors insert
INSERT INTO delivery_errors (broadcast_id, code, description, action, count) VALUES ($1, $2, $3, $4, $5)

-- model: delivery_errors update broadcast_id
UPDATE delivery_errors SET broadcast_id = $1

-- model: delivery_errors update code
UPDATE delivery_errors SET code = $1

-- model: delivery_errors update description
UPDATE delivery_errors SET description = $1

-- model: delivery_errors update action
UPDATE delivery_errors SET action = $1

-- model: delivery_errors update count
UPDATE delivery_errors SET count = $1

-- model: delivery_minutes read
SELECT broadcast_id, at, sent, failed, clicks FROM delivery_minutes

-- model: delivery_minutes insert
INSERT INTO delivery_minutes (broadcast_id, at, sent, failed, clicks) VALUES ($1, $2, $3, $4, $5)

-- model: delivery_minutes update broadcast_id
UPDATE delivery_minutes SET broadcast_id = $1

-- model: delivery_minutes update at
UPDATE delivery_minutes SET at = $1

-- model: delivery_minutes update sent
UPDATE delivery_minutes SET sent = $1

-- model: delivery_minutes update failed
UPDATE delivery_minutes SET failed = $1

-- model: delivery_minutes update clicks
UPDATE delivery_minutes SET clicks = $1

-- model: failed_sign_ins read
SELECT username, network, since, last_at, count, told FROM failed_sign_ins

-- model: failed_sign_ins insert
INSERT INTO failed_sign_ins (username, network, since, last_at, count, told) VALUES ($1, $2, $3, $4, $5, $6)

-- model: failed_sign_ins update username
UPDATE failed_sign_ins SET username = $1

-- model: failed_sign_ins update network
UPDATE failed_sign_ins SET network = $1

-- model: failed_sign_ins update since
UPDATE failed_sign_ins SET since = $1

-- model: failed_sign_ins update last_at
UPDATE failed_sign_ins SET last_at = $1

-- model: failed_sign_ins update count
UPDATE failed_sign_ins SET count = $1

-- model: failed_sign_ins update told
UPDATE failed_sign_ins SET told = $1

-- model: first_clicks read
SELECT delivery_id, chat_id, at FROM first_clicks

-- model: first_clicks insert
INSERT INTO first_clicks (delivery_id, chat_id, at) VALUES ($1, $2, $3)

-- model: idempotency_keys read
SELECT user_id, path, key, body_hash, status, response, created_at FROM idempotency_keys

-- model: idempotency_keys insert
INSERT INTO idempotency_keys (user_id, path, key, body_hash, status, response, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- model: idempotency_keys update user_id
UPDATE idempotency_keys SET user_id = $1

-- model: idempotency_keys update path
UPDATE idempotency_keys SET path = $1

-- model: idempotency_keys update key
UPDATE idempotency_keys SET key = $1

-- model: idempotency_keys update body_hash
UPDATE idempotency_keys SET body_hash = $1

-- model: idempotency_keys update status
UPDATE idempotency_keys SET status = $1

-- model: idempotency_keys update response
UPDATE idempotency_keys SET response = $1

-- model: idempotency_keys update created_at
UPDATE idempotency_keys SET created_at = $1

-- model: logs read
SELECT id, bot_id, log_level, message, timestamp, source, context FROM logs

-- model: logs insert
INSERT INTO logs (id, bot_id, log_level, message, timestamp, source, context) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- model: media_files read
SELECT id, user_id, name, content_type, kind, size, sha256, stored, created_at FROM media_files

-- model: media_files insert
INSERT INTO media_files (id, user_id, name, content_type, kind, size, sha256, stored, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- model: media_files update id
UPDATE media_files SET id = $1

-- model: media_files update user_id
UPDATE media_files SET user_id = $1

-- model: media_files update name
UPDATE media_files SET name = $1

-- model: media_files update content_type
UPDATE media_files SET content_type = $1

-- model: media_files update kind
UPDATE media_files SET kind = $1

-- model: media_files update size
UPDATE media_files SET size = $1

-- model: media_files update sha256
UPDATE media_files SET sha256 = $1

-- model: media_files update stored
UPDATE media_files SET stored = $1

-- model: media_files update created_at
UPDATE media_files SET created_at = $1

-- model: messages read
SELECT id, bot_id, chat_id, message_type, content, sent_at, status, direction, message_id, delivery_id, position, error_code, error FROM messages

-- model: messages insert
INSERT INTO messages (id, bot_id, chat_id, message_type, content, sent_at, status, direction, message_id, delivery_id, position, error_code, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- model: messages update id
UPDATE messages SET id = $1

-- model: messages update bot_id
UPDATE messages SET bot_id = $1

-- model: messages update chat_id
UPDATE messages SET chat_id = $1

-- model: messages update message_type
UPDATE messages SET message_type = $1

-- model: messages update content
UPDATE messages SET content = $1

-- model: messages update sent_at
UPDATE messages SET sent_at = $1

-- model: messages update status
UPDATE messages SET status = $1

-- model: messages update direction
UPDATE messages SET direction = $1

-- model: messages update message_id
UPDATE messages SET message_id = $1

-- model: messages update delivery_id
UPDATE messages SET delivery_id = $1

-- model: messages update position
UPDATE messages SET position = $1

-- model: messages update error_code
UPDATE messages SET error_code = $1

-- model: messages update error
UPDATE messages SET error = $1

-- model: subscribers read
SELECT bot_id, chat_id, type, status, title, username, first_name, language_code, source, joined_at, last_seen_at, status_at, migrated_to, opted_out FROM subscribers

-- model: subscribers insert
INSERT INTO subscribers (bot_id, chat_id, type, status, title, username, first_name, language_code, source, joined_at, last_seen_at, status_at, migrated_to, opted_out) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- model: subscribers update bot_id
UPDATE subscribers SET bot_id = $1

-- model: subscribers update chat_id
UPDATE subscribers SET chat_id = $1

-- model: subscribers update type
UPDATE subscribers SET type = $1

-- model: subscribers update status
UPDATE subscribers SET status = $1

-- model: subscribers update title
UPDATE subscribers SET title = $1

-- model: subscribers update username
UPDATE subscribers SET username = $1

-- model: subscribers update first_name
UPDATE subscribers SET first_name = $1

-- model: subscribers update language_code
UPDATE subscribers SET language_code = $1

-- model: subscribers update source
UPDATE subscribers SET source = $1

-- model: subscribers update joined_at
UPDATE subscribers SET joined_at = $1

-- model: subscribers update last_seen_at
UPDATE subscribers SET last_seen_at = $1

-- model: subscribers update status_at
UPDATE subscribers SET status_at = $1

-- model: subscribers update migrated_to
UPDATE subscribers SET migrated_to = $1

-- model: subscribers update opted_out
UPDATE subscribers SET opted_out = $1

-- model: users read
SELECT id, public_id, username, password_hash, created_at, role, is_active, last_login_at, tokens_valid_from FROM users

-- model: users insert
INSERT INTO users (id, public_id, username, password_hash, created_at, role, is_active, last_login_at, tokens_valid_from) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- model: users update id
UPDATE users SET id = $1

-- model: users update public_id
UPDATE users SET public_id = $1

-- model: users update username
UPDATE users SET username = $1

-- model: users update password_hash
UPDATE users SET password_hash = $1

-- model: users update created_at
UPDATE users SET created_at = $1

-- model: users update role
UPDATE users SET role = $1

-- model: users update is_active
UPDATE users SET is_active = $1

-- model: users update last_login_at
UPDATE users SET last_login_at = $1

-- model: users update tokens_valid_from
UPDATE users SET tokens_valid_from = $1

-- model: webhook_updates read
SELECT bot_id, update_id, body, owes, received_at FROM webhook_updates

-- model: webhook_updates insert
INSERT INTO webhook_updates (bot_id, update_id, body, owes, received_at) VALUES ($1, $2, $3, $4, $5)

-- model: webhook_updates update bot_id
UPDATE webhook_updates SET bot_id = $1

-- model: webhook_updates update update_id
UPDATE webhook_updates SET update_id = $1

-- model: webhook_updates update body
UPDATE webhook_updates SET body = $1

-- model: webhook_updates update owes
UPDATE webhook_updates SET owes = $1

-- model: webhook_updates update received_at
UPDATE webhook_updates SET received_at = $1

-- model: workers read
SELECT id, lock_key, host, pid, started_at, last_seen, bots, deliveries, rss_bytes, job_workers FROM workers

-- model: workers insert
INSERT INTO workers (id, lock_key, host, pid, started_at, last_seen, bots, deliveries, rss_bytes, job_workers) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- model: workers update id
UPDATE workers SET id = $1

-- model: workers update lock_key
UPDATE workers SET lock_key = $1

-- model: workers update host
UPDATE workers SET host = $1

-- model: workers update pid
UPDATE workers SET pid = $1

-- model: workers update started_at
UPDATE workers SET started_at = $1

-- model: workers update last_seen
UPDATE workers SET last_seen = $1

-- model: workers update bots
UPDATE workers SET bots = $1

-- model: workers update deliveries
UPDATE workers SET deliveries = $1

-- model: workers update rss_bytes
UPDATE workers SET rss_bytes = $1

-- model: workers update job_workers
UPDATE workers SET job_workers = $1

-- table advertisements: id, user_id, operator_id, title, content, parse_mode, media_urls, buttons, options, track_clicks, price, currency, status, targeting, created_at, scheduled_for, completed_at, review_note
-- table alembic_version: version_num
-- table analytics: id, bot_id, metric_type, metric_value, timestamp
-- table api_keys: id, user_id, name, prefix, key_hash, role, created_at, last_used_at, expires_at, revoked_at
-- table audience_pages: delivery_id, start, chat_ids
-- table audit_log: id, at, actor_id, actor, ip, action, object_type, object_id, details, previous_hash, hash, key_id
-- table auth_sessions: id, user_id, refresh_jti, created_at, last_used_at, expires_at, revoked_at, ip, user_agent
-- table bot_counters: bot_id, subscribers, blocked, gone, unsubscribed
-- table bot_days_seen: bot_id, day, chats
-- table bot_files: bot_id, media, kind, file_id, created_at
-- table bot_minutes: bot_id, at, messages_in, messages_out, new_subscribers, lost_subscribers, errors, throttled, clicks, latency
-- table bots: id, user_id, bot_token, token_fingerprint, token_hint, telegram_id, username, bot_name, public_key, webhook_secret, receive_mode, status, desired_status, generation, created_at, last_active, instance_id, worker, started_at, restarts, last_error, error_at, flood_until, update_offset, pending_updates, welcome, commands, settings, menu, deleted_at
-- table broadcast_retries: broadcast_id, number, started_at, ended_at, sent, blocked, failed, unknown, skipped, failed_again, unknown_again
-- table broadcasts: id, ad_id, user_id, status, policy, message, targeting, bot_ids, audience, priority, price, currency, created_at, scheduled_for, late_after_s, started_at, resumed_at, resumed_done, completed_at, reason, guarded
-- table click_counters: delivery_id, clicks, unique_clicks, machine_clicks
-- table clicks: id, at, delivery_id, chat_id, link, kind, user_agent
-- table deliveries: id, broadcast_id, bot_id, status, runner, batch, length, claimed, settled, audience, sent, blocked, failed, unknown, skipped, paid, paid_budget, wait_until, wait_reason
-- table delivery_errors: broadcast_id, code, description, action, count
-- table delivery_minutes: broadcast_id, at, sent, failed, clicks
-- table failed_sign_ins: username, network, since, last_at, count, told
-- table first_clicks: delivery_id, chat_id, at
-- table idempotency_keys: user_id, path, key, body_hash, status, response, created_at
-- table logs: id, bot_id, log_level, message, timestamp, source, context
-- table media_files: id, user_id, name, content_type, size, sha256, stored, created_at, kind
-- table messages: id, bot_id, chat_id, message_type, content, sent_at, status, direction, message_id, delivery_id, position, error_code, error
-- table procrastinate_events: id, job_id, type, at
-- table procrastinate_jobs: id, queue_name, task_name, priority, lock, queueing_lock, args, status, scheduled_at, attempts, abort_requested, worker_id
-- table procrastinate_periodic_defers: id, task_name, defer_timestamp, job_id, periodic_id
-- table procrastinate_workers: id, last_heartbeat
-- table subscribers: bot_id, chat_id, type, status, title, username, first_name, language_code, source, joined_at, last_seen_at, status_at, migrated_to, opted_out
-- table users: id, public_id, username, password_hash, created_at, role, is_active, last_login_at, tokens_valid_from
-- table webhook_updates: bot_id, update_id, body, owes, received_at
-- table workers: id, lock_key, host, pid, started_at, last_seen, bots, deliveries, rss_bytes, job_workers
