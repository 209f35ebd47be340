-- recipients: a page of a broadcast's recipients after (bot, position), of bots of one owner (of
-- everybody's where none is named): those with an outcome have a row of messages; those beyond
-- `settled` without one are pending, or were cut off by a cancel. The deliveries are walked in order
-- of the index (broadcast_id, bot_id) and the LIMIT stops the walk: each costs a few index probes,
-- and a page of its audience where it is not settled.
SELECT r.position, d.bot_id, r.chat_id, r.status, r.sent_at, r.message_id,
       r.error_code, r.error, f.at AS clicked_at
FROM deliveries d
CROSS JOIN LATERAL (
    SELECT CASE WHEN d.bot_id = %(after_bot)s THEN %(after_position)s::bigint ELSE -1 END + 1 AS low
) AS at
CROSS JOIN LATERAL (
    (
        SELECT m.position, m.chat_id, m.status, m.sent_at, m.message_id, m.error_code, m.error
        FROM messages m
        WHERE m.delivery_id = d.id AND m.position >= at.low AND /*settled*/
        ORDER BY m.position LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT p.start + o.i - 1, o.chat_id,
               CASE d.status WHEN 'cancelled' THEN 'skipped' ELSE 'pending' END,
               NULL::timestamptz, NULL::bigint, NULL::integer, NULL::text
        FROM audience_pages p
        CROSS JOIN LATERAL unnest(p.chat_ids) WITH ORDINALITY AS o (chat_id, i)
        WHERE p.delivery_id = d.id AND p.start > greatest(d.settled, at.low) - 1000
          AND p.start + o.i - 1 >= greatest(d.settled, at.low) AND /*beyond*/
          AND (p.start + o.i - 1 >= d.claimed OR NOT EXISTS (
              SELECT FROM messages m
              WHERE m.delivery_id = d.id AND m.position = p.start + o.i - 1))
        ORDER BY p.start, o.i LIMIT %(limit)s
    )
    ORDER BY position LIMIT %(limit)s
) AS r
LEFT JOIN first_clicks f ON f.delivery_id = d.id AND f.chat_id = r.chat_id
WHERE d.broadcast_id = %(broadcast_id)s AND d.bot_id >= %(after_bot)s
  AND (%(bot_id)s::bigint IS NULL OR d.bot_id = %(bot_id)s)
  AND (%(owner)s::bigint IS NULL OR d.bot_id IN (SELECT id FROM bots WHERE user_id = %(owner)s))
ORDER BY d.bot_id, r.position LIMIT %(limit)s
