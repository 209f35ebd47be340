-- Rows of years, out of consecutive numbers and their hashes: two runs give the same ones.

-- replica: no triggers and no foreign keys, as a restore has it; the sums are made below
SET session_replication_role = replica

-- memory: for sorts
SET work_mem = '256MB'

-- pick: an arbitrary whole number from 0 up to but without `most`
CREATE FUNCTION pg_temp.pick(n bigint, salt bigint, most bigint) RETURNS bigint
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS 'SELECT abs(hashint8extended(n, salt) %% most)'

-- ago: the moments of `total` things, evenly over the days until now
CREATE FUNCTION pg_temp.ago(n bigint, total bigint, days bigint) RETURNS timestamptz
STABLE PARALLEL SAFE LANGUAGE sql AS $$
SELECT date_trunc('hour', now()) - (total - n)::float8 / total * days * interval '1 day' $$

-- months: for all of it
SELECT make_partitions(1, %(months)s)

-- bots: the owner has every twentieth bot, the admin the others
INSERT INTO bots (id, user_id, bot_token, token_fingerprint, token_hint, telegram_id, bot_name,
    public_key, status, desired_status, created_at)
SELECT n, CASE WHEN n %% 20 = 0 THEN %(owner)s ELSE %(admin)s END, 'none', n::text::bytea,
       'hint', n, 'Bot ' || n, 'key' || n, 'running', 'running',
       now() - %(days)s * interval '1 day'
FROM generate_series(1, %(bots)s) AS n

-- subscribers: chats of bots; three of ten are people who use a second bot
INSERT INTO subscribers (bot_id, chat_id, status, first_name, username, language_code, source,
    joined_at, last_seen_at, status_at, opted_out)
SELECT 1 + (n + n / (%(people)s * 7 / 10)) %% %(bots)s, 1000000 + n %% (%(people)s * 7 / 10),
       CASE WHEN pg_temp.pick(n, 1, 100) < 85 THEN 'active' WHEN pg_temp.pick(n, 1, 100) < 93 THEN 'blocked'
            WHEN pg_temp.pick(n, 1, 100) < 97 THEN 'unsubscribed' ELSE 'gone' END,
       'Name' || pg_temp.pick(n, 2, 5000), 'user' || n, ('{en,ru,de,uk,es,pt-br,fa,id}'::text[])[1 + pg_temp.pick(n, 3, 8)],
       CASE WHEN pg_temp.pick(n, 4, 3) = 0 THEN 'from' || pg_temp.pick(n, 5, 40) END, joined.at,
       CASE WHEN pg_temp.pick(n, 6, 5) > 0
            THEN joined.at + (now() - joined.at) * pg_temp.pick(n, 7, 1000) / 1000 END,
       CASE WHEN pg_temp.pick(n, 1, 100) < 85 THEN joined.at
            ELSE joined.at + (now() - joined.at) * pg_temp.pick(n, 8, 1000) / 1000 END,
       pg_temp.pick(n, 1, 100) BETWEEN 93 AND 96
FROM generate_series(0, %(people)s - 1) AS n
CROSS JOIN LATERAL (SELECT pg_temp.ago(pg_temp.pick(n, 9, 1000000), 1000000, %(days)s) AS at) AS joined

-- talk: what people wrote, and the replies
INSERT INTO messages (bot_id, chat_id, content, sent_at, status, direction, message_id)
SELECT 1 + pg_temp.pick(n / 2, 10, %(bots)s), 1000000 + pg_temp.pick(n / 2, 11, %(people)s * 7 / 10),
       'Message ' || n, pg_temp.ago(n, %(talk)s, %(days)s),
       CASE WHEN n %% 2 = 0 THEN 'received' ELSE 'sent' END,
       CASE WHEN n %% 2 = 0 THEN 'in' ELSE 'out' END, n
FROM generate_series(0, %(talk)s - 1) AS n

-- ads: one for each broadcast
INSERT INTO advertisements (id, user_id, title, content, status, price, created_at)
SELECT n, CASE WHEN n %% 20 = 0 THEN %(owner)s ELSE %(admin)s END, 'Ad ' || n, 'Buy', 'completed',
       10 + n %% 90, pg_temp.ago(n, %(broadcasts)s, %(days)s)
