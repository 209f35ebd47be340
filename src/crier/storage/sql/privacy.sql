-- due: the request that is to be worked on next, locked; people before bots, whose rows take long
SELECT id, kind, user_id, bot_id, subject, salt, requested_at, requested_by, step
FROM privacy_requests
WHERE done_at IS NULL AND due_at <= now()
ORDER BY kind = 'bot', due_at, id LIMIT 1
FOR UPDATE SKIP LOCKED

-- note: how far a request is, and when it is due again
UPDATE privacy_requests
SET step = %(step)s, rows = rows + %(rows)s, due_at = now() + make_interval(secs => %(again_s)s)
WHERE id = %(id)s

-- finish: nobody can tell from here on which person a number stands for
UPDATE privacy_requests
SET step = NULL, rows = rows + %(rows)s, salt = NULL, done_at = now()
WHERE id = %(id)s

-- erased_chats: the sealed ids of people who were erased from this bot
SELECT r.subject FROM privacy_requests r
WHERE r.kind = 'person'
  AND (r.user_id IS NULL OR r.user_id = (SELECT user_id FROM bots WHERE id = %(bot_id)s))

-- known_chats: which of these chats a bot has a row of
SELECT chat_id FROM subscribers WHERE bot_id = %(bot_id)s AND chat_id = ANY(%(chat_ids)s::bigint[])

-- stop: from this moment on the person gets nothing more; a later /start is another subscription
UPDATE subscribers SET
    status = CASE WHEN status = 'active' THEN 'unsubscribed' ELSE status END,
    status_at = CASE WHEN status = 'active' THEN now() ELSE status_at END,
    opted_out = true
WHERE chat_id = %(chat_id)s AND joined_at <= %(asked_at)s AND bot_id IN (
    SELECT id FROM bots WHERE %(user_id)s::bigint IS NULL OR user_id = %(user_id)s)

-- unlink: the chat of a person who is erased from the platform's bot is linked to no account
DELETE FROM linked_chats l USING workspace w, bots b
WHERE l.chat_id = %(chat_id)s AND l.linked_at <= %(asked_at)s AND b.id = w.platform_bot_id
  AND (%(user_id)s::bigint IS NULL OR b.user_id = %(user_id)s)

-- bots_of: the bots that hold something about a chat, in order
SELECT b.id FROM bots b
WHERE (%(user_id)s::bigint IS NULL OR b.user_id = %(user_id)s) AND (
    EXISTS (SELECT FROM subscribers s WHERE s.bot_id = b.id AND s.chat_id = %(chat_id)s)
    OR EXISTS (SELECT FROM messages m WHERE m.bot_id = b.id AND m.chat_id = %(chat_id)s)
    OR b.id IN (SELECT d.bot_id FROM clicks c JOIN deliveries d ON d.id = c.delivery_id
                WHERE c.chat_id = %(chat_id)s))
ORDER BY b.id

-- person_messages: texts and ids of what the person wrote and got; the rows stay, for they are counted
UPDATE messages m SET chat_id = t.stand_in, content = NULL, message_id = NULL
FROM unnest(%(bots)s::bigint[], %(stand_ins)s::bigint[]) AS t (bot_id, stand_in)
WHERE m.bot_id = t.bot_id AND m.chat_id = %(chat_id)s AND m.sent_at <= %(until)s

-- person_clicks: clicks of the person, and with what
UPDATE clicks c SET chat_id = t.stand_in, user_agent = NULL
FROM deliveries d JOIN unnest(%(bots)s::bigint[], %(stand_ins)s::bigint[]) AS t (bot_id, stand_in)
    ON t.bot_id = d.bot_id
WHERE c.chat_id = %(chat_id)s AND c.delivery_id = d.id AND c.at <= %(until)s

-- person_first_clicks: what was counted once
UPDATE first_clicks f SET chat_id = t.stand_in
FROM deliveries d JOIN unnest(%(bots)s::bigint[], %(stand_ins)s::bigint[]) AS t (bot_id, stand_in)
    ON t.bot_id = d.bot_id
WHERE f.delivery_id = d.id AND f.chat_id = %(chat_id)s AND f.at <= %(until)s

