-- lines: what came of each of some broadcasts until now
-- broadcasts_pkey, and of those that run deliveries_broadcast_id_bot_id_key
SELECT b.id AS broadcast_id, b.ad_id, ad.title AS ad_title, b.user_id, b.status, b.reason, b.policy,
       b.priority, b.created_at, b.scheduled_for, b.started_at, b.completed_at, b.price, b.currency,
       CASE WHEN b.status = 'scheduled' THEN b.audience ELSE f.audience END AS audience,
       CASE WHEN b.status = 'scheduled' THEN b.audience
            ELSE f.audience - f.sent - f.blocked - f.failed - f.unknown - f.skipped END AS pending,
       f.sent, f.blocked, f.failed, f.unknown, f.skipped, f.clicks, f.unique_clicks, f.machine_clicks,
       (SELECT count(*) FROM broadcast_retries r WHERE r.broadcast_id = b.id) AS retries
FROM broadcasts b
JOIN advertisements ad ON ad.id = b.ad_id
JOIN broadcast_figures f ON f.broadcast_id = b.id
WHERE b.id = ANY(%(ids)s::bigint[])

-- attempts: what the attempts of a broadcast are worked out of, of one instant
SELECT b.started_at, b.completed_at, f.audience, f.sent, f.blocked, f.failed, f.unknown, f.skipped,
       (SELECT coalesce(jsonb_agg(r ORDER BY r.number), '[]') FROM broadcast_retries r
        WHERE r.broadcast_id = b.id) AS retries
FROM broadcasts b JOIN broadcast_figures f ON f.broadcast_id = b.id
WHERE b.id = %(broadcast_id)s
