-- marks: what changes by itself, with a text that differs once it has; what is gone has changed, too
-- Of bots only those that are not at rest, of broadcasts those that are open: a step that neither
-- begins nor ends there is a person's, and in the audit log.
WITH open AS MATERIALIZED (
    SELECT b.id, b.ad_id, b.status, b.reason, a.user_id, a.operator_id
    FROM broadcasts b JOIN advertisements a ON a.id = b.ad_id
    WHERE b.status IN ('scheduled', 'broadcasting', 'paused')
)
SELECT 'bots' AS topic, id, user_id AS owner, NULL::bigint AS operator,
       concat_ws(' ', status, desired_status, error_at, last_error) AS text
FROM bots
WHERE deleted_at IS NULL AND (status <> desired_status OR last_error IS NOT NULL)
UNION ALL
SELECT 'ads', ad_id, user_id, operator_id, concat_ws(' ', status, reason) FROM open
UNION ALL
SELECT 'broadcasts', o.ad_id, o.user_id, o.operator_id, d.mark
FROM open o CROSS JOIN LATERAL (
    SELECT concat_ws(' ', sum(claimed), sum(settled), sum(sent), max(wait_until)) AS mark
    FROM deliveries WHERE broadcast_id = o.id) AS d
WHERE o.status <> 'scheduled'
UNION ALL
SELECT 'exports', id, user_id, NULL, concat_ws(' ', status, rows_written) FROM exports
WHERE status IN ('waiting', 'running')
UNION ALL
SELECT 'privacy', id, user_id, NULL, concat_ws(' ', step, rows) FROM privacy_requests
WHERE done_at IS NULL
UNION ALL
SELECT 'errors', NULL, NULL, NULL, concat_ws(' ', sum(count), max(last_seen)) FROM error_groups
UNION ALL
SELECT 'system', NULL, NULL, NULL, string_agg(id::text, ' ' ORDER BY id) FROM workers
WHERE last_seen > now() - interval '5 seconds'

-- newest: the newest line of the audit log
SELECT coalesce(max(id), 0) FROM audit_log

-- news: what people changed after a line of the audit log, whose it is and which operator keeps it; of an
-- advertiser's ad also whether reviewers see it, or did until now. Of what is deleted, the organisation in which that was done
SELECT a.id, a.object_type, o.id AS object_id,
       coalesce(b.user_id, ad.user_id, e.user_id, a.organisation_id, a.actor_id) AS owner, ad.operator_id AS operator,
       coalesce(u.role = 'advertiser' AND (ad.status = 'pending_review'
           OR a.action IN ('ad.approve', 'ad.reject')), false) AS is_reviewed
FROM audit_log a
CROSS JOIN LATERAL (
    SELECT CASE WHEN a.object_id ~ '^[0-9]{1,18}$' THEN a.object_id::bigint END AS id) AS o
LEFT JOIN bots b ON a.object_type = 'bot' AND b.id = o.id
LEFT JOIN advertisements ad ON a.object_type = 'ad' AND ad.id = o.id
LEFT JOIN organisations own ON own.id = ad.user_id AND own.name IS NULL
LEFT JOIN users u ON u.id = own.id
LEFT JOIN exports e ON a.object_type = 'export' AND e.id = o.id
WHERE a.id > %(after)s
ORDER BY a.id LIMIT 1000

-- credentials: of these sign-ins and API keys the good ones, with a text that differs once they may do
-- something else
SELECT 's' || s.id AS name, concat_ws(' ', u.role, u.may_review, u.tokens_valid_from,
       o.id, o.name IS NULL, m.role, m.withheld) AS text
FROM auth_sessions s JOIN users u ON u.id = s.user_id
JOIN organisations o ON o.id = coalesce(s.organisation_id, s.user_id)
JOIN memberships m ON m.organisation_id = o.id AND m.user_id = u.id
WHERE s.id = ANY(%(sessions)s::uuid[]) AND u.is_active
  AND s.revoked_at IS NULL AND s.expires_at > now()
UNION ALL
SELECT 'k' || k.id, concat_ws(' ', u.role, u.may_review, o.name IS NULL, m.role, m.withheld)
FROM api_keys k JOIN users u ON u.id = k.user_id
JOIN organisations o ON o.id = coalesce(k.organisation_id, k.user_id)
JOIN memberships m ON m.organisation_id = o.id AND m.user_id = u.id
WHERE k.id = ANY(%(keys)s::bigint[]) AND u.is_active
  AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
