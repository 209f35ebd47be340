-- stage: where an import puts its ids before they are taken over in one statement
CREATE TEMPORARY TABLE imported_chats (line bigint NOT NULL, chat_id bigint NOT NULL)
ON COMMIT DROP

-- copy: the ids, as fast as they are read
COPY imported_chats (line, chat_id) FROM STDIN

-- take_over: make the ids active subscribers; says how many were none before
-- Who said /stop or has blocked the bot stays as they are (docs/decisions/0007-imports.md), and so
-- does a group that goes on under another id. One statement in order of id, so that locks are taken
-- in the order that everybody keeps.
WITH taken AS (
    INSERT INTO subscribers AS s (bot_id, chat_id, type, status)
    SELECT DISTINCT %(bot_id)s::bigint, chat_id,
           CASE WHEN chat_id > 0 THEN 'private'
                WHEN chat_id > -1000000000000 THEN 'group' ELSE 'supergroup' END, 'active'
    FROM imported_chats ORDER BY chat_id
    ON CONFLICT (bot_id, chat_id) DO UPDATE
        SET status = 'active', status_at = now(), opted_out = false
        WHERE s.status IN ('unsubscribed', 'gone') AND s.opted_out IS NOT TRUE
          AND s.migrated_to IS NULL
    RETURNING 1
)
SELECT count(*) FROM taken

-- would_take_over: how many `take_over` would make active
SELECT count(DISTINCT i.chat_id)
FROM imported_chats i
LEFT JOIN subscribers s ON s.bot_id = %(bot_id)s AND s.chat_id = i.chat_id
WHERE s.chat_id IS NULL OR (s.status IN ('unsubscribed', 'gone') AND s.opted_out IS NOT TRUE
      AND s.migrated_to IS NULL)

-- refused: the lines that name somebody who was left as they are, why, and how many these are
SELECT i.line, CASE WHEN s.migrated_to IS NOT NULL THEN 'is now the supergroup ' || s.migrated_to
       WHEN s.opted_out THEN 'said /stop to the bot: only their /start brings them back'
       ELSE 'has blocked the bot: comes back by unblocking it' END, count(*) OVER ()
FROM imported_chats i JOIN subscribers s ON s.bot_id = %(bot_id)s AND s.chat_id = i.chat_id
WHERE s.status <> 'active' AND (s.status NOT IN ('unsubscribed', 'gone')
      OR s.opted_out OR s.migrated_to IS NOT NULL)
ORDER BY i.line LIMIT %(limit)s