FROM generate_series(1, %(broadcasts)s) AS n

-- broadcasts: evenly over the days
INSERT INTO broadcasts (id, ad_id, user_id, status, message, audience, price, created_at,
    started_at, completed_at)
SELECT id, id, user_id, 'completed', %(message)s::jsonb, %(ads)s, price, created_at,
       created_at, created_at + interval '20 minutes' FROM advertisements

-- outcomes: what was sent for ads
INSERT INTO messages (bot_id, chat_id, sent_at, status, direction, message_id, delivery_id,
    position, error_code, error)
SELECT 1 + i %% %(bots)s, 1000000 + i, b.started_at + i * interval '20 minutes' / %(ads)s,
       CASE WHEN pg_temp.pick(i, b.id, 100) < 94 THEN 'sent' WHEN pg_temp.pick(i, b.id, 100) < 98 THEN 'blocked'
            ELSE 'failed' END,
       'out', i, b.id * 1000 + 1 + i %% %(bots)s, i / %(bots)s,
       CASE WHEN pg_temp.pick(i, b.id, 100) >= 94 THEN 403 END,
       CASE WHEN pg_temp.pick(i, b.id, 100) >= 94 THEN 'Forbidden: bot was blocked by the user' END
FROM broadcasts b CROSS JOIN generate_series(0, %(ads)s - 1) AS i ORDER BY b.id, i

-- deliveries: from their outcomes
INSERT INTO deliveries (id, broadcast_id, bot_id, status, length, claimed, settled, audience,
    sent, blocked, failed)
SELECT delivery_id, delivery_id / 1000, bot_id, 'done', count(*), count(*), count(*), count(*),
       count(*) FILTER (WHERE status = 'sent'), count(*) FILTER (WHERE status = 'blocked'),
       count(*) FILTER (WHERE status = 'failed')
FROM messages WHERE delivery_id IS NOT NULL GROUP BY delivery_id, bot_id

-- audiences: from the outcomes
INSERT INTO audience_pages (delivery_id, start, chat_ids)
SELECT delivery_id, position / 1000 * 1000, array_agg(chat_id ORDER BY position)
FROM messages WHERE delivery_id IS NOT NULL GROUP BY 1, 2

-- clicks: one of 25 messages, and some crawlers
INSERT INTO clicks (at, delivery_id, chat_id, link, kind, user_agent)
SELECT least(sent_at + pg_temp.pick(id, 13, 7200) * interval '1 second', now()), delivery_id, chat_id, pg_temp.pick(id, 18, 2),
       CASE WHEN pg_temp.pick(id, 14, 10) = 0 THEN 'machine' ELSE 'person' END, 'Firefox'
FROM messages WHERE delivery_id IS NOT NULL AND status = 'sent' AND pg_temp.pick(id, 12, 25) = 0

-- first_clicks: people's first ones
INSERT INTO first_clicks (delivery_id, chat_id, at)
SELECT delivery_id, chat_id, min(at) FROM clicks WHERE kind = 'person' GROUP BY 1, 2

-- click_counters: sums of clicks
INSERT INTO click_counters (delivery_id, clicks, unique_clicks, machine_clicks)
SELECT delivery_id, count(*) FILTER (WHERE kind = 'person'),
       count(DISTINCT chat_id) FILTER (WHERE kind = 'person'),
       count(*) FILTER (WHERE kind = 'machine') FROM clicks GROUP BY 1

-- link_clicks: the same by link
INSERT INTO link_clicks (delivery_id, link, clicks, machine_clicks)
SELECT delivery_id, link, count(*) FILTER (WHERE kind = 'person'),
       count(*) FILTER (WHERE kind = 'machine') FROM clicks GROUP BY 1, 2

-- broadcast_sums: of all deliveries
INSERT INTO broadcast_sums (broadcast_id, audience, sent, blocked, failed, unknown, skipped)
SELECT broadcast_id, sum(audience), sum(sent), sum(blocked), sum(failed), 0, 0
FROM deliveries GROUP BY 1

-- broadcast_clicks: the same
INSERT INTO broadcast_clicks (broadcast_id, clicks, unique_clicks, machine_clicks)
SELECT d.broadcast_id, sum(c.clicks), sum(c.unique_clicks), sum(c.machine_clicks)
FROM click_counters c JOIN deliveries d ON d.id = c.delivery_id GROUP BY 1