-- person_status_changes: when the person left, and came back
UPDATE status_changes c SET chat_id = t.stand_in
FROM unnest(%(bots)s::bigint[], %(stand_ins)s::bigint[]) AS t (bot_id, stand_in)
WHERE c.bot_id = t.bot_id AND c.chat_id = %(chat_id)s AND (c.at <= %(until)s OR NOT EXISTS (
    SELECT FROM subscribers s  -- the erasure itself writes a row, after a restore much later
    WHERE s.bot_id = c.bot_id AND s.chat_id = c.chat_id AND s.joined_at > %(asked_at)s))

-- person_audiences: the places in the audiences of broadcasts that had begun
UPDATE audience_pages p SET chat_ids = array_replace(p.chat_ids, %(chat_id)s::bigint, t.stand_in)
FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
JOIN unnest(%(bots)s::bigint[], %(stand_ins)s::bigint[]) AS t (bot_id, stand_in)
    ON t.bot_id = d.bot_id
WHERE p.delivery_id = d.id AND b.started_at <= %(until)s AND %(chat_id)s::bigint = ANY(p.chat_ids)

-- waiting_updates: updates that no session has handled yet, of these bots
SELECT w.bot_id, w.update_id, w.body FROM webhook_updates w JOIN bots b ON b.id = w.bot_id
WHERE w.body IS NOT NULL AND w.received_at <= %(until)s
  AND (%(user_id)s::bigint IS NULL OR b.user_id = %(user_id)s)
ORDER BY w.bot_id, w.update_id

-- person_updates: updates of a person, which are then as good as handled
UPDATE webhook_updates w SET body = NULL, owes = NULL
FROM unnest(%(bots)s::bigint[], %(ids)s::bigint[]) AS t (bot_id, update_id)
WHERE w.bot_id = t.bot_id AND w.update_id = t.update_id

-- person_subscriptions: last, for it shows where there is something left to erase. A source that
-- fewer than five others came by could be a personal link
UPDATE subscribers s SET
    chat_id = t.stand_in, title = NULL, username = NULL, first_name = NULL, migrated_to = NULL,
    source = CASE WHEN 5 = (
        SELECT count(*) FROM (
            SELECT FROM subscribers o
            WHERE o.bot_id = s.bot_id AND o.source = s.source AND o.chat_id <> s.chat_id LIMIT 5
        ) AS others) THEN s.source END,
    joined_at = date_trunc('hour', s.joined_at, 'UTC'),
    last_seen_at = date_trunc('hour', s.last_seen_at, 'UTC'),
    status_at = date_trunc('hour', s.status_at, 'UTC')
FROM unnest(%(bots)s::bigint[], %(stand_ins)s::bigint[]) AS t (bot_id, stand_in)
WHERE s.bot_id = t.bot_id AND s.chat_id = %(chat_id)s AND s.joined_at <= %(asked_at)s

-- person_moves: groups that have become this supergroup
UPDATE subscribers s SET migrated_to = NULL
WHERE %(chat_id)s::bigint < 0 AND s.bot_id = ANY(%(bots)s::bigint[]) AND s.migrated_to = %(chat_id)s
  AND NOT EXISTS (
      SELECT FROM subscribers n WHERE n.bot_id = s.bot_id AND n.chat_id = %(chat_id)s)

-- person_exports: files that may name the person are over with it
UPDATE exports SET expires_at = now()
WHERE status = 'finished' AND expires_at > now() AND created_at <= %(until)s
  AND dataset IN ('recipients', 'messages', 'clicks', 'subscribers')
  AND (%(user_id)s::bigint IS NULL OR coalesce(organisation_id, user_id) = %(user_id)s
       OR role IN ('admin', 'viewer'))

-- deleted_bot: whether the bot of a request, deleted for certain, still has an open delivery
SELECT EXISTS (SELECT FROM deliveries d WHERE d.bot_id = b.id AND d.status = 'pending')
FROM bots b JOIN privacy_requests r ON r.bot_id = b.id AND r.bot_key = b.public_key
WHERE r.id = %(id)s AND b.deleted_at IS NOT NULL

-- bot_updates: what waits in a deleted bot's inbox
DELETE FROM webhook_updates WHERE (bot_id, update_id) IN (
    SELECT bot_id, update_id FROM webhook_updates WHERE bot_id = %(bot_id)s LIMIT %(limit)s)

-- bot_files: what Telegram calls the files that a deleted bot has uploaded
DELETE FROM bot_files WHERE bot_id = %(bot_id)s

