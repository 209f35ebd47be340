-- walked: until when texts are forgotten already
SELECT until FROM retention_state WHERE what = 'texts'

-- page: the last id of the next messages between two moments
SELECT max(id) FROM (
    SELECT id FROM messages
    WHERE id > %(after)s AND sent_at >= %(since)s AND sent_at < %(before)s
    ORDER BY id LIMIT %(limit)s) AS page

-- texts: what was written in these messages; that there was a message stays
UPDATE messages SET content = NULL
WHERE id > %(after)s AND id <= %(last)s AND sent_at >= %(since)s AND sent_at < %(before)s
  AND content IS NOT NULL

-- remember: the texts until a moment are forgotten
INSERT INTO retention_state (what, until) VALUES ('texts', %(until)s)
ON CONFLICT (what) DO UPDATE SET until = excluded.until

-- updates: what waits for bots that were stopped for longer than texts are kept
DELETE FROM webhook_updates WHERE body IS NOT NULL AND received_at < %(before)s

-- first_clicks: the first clicks of chats, of as long ago as the clicks that are dropped
DELETE FROM first_clicks WHERE (delivery_id, chat_id) IN (
    SELECT delivery_id, chat_id FROM first_clicks WHERE at < %(before)s LIMIT %(limit)s)

-- status_changes: when chats left, of as long ago; the sums by hour stay
DELETE FROM status_changes WHERE id IN (
    SELECT id FROM status_changes WHERE at < %(before)s LIMIT %(limit)s)

-- audiences: of broadcasts that ended before the messages that are dropped
DELETE FROM audience_pages WHERE (delivery_id, start) IN (
    SELECT p.delivery_id, p.start
    FROM broadcasts b JOIN deliveries d ON d.broadcast_id = b.id
    JOIN audience_pages p ON p.delivery_id = d.id
    WHERE b.completed_at < %(before)s AND b.status IN ('completed', 'cancelled', 'failed')
      AND d.status <> 'pending'
    LIMIT %(limit)s)

-- error_groups: kinds of errors that were last seen as long ago as the logs that are dropped
DELETE FROM error_groups WHERE id IN (
    SELECT id FROM error_groups WHERE last_seen < %(before)s LIMIT %(limit)s)
