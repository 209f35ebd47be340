-- stage: where an import puts its ids before they are taken over in one statement
CREATE TEMPORARY TABLE imported_chats (chat_id bigint NOT NULL) ON COMMIT DROP

-- copy: the ids, as fast as they are read
COPY imported_chats (chat_id) FROM STDIN

-- take_over: make the ids active subscribers; says how many were none before
-- One statement in order of id, so that locks are taken in the order that everybody keeps.
WITH taken AS (
    INSERT INTO subscribers AS s (bot_id, chat_id, type, status)
    SELECT DISTINCT %(bot_id)s::bigint, chat_id,
           CASE WHEN chat_id > 0 THEN 'private'
                WHEN chat_id > -1000000000000 THEN 'group' ELSE 'supergroup' END, 'active'
    FROM imported_chats ORDER BY chat_id
    ON CONFLICT (bot_id, chat_id) DO UPDATE
        SET status = 'active', status_at = now(), opted_out = false
        WHERE s.status <> 'active'
    RETURNING 1
)
SELECT count(*) FROM taken