-- broadcast_languages: what was sent and clicked by language
INSERT INTO broadcast_languages (broadcast_id, user_id, language, sent, clicks, unique_clicks, machine_clicks)
SELECT d.broadcast_id, b.user_id, coalesce(s.language_code, ''), sum(r.sent), sum(r.clicks), sum(r.first), sum(r.machine)
FROM (
    SELECT delivery_id, chat_id, 1 AS sent, 0 AS clicks, 0 AS first, 0 AS machine
    FROM messages WHERE delivery_id IS NOT NULL AND status = 'sent'
    UNION ALL SELECT delivery_id, chat_id, 0, (kind = 'person')::int, 0, (kind = 'machine')::int FROM clicks
    UNION ALL SELECT delivery_id, chat_id, 0, 0, 1, 0 FROM first_clicks
) AS r
JOIN deliveries d ON d.id = r.delivery_id JOIN bots b ON b.id = d.bot_id
LEFT JOIN subscribers s ON s.bot_id = d.bot_id AND s.chat_id = r.chat_id
GROUP BY 1, 2, 3

-- timeline: outcomes and clicks by minute
INSERT INTO delivery_minutes (broadcast_id, at, sent, failed, clicks)
SELECT delivery_id / 1000, date_trunc('minute', at), sum(sent), sum(failed), sum(clicks)
FROM (
    SELECT delivery_id, sent_at AS at, (status = 'sent')::int AS sent, (status <> 'sent')::int AS failed, 0 AS clicks
    FROM messages WHERE delivery_id IS NOT NULL
    UNION ALL SELECT delivery_id, at, 0, 0, 1 FROM clicks WHERE kind = 'person'
) AS event GROUP BY 1, 2

-- left: those that are not active left once
INSERT INTO status_changes (bot_id, chat_id, at, was, reason)
SELECT bot_id, chat_id, status_at, 'active', CASE status WHEN 'unsubscribed' THEN 'stopped' ELSE status END
FROM subscribers WHERE status <> 'active' ORDER BY status_at

-- left_after_ads: one of a hundred recipients left within the day after an ad, and came back a day later
INSERT INTO status_changes (bot_id, chat_id, at, was, reason)
SELECT m.bot_id, m.chat_id, change.at, change.was, change.reason
FROM messages m
CROSS JOIN LATERAL (SELECT
    m.sent_at + pg_temp.pick(m.id, 20, 86400) * interval '1 second' AS at,
    CASE WHEN pg_temp.pick(m.id, 21, 3) = 0 THEN 'blocked' ELSE 'stopped' END AS reason) AS way
CROSS JOIN LATERAL (VALUES (way.at, 'active', way.reason), (way.at + interval '1 day',
    CASE way.reason WHEN 'blocked' THEN 'blocked' ELSE 'unsubscribed' END, 'returned')) AS change (at, was, reason)
WHERE m.delivery_id IS NOT NULL AND m.status = 'sent' AND pg_temp.pick(m.id, 19, 100) = 0
  AND m.sent_at < now() - interval '3 days'

-- logs: lines of bots and of the platform
INSERT INTO logs (bot_id, log_level, message, timestamp, source)
SELECT CASE WHEN n %% 3 > 0 THEN 1 + pg_temp.pick(n, 15, %(bots)s) END,
       (ARRAY['info', 'info', 'info', 'warning', 'error'])[1 + pg_temp.pick(n, 16, 5)],
       'something_happened ' || md5(n::text), pg_temp.ago(n, %(logs)s, %(days)s),
       (ARRAY['crier.fleet.session', 'crier.broadcast.sender', 'crier.api'])[1 + pg_temp.pick(n, 17, 3)]
FROM generate_series(1, %(logs)s) AS n

-- bot_counters: chats by status
INSERT INTO bot_counters (bot_id, subscribers, blocked, gone, unsubscribed)
SELECT bot_id, count(*) FILTER (WHERE status = 'active'),
       count(*) FILTER (WHERE status = 'blocked'), count(*) FILTER (WHERE status = 'gone'),
       count(*) FILTER (WHERE status = 'unsubscribed') FROM subscribers GROUP BY 1

