-- snapshot: what another connection may see the same instant by
SELECT pg_export_snapshot()

-- counts: how many rows there are of what people would miss
SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM bots) AS bots,
       (SELECT count(*) FROM subscribers) AS subscribers,
       (SELECT count(*) FROM advertisements) AS advertisements,
       (SELECT count(*) FROM broadcasts) AS broadcasts,
       (SELECT count(*) FROM deliveries) AS deliveries, (SELECT count(*) FROM messages) AS messages,
       (SELECT count(*) FROM clicks) AS clicks, (SELECT count(*) FROM audit_log) AS audit_log

-- schema: the version of the schema
SELECT version_num FROM alembic_version

-- is_empty: whether nothing is in the schema that a restore would make
SELECT NOT EXISTS (
    SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
)

-- running: programs of Crier that would go on with the database
SELECT coalesce(array_agg(DISTINCT application_name ORDER BY application_name), '{}')
FROM pg_stat_activity
WHERE datname = current_database() AND application_name ~ '^crier (api|worker)'

-- pause: what would go on sending, and its ads; as every schema since the first one has them
WITH paused AS (
    UPDATE broadcasts SET status = 'paused', reason = %(reason)s WHERE status = 'broadcasting'
    RETURNING ad_id
), ads AS (
    UPDATE advertisements SET status = 'paused' WHERE id IN (SELECT ad_id FROM paused)
)
SELECT count(*) FROM paused

-- cancel_overdue: schedules that may have been kept since; nobody has been sent to yet
WITH cancelled AS (
    UPDATE broadcasts SET status = 'cancelled', reason = %(reason)s, completed_at = now()
    WHERE status = 'scheduled' AND scheduled_for <= now()
    RETURNING ad_id
), ads AS (
    UPDATE advertisements SET status = 'cancelled', completed_at = now()
    WHERE id IN (SELECT ad_id FROM cancelled)
)
SELECT count(*) FROM cancelled

-- end_sessions: sign-ins of then; some may have been ended since
DELETE FROM auth_sessions

-- forget_letters: what waited to be told to people; it may have been sent since. In `outgoing_mails` by schema 0030
DO $$
BEGIN
    IF to_regclass('outbox') IS NOT NULL THEN
        DELETE FROM outbox;
    END IF;
    IF to_regclass('outgoing_mails') IS NOT NULL THEN
        DELETE FROM outgoing_mails;
    END IF;
    IF to_regclass('report_schedules') IS NOT NULL THEN
        UPDATE report_schedules SET due_at = NULL, broadcast_id = NULL WHERE every = 'end';
    END IF;
END $$

-- set_schema: from here on programs start on the database
INSERT INTO alembic_version (version_num) VALUES (%(version)s)