-- bot_subscribers: the chats of a deleted bot; its counters stay
DELETE FROM subscribers WHERE (bot_id, chat_id) IN (
    SELECT bot_id, chat_id FROM subscribers WHERE bot_id = %(bot_id)s LIMIT %(limit)s)

-- bot_audiences: the audiences of a deleted bot; the counters of its deliveries stay
DELETE FROM audience_pages WHERE (delivery_id, start) IN (
    SELECT p.delivery_id, p.start FROM deliveries d JOIN audience_pages p ON p.delivery_id = d.id
    WHERE d.bot_id = %(bot_id)s LIMIT greatest(%(limit)s / 100, 1))

-- bot_clicks: clicks on ads of a deleted bot; their counters stay
DELETE FROM clicks WHERE (id, at) IN (
    SELECT c.id, c.at FROM deliveries d JOIN clicks c ON c.delivery_id = d.id
    WHERE d.bot_id = %(bot_id)s LIMIT %(limit)s)

-- bot_first_clicks: the unique ones among them
DELETE FROM first_clicks WHERE (delivery_id, chat_id) IN (
    SELECT f.delivery_id, f.chat_id FROM deliveries d JOIN first_clicks f ON f.delivery_id = d.id
    WHERE d.bot_id = %(bot_id)s LIMIT %(limit)s)

-- bot_status_changes: when chats left a deleted bot and came back; the sums stay
DELETE FROM status_changes WHERE id IN (
    SELECT id FROM status_changes WHERE bot_id = %(bot_id)s LIMIT %(limit)s)

-- bot_messages: what a deleted bot got and sent
DELETE FROM messages WHERE (id, sent_at) IN (
    SELECT id, sent_at FROM messages WHERE bot_id = %(bot_id)s LIMIT %(limit)s)

-- deletion: what of these bots would go; counted up to a million of each
SELECT
    (SELECT count(*) FROM (
        SELECT FROM subscribers WHERE bot_id = ANY(%(bots)s::bigint[]) LIMIT 1000000) AS t) AS chats,
    (SELECT count(*) FROM (
        SELECT FROM messages WHERE bot_id = ANY(%(bots)s::bigint[]) LIMIT 1000000) AS t) AS messages,
    (SELECT count(*) FROM (
        SELECT FROM deliveries d JOIN clicks c ON c.delivery_id = d.id
        WHERE d.bot_id = ANY(%(bots)s::bigint[]) LIMIT 1000000) AS t) AS clicks,
    (SELECT coalesce(sum(audience - sent - blocked - failed - unknown - skipped), 0)::bigint
     FROM deliveries WHERE bot_id = ANY(%(bots)s::bigint[]) AND status = 'pending')
        AS pending_recipients,
    (SELECT count(*) FROM broadcasts b
     WHERE b.status = 'scheduled' AND b.bot_ids && %(bots)s::bigint[] AND NOT EXISTS (
        SELECT FROM bots o WHERE o.id = ANY(b.bot_ids) AND o.id <> ALL(%(bots)s::bigint[])
            AND o.deleted_at IS NULL)) AS schedules,
    (SELECT count(DISTINCT broadcast_id) FROM deliveries
     WHERE bot_id = ANY(%(bots)s::bigint[])) AS broadcasts,
    (SELECT coalesce(sum(sent), 0)::bigint FROM deliveries
     WHERE bot_id = ANY(%(bots)s::bigint[])) AS sent,
    (SELECT coalesce(sum(c.clicks), 0)::bigint FROM deliveries d
     JOIN click_counters c ON c.delivery_id = d.id
     WHERE d.bot_id = ANY(%(bots)s::bigint[])) AS counted_clicks

-- ads_of: of the ads of owners, those that were never launched, and the others
SELECT count(*) FILTER (WHERE b.id IS NULL), count(*) FILTER (WHERE b.id IS NOT NULL)
FROM advertisements a
LEFT JOIN LATERAL (SELECT id FROM broadcasts WHERE ad_id = a.id LIMIT 1) AS b ON true
WHERE a.user_id = ANY(%(owners)s::bigint[])

-- drafts: ads of owners that were never launched
DELETE FROM advertisements a
WHERE a.user_id = ANY(%(owners)s::bigint[]) AND NOT EXISTS (SELECT FROM broadcasts b WHERE b.ad_id = a.id)
