-- subscribers: the chat as each bot knows it
SELECT to_jsonb(t) FROM (
    SELECT b.bot_name, s.* FROM subscribers s JOIN bots b ON b.id = s.bot_id
    WHERE s.chat_id = %(chat_id)s AND s.bot_id = ANY(%(bots)s::bigint[]) ORDER BY s.bot_id) AS t

-- messages: what the chat wrote and got; of an ad the text that everybody got
SELECT to_jsonb(t) FROM (
    SELECT m.*, a.message ->> 'text' AS ad_text
    FROM messages m
    LEFT JOIN deliveries d ON d.id = m.delivery_id
    LEFT JOIN broadcasts a ON a.id = d.broadcast_id
    WHERE m.chat_id = %(chat_id)s AND m.bot_id = ANY(%(bots)s::bigint[]) ORDER BY m.bot_id, m.id) AS t

-- clicks: on which links of which ads, when, and with what
SELECT to_jsonb(t) FROM (
    SELECT d.bot_id, d.broadcast_id, c.*, a.message -> 'links' ->> c.link AS url
    FROM clicks c
    JOIN deliveries d ON d.id = c.delivery_id JOIN broadcasts a ON a.id = d.broadcast_id
    WHERE c.chat_id = %(chat_id)s AND d.bot_id = ANY(%(bots)s::bigint[]) ORDER BY c.id) AS t

-- first_clicks: when the chat clicked on an ad first
SELECT to_jsonb(t) FROM (
    SELECT d.bot_id, d.broadcast_id, f.*
    FROM deliveries d JOIN first_clicks f ON f.delivery_id = d.id
    WHERE f.chat_id = %(chat_id)s AND d.bot_id = ANY(%(bots)s::bigint[]) ORDER BY f.delivery_id) AS t

-- audience_pages: in the audience of which broadcasts the chat is
SELECT to_jsonb(t) FROM (
    SELECT d.bot_id, d.broadcast_id, d.id AS delivery_id,
           p.start + array_position(p.chat_ids, %(chat_id)s::bigint) - 1 AS position
    FROM deliveries d JOIN audience_pages p ON p.delivery_id = d.id
    WHERE d.bot_id = ANY(%(bots)s::bigint[]) AND %(chat_id)s::bigint = ANY(p.chat_ids)
    ORDER BY d.id, p.start) AS t

-- status_changes: when the chat left each bot and came back, and why
SELECT to_jsonb(t) FROM (
    SELECT c.* FROM status_changes c
    WHERE c.chat_id = %(chat_id)s AND c.bot_id = ANY(%(bots)s::bigint[]) ORDER BY c.id) AS t
