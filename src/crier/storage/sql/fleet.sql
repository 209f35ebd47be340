-- lock: what the state machine knows of a bot, locked until the transaction ends
SELECT status, desired_status, instance_id, generation FROM bots
WHERE id = %(bot_id)s AND deleted_at IS NULL
FOR NO KEY UPDATE

-- change_state: the next state of a bot, and its row in the bot's log where the status changes
WITH changed AS (
    UPDATE bots SET
        status = %(status)s::text,
        instance_id = %(instance_id)s::uuid,
        worker = CASE WHEN %(instance_id)s::uuid IS NULL THEN NULL ELSE %(worker)s::text END,
        started_at = CASE WHEN %(status)s::text = 'running' THEN coalesce(started_at, now()) END,
        restarts = restarts + %(restarts)s,
        last_error = CASE WHEN %(status)s::text IN ('running', 'stopped') THEN NULL
            ELSE coalesce(%(error)s::text, last_error) END,
        error_at = CASE WHEN %(status)s::text = 'error' THEN now()
            WHEN %(status)s::text IN ('running', 'stopped') THEN NULL ELSE error_at END,
        pending_updates = CASE WHEN %(status)s::text = 'running' THEN pending_updates ELSE 0 END
    WHERE id = %(bot_id)s
    RETURNING id
)
INSERT INTO logs (bot_id, log_level, message, source, context)
SELECT id, %(level)s::text, %(message)s::text, 'fleet', %(context)s::jsonb FROM changed
WHERE %(message)s::text IS NOT NULL

-- release: leave bots to any worker; those that are to stop are stopped; in order of id
WITH ours AS MATERIALIZED (
    SELECT b.id, b.status AS before FROM bots b
    JOIN unnest(%(ids)s::bigint[], %(instances)s::uuid[]) AS t (id, instance_id)
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
    SELECT id, 'info', %(message)s::text, 'fleet', jsonb_build_object('from', before, 'to', status)
    FROM changed WHERE status <> before
)
SELECT id, status FROM changed

-- bot: everything that a session needs to know of its bot
SELECT id, bot_token, username, public_key, webhook_secret, receive_mode, status, desired_status,
       generation, instance_id, update_offset, pending_updates, welcome, commands, settings, menu, last_error,
       flood_until, last_active,
       EXISTS (SELECT FROM webhook_updates w WHERE w.bot_id = bots.id) AS had_webhook
FROM bots WHERE id = %(bot_id)s AND deleted_at IS NULL

-- watch: what may have changed of the bots that run here; one index probe for each
SELECT id, generation, desired_status, instance_id,
       EXISTS (SELECT FROM webhook_updates w WHERE w.bot_id = bots.id AND w.body IS NOT NULL) AS waiting
FROM bots WHERE id = ANY(%(ids)s::bigint[]) AND deleted_at IS NULL

-- trouble: what goes wrong with a bot, or NULL when all is well; and its row in the bot's log
WITH changed AS (
    UPDATE bots SET last_error = %(error)s
    WHERE id = %(bot_id)s AND instance_id = %(instance_id)s
    RETURNING id
)
INSERT INTO logs (bot_id, log_level, message, source)
SELECT id, %(level)s::text, %(message)s::text, 'fleet' FROM changed

-- log: rows of bots' logs
INSERT INTO logs (bot_id, log_level, message, source)
SELECT t.bot_id, t.level, t.message, 'fleet'
FROM unnest(%(bots)s::bigint[], %(levels)s::text[], %(messages)s::text[]) AS t (bot_id, level, message)

-- menu: what Telegram was told as the bot's command menu
UPDATE bots SET menu = %(menu)s WHERE id = %(bot_id)s AND instance_id = %(instance_id)s

-- username: the bot's name as getMe told it
UPDATE bots SET username = %(username)s WHERE id = %(bot_id)s AND instance_id = %(instance_id)s

-- pending_updates: how many updates wait for the bot at Telegram
UPDATE bots SET pending_updates = %(pending)s::integer
WHERE id = %(bot_id)s AND instance_id = %(instance_id)s AND pending_updates <> %(pending)s::integer

-- flood_wait: Telegram's retry_after, for every process that sends with this token
UPDATE bots SET flood_until = greatest(flood_until, now() + make_interval(secs => %(seconds)s))
WHERE id = %(bot_id)s

-- keep_polled: put polled updates beside those that the webhook brought; the primary key lets each in once
-- For bots that were in webhook mode lately: a call of Telegram may still be on its way through
-- the API when the same update is polled. One row comes back if the bot is still ours.
WITH ours AS (
    UPDATE bots SET update_offset = %(offset)s, last_active = now()
    WHERE id = %(bot_id)s AND instance_id = %(instance_id)s
    RETURNING id
), kept AS (
    INSERT INTO webhook_updates (bot_id, update_id, body)
    SELECT ours.id, t.update_id, t.body
    FROM ours, unnest(%(ids)s::bigint[], %(bodies)s::bytea[]) AS t (update_id, body)
    ORDER BY t.update_id
    ON CONFLICT (bot_id, update_id) DO NOTHING
)
SELECT id FROM ours

-- waiting: updates in the inbox that no session has recorded yet
SELECT update_id, body FROM webhook_updates
WHERE bot_id = %(bot_id)s AND body IS NOT NULL AND owes IS NULL
ORDER BY update_id LIMIT %(limit)s