-- bot_days_seen: subscribers by the day on which they were seen last
INSERT INTO bot_days_seen (bot_id, day, chats)
SELECT bot_id, (last_seen_at AT TIME ZONE 'UTC')::date, count(*) FROM subscribers
WHERE status = 'active' AND last_seen_at IS NOT NULL GROUP BY 1, 2

-- bot_months_seen: the same by month
INSERT INTO bot_months_seen (bot_id, month, chats)
SELECT bot_id, date_trunc('month', day)::date, sum(chats) FROM bot_days_seen GROUP BY 1, 2

-- events: what happened, a row each: the base of all sums by bot and time
CREATE TEMPORARY VIEW events AS
SELECT bot_id, sent_at AS at, (direction = 'in')::int AS messages_in,
       (direction = 'out' AND status = 'sent')::int AS messages_out, 0 AS new_subscribers,
       0 AS lost_subscribers, (status = 'failed')::int AS errors, 0 AS clicks
FROM messages
UNION ALL SELECT bot_id, joined_at, 0, 0, 1, 0, 0, 0 FROM subscribers
UNION ALL SELECT bot_id, at, 0, 0, (was <> 'active')::int, (was = 'active')::int, 0, 0 FROM status_changes
UNION ALL SELECT d.bot_id, c.at, 0, 0, 0, 0, 0, 1
FROM clicks c JOIN deliveries d ON d.id = c.delivery_id WHERE c.kind = 'person'

-- bot_hours: sums of all hours that have ended, in the order in which they are written as time goes by
INSERT INTO bot_hours (bot_id, at, messages_in, messages_out, new_subscribers, lost_subscribers, errors, clicks, latency)
SELECT bot_id, date_trunc('hour', at, 'UTC'), sum(messages_in) AS messages_in, sum(messages_out) AS messages_out,
       sum(new_subscribers) AS new_subscribers, sum(lost_subscribers) AS lost_subscribers,
       sum(errors) AS errors, sum(clicks) AS clicks, ARRAY[0, 1, 2, 3]
FROM events WHERE at < date_trunc('hour', now(), 'UTC') GROUP BY 1, 2 ORDER BY 2, 1

-- bot_minutes: as far back as they are kept, in the same order
INSERT INTO bot_minutes (bot_id, at, messages_in, messages_out, new_subscribers, lost_subscribers, errors, clicks, latency)
SELECT bot_id, date_trunc('minute', at), sum(messages_in) AS messages_in, sum(messages_out) AS messages_out,
       sum(new_subscribers) AS new_subscribers, sum(lost_subscribers) AS lost_subscribers,
       sum(errors) AS errors, sum(clicks) AS clicks, ARRAY[0, 1, 2, 3]
FROM events WHERE at >= date_trunc('day', now() - interval '35 days', 'UTC') GROUP BY 1, 2 ORDER BY 2, 1

-- rollup_state: what is rolled up
INSERT INTO rollup_state (since, until, pruned)
SELECT min(at), date_trunc('hour', now(), 'UTC'),
       date_trunc('day', now() - interval '35 days', 'UTC') FROM bot_hours

-- planner: knows the sizes of what the sums below are made of
ANALYZE messages, status_changes, subscribers, deliveries

-- sequences: go on after the rows
SELECT setval(pg_get_serial_sequence(name, 'id'), 1000000)
FROM unnest(ARRAY['bots', 'advertisements', 'broadcasts', 'deliveries']) AS name

-- performance: the ladder, each step by itself; a third of the bots in an hour, a tenth in a minute
INSERT INTO performance (resolution, kind, name, process, at, writer, count, errors, throttled,
    waited_ms, cpu_ms, peak, latency)
SELECT level.resolution, subject.kind, subject.name, subject.process, at, 0,
       600, 2, pg_temp.pick(n, 41, 9), 100 * pg_temp.pick(n, 42, 50), 900, 200000000,
       CASE WHEN subject.kind IN ('queue', 'process') THEN '{}'
            ELSE ARRAY[0, 0, 1, 4, 9, 30, 60, 90, 80, 70, 60, 50, 40, 30, 20, 20, 10, 10, 5, 4, 3, 2, 1,
                       pg_temp.pick(n, 43, 9) + 1]::bigint[] END
FROM (VALUES ('minute', 'minute', 7, 10), ('hour', 'hour', 100, 3), ('day', 'day', %(days)s, 1),
             ('month', 'month', %(days)s, 1)) AS level (resolution, step, days, share),
     generate_series(
         date_trunc(level.step, now() - least(level.days, %(days)s) * interval '1 day', 'UTC'),
         date_trunc(level.step, now(), 'UTC') - ('1 ' || level.step)::interval,
         ('1 ' || level.step)::interval, 'UTC') WITH ORDINALITY AS span (at, n),
     LATERAL (
         SELECT kind, '', '' FROM unnest('{api,sends,updates,database,cache,queue,process}'::text[]) AS kind
         UNION ALL
         SELECT 'api', 'GET /api/things/' || route, '' FROM generate_series(1, 60) AS route
         UNION ALL
         SELECT kind, '', 'host/worker-' || worker
         FROM unnest('{api,sends,updates,database,process}'::text[]) AS kind, generate_series(1, 16) AS worker
         UNION ALL
         SELECT kind, bot::text, '' FROM unnest('{sends,updates}'::text[]) AS kind, generate_series(1, %(bots)s) AS bot
         WHERE (bot + n) %% level.share = 0
     ) AS subject (kind, name, process)

-- performance_state: all of it is folded
UPDATE performance_state SET until = date_trunc('minute', now(), 'UTC')

-- check_changes: how many chats left a bot, by reason, and came back, from the rows
SELECT count(*) FILTER (WHERE reason = 'returned') AS returned, count(*) FILTER (WHERE reason = 'stopped') AS stopped,
       count(*) FILTER (WHERE reason = 'blocked') AS blocked, count(*) FILTER (WHERE reason = 'gone') AS gone
FROM status_changes WHERE bot_id = %(bot)s AND at >= %(since)s AND at < %(until)s

-- check_losses: who left within a day after an ad, once for each broadcast
SELECT count(*) FILTER (WHERE first.reason = 'stopped') AS stopped,
       count(*) FILTER (WHERE first.reason = 'blocked') AS blocked
FROM messages m
CROSS JOIN LATERAL (
    SELECT reason FROM status_changes s
    WHERE s.bot_id = m.bot_id AND s.chat_id = m.chat_id AND s.was = 'active' AND s.reason IN ('stopped', 'blocked')
      AND s.at >= m.sent_at AND s.at <= m.sent_at + interval '24 hours' ORDER BY s.at, s.id LIMIT 1) AS first
WHERE m.delivery_id / 1000 = %(ad)s AND m.status = 'sent'

-- check_links: clicks of an ad by link
SELECT sum((kind = 'person')::int) AS clicks, sum((kind = 'machine')::int) AS machine_clicks
FROM clicks WHERE delivery_id / 1000 = %(ad)s GROUP BY link ORDER BY 1 DESC

-- check_languages: what was sent for an ad by language, and clicked
SELECT s.language_code AS name, sum(r.sent) AS sent, sum(r.clicks) AS clicks,
       count(DISTINCT (r.delivery_id, r.chat_id)) FILTER (WHERE r.clicks > 0) AS unique_clicks
FROM (
    SELECT bot_id, delivery_id, chat_id, 1 AS sent, 0 AS clicks
    FROM messages WHERE delivery_id / 1000 = %(ad)s AND status = 'sent'
    UNION ALL
    SELECT (delivery_id - 1) %% 1000 + 1, delivery_id, chat_id, 0, 1
    FROM clicks WHERE delivery_id / 1000 = %(ad)s AND kind = 'person'
) AS r
LEFT JOIN subscribers s ON s.bot_id = r.bot_id AND s.chat_id = r.chat_id
GROUP BY 1

-- check_people: how many different people wrote to all bots, or to one owner's
SELECT count(DISTINCT chat_id) AS people FROM messages m
WHERE direction = 'in' AND sent_at >= %(since)s AND sent_at < %(until)s
  AND (%(owner)s::bigint IS NULL OR bot_id IN (SELECT id FROM bots WHERE user_id = %(owner)s))

-- check_subscribed: how many different people are subscribed
SELECT count(DISTINCT chat_id) AS people FROM subscribers
WHERE status = 'active' AND (%(owner)s::bigint IS NULL OR bot_id IN (SELECT id FROM bots WHERE user_id = %(owner)s))