-- claim_unfinished: take over what an earlier run recorded and could not finish, and clear its rows
WITH due AS (
    SELECT update_id, body, owes, received_at FROM webhook_updates
    WHERE bot_id = %(bot_id)s AND body IS NOT NULL AND owes IS NOT NULL
      AND EXISTS (SELECT FROM bots WHERE id = %(bot_id)s AND instance_id = %(instance_id)s)
    ORDER BY update_id LIMIT %(limit)s
    FOR UPDATE
), cleared AS (
    UPDATE webhook_updates w SET body = NULL, owes = NULL
    FROM due WHERE w.bot_id = %(bot_id)s AND w.update_id = due.update_id
)
SELECT update_id, body, owes, received_at < now() - interval '1 hour' AS stale FROM due

-- leave_unfinished: recorded updates that a run could not finish; `owes` says what is left to do
INSERT INTO webhook_updates AS w (bot_id, update_id, body, owes)
SELECT b.id, t.update_id, t.body, t.owes
FROM bots b, unnest(%(ids)s::bigint[], %(bodies)s::bytea[], %(owes)s::text[]) AS t (update_id, body, owes)
WHERE b.id = %(bot_id)s AND b.instance_id = %(instance_id)s
ON CONFLICT (bot_id, update_id) DO UPDATE SET body = excluded.body, owes = excluded.owes

-- fence: move the offsets of the bots that are still ours, locked in order of id
-- A row is missing where another session has the bot; the transaction's id tells, should the
-- connection break at COMMIT, whether it was committed.
WITH batch AS (
    SELECT t.id, t.instance_id, t.new_offset, t.active
    FROM unnest(%(bots)s::bigint[], %(instances)s::uuid[], %(offsets)s::bigint[], %(active)s::boolean[])
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

-- handled: webhook updates whose effects this transaction records
UPDATE webhook_updates w SET body = NULL, owes = NULL
FROM unnest(%(bots)s::bigint[], %(ids)s::bigint[]) AS t (bot_id, update_id)
WHERE w.bot_id = t.bot_id AND w.update_id = t.update_id

-- chats_known: what updates say about chats that have a row, locked in order of (bot_id, chat_id)
-- opted_out decides what a chat goes back to when it can be reached again: to active where it is
-- false, and the row does not say unsubscribed. A chat without news keeps its status.
WITH said AS (
    SELECT * FROM unnest(
        %(bot_ids)s::bigint[], %(chat_ids)s::bigint[], %(types)s::text[], %(titles)s::text[],
        %(usernames)s::text[], %(first_names)s::text[], %(languages)s::text[], %(sources)s::text[],
        %(opted_out)s::boolean[], %(reaches)s::text[], %(seen)s::boolean[])
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

-- chats_new: chats that have no row yet; one that never said /start is unsubscribed
INSERT INTO subscribers (bot_id, chat_id, type, status, title, username, first_name, language_code,
    source, last_seen_at, opted_out)
SELECT t.bot_id, t.chat_id, t.type,
       CASE WHEN t.reach IN ('blocked', 'gone') THEN t.reach
            WHEN coalesce(t.opted_out, true) THEN 'unsubscribed' ELSE 'active' END,
       t.title, t.username, t.first_name, t.language_code, t.source,
       CASE WHEN t.seen THEN now() END, t.opted_out
FROM unnest(
    %(bot_ids)s::bigint[], %(chat_ids)s::bigint[], %(types)s::text[], %(titles)s::text[],
    %(usernames)s::text[], %(first_names)s::text[], %(languages)s::text[], %(sources)s::text[],
    %(opted_out)s::boolean[], %(reaches)s::text[], %(seen)s::boolean[])
    AS t (bot_id, chat_id, type, title, username, first_name, language_code, source, opted_out,
          reach, seen)
ORDER BY t.bot_id, t.chat_id
ON CONFLICT (bot_id, chat_id) DO NOTHING

-- move: a group has become a supergroup; the new chat takes over what the old one was
WITH moved AS (
    SELECT s.* , t.new_id FROM unnest(%(bot_ids)s::bigint[], %(old)s::bigint[], %(new)s::bigint[])
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

-- minutes: add to what bots did in this minute, in order of bot_id
INSERT INTO bot_minutes AS m (bot_id, at, messages_in, messages_out, errors, throttled, latency)
SELECT t.bot_id, date_trunc('minute', now()), t.messages_in, t.messages_out, t.errors, t.throttled,
       t.latency::integer[]
FROM unnest(%(bot_ids)s::bigint[], %(messages_in)s::integer[], %(messages_out)s::integer[],
            %(errors)s::integer[], %(throttled)s::integer[], %(latency)s::text[])
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

-- messages: what came in and went out
COPY messages (bot_id, chat_id, message_type, content, sent_at, status, direction, message_id,
    error_code, error) FROM STDIN

-- committed: whether a transaction whose COMMIT was not answered took effect
SELECT pg_xact_status(%(transaction)s::text::xid8)

-- ask_erasure: a person asks for everything to be erased that the bots of this bot's owner keep
INSERT INTO privacy_requests (kind, user_id, subject, requested_by)
SELECT 'person', user_id, %(subject)s, %(requested_by)s FROM bots
WHERE id = %(bot_id)s AND instance_id = %(instance_id)s
RETURNING user_id, requested_at
