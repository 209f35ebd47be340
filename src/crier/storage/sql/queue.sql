-- defer_of_bots: a job for each bot, in the order of their locks
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
SELECT %(queue)s, %(task)s, %(lock)s || id, %(lock)s || id, jsonb_build_object('bot_id', id) || %(trace)s::jsonb
FROM unnest(%(ids)s::bigint[]) AS id
ORDER BY 4
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- defer_launch: the job that launches a broadcast at its time
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
VALUES ('jobs', 'launch', 'broadcast:' || %(broadcast_id)s, 'broadcast:' || %(broadcast_id)s,
        jsonb_build_object('broadcast_id', %(broadcast_id)s::bigint), %(at)s)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- defer_erase: the job that erases what was asked for
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
VALUES ('jobs', 'erase', 'erase', 'erase', jsonb_build_object('timestamp', 0) || %(trace)s::jsonb)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- defer_send_mails: the job that sends what waits in the outbox
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
VALUES ('jobs', 'send_mails', 'send_mails', 'send_mails',
        jsonb_build_object('timestamp', 0) || %(trace)s::jsonb)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- defer_person_data: the job that sends a person what is kept of them
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
VALUES ('jobs', 'send_person_data', %(lock)s, %(lock)s,
        jsonb_build_object('bot_id', %(bot_id)s::bigint, 'subject', %(subject)s::text) || %(trace)s::jsonb)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- defer_link_chat: the job that links a chat to an account, or unlinks it
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
VALUES ('jobs', 'link_chat', %(lock)s, %(lock)s,
        jsonb_build_object('bot_id', %(bot_id)s::bigint, 'subject', %(subject)s::text) || %(trace)s::jsonb)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- defer_export: the job that writes an export
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
VALUES ('exports', 'export', 'export:' || %(export_id)s, 'export:' || %(export_id)s,
        jsonb_build_object('export_id', %(export_id)s::bigint) || %(trace)s::jsonb)
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- defer_clean_exports: the job that removes files that no export names, as it comes each hour
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
VALUES ('jobs', 'clean_exports', 'clean_exports', 'clean_exports', '{"timestamp": 0}')
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- reclaim: put the jobs of evicted workers back into the queue, all at once, under new ids: an evicted
-- worker that is alive after all ends its jobs by id, which must not end those of its successor. A job
-- that waits there already (same queueing lock) makes the reclaimed one superfluous.
WITH orphaned AS MATERIALIZED (
    SELECT j.id FROM procrastinate_jobs j
    WHERE j.status = 'doing' AND (
        j.worker_id IS NULL OR j.worker_id = ANY(%(job_workers)s::bigint[])
        OR EXISTS (  -- its worker died before it announced which jobs are its own
            SELECT FROM procrastinate_workers p
            WHERE p.id = j.worker_id AND p.last_heartbeat < now() - interval '15 seconds'
              AND NOT EXISTS (SELECT FROM workers w WHERE p.id = ANY(w.job_workers))))
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM procrastinate_jobs j USING orphaned o WHERE j.id = o.id
    RETURNING j.queue_name, j.task_name, j.priority, j.lock, j.queueing_lock, j.args, j.attempts
)
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, attempts)
SELECT queue_name, task_name, priority, lock, queueing_lock, args, attempts + 1 FROM gone
ORDER BY queueing_lock
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- forget_workers: delete Procrastinate's own rows of evicted workers
DELETE FROM procrastinate_workers WHERE id = ANY(%(job_workers)s::bigint[])

-- orphaned: jobs that run here by what the database says; the caller leaves out those that do
SELECT id FROM procrastinate_jobs
WHERE status = 'doing' AND worker_id = ANY(%(job_workers)s::bigint[])

-- return_orphaned: put back jobs that do not run here: the answer to a fetch or an end was lost
UPDATE procrastinate_jobs j SET status = 'todo', worker_id = NULL
WHERE j.id = ANY(%(ids)s::bigint[]) AND j.status = 'doing'
  AND NOT EXISTS (
      SELECT FROM procrastinate_jobs t WHERE t.status = 'todo' AND t.queueing_lock = j.queueing_lock)

-- idle_bots: bots that should run and for which no job exists
SELECT b.id FROM bots b
WHERE b.desired_status = 'running' AND b.deleted_at IS NULL AND b.status <> 'error'
  AND NOT EXISTS (
      SELECT FROM procrastinate_jobs j
      WHERE j.lock = 'bot:' || b.id AND j.status IN ('todo', 'doing'))

-- idle_deliveries: bots with open deliveries of a running broadcast and no job for them
SELECT DISTINCT d.bot_id FROM deliveries d JOIN broadcasts c ON c.id = d.broadcast_id
WHERE d.status = 'pending' AND c.status = 'broadcasting'
  AND NOT EXISTS (
      SELECT FROM procrastinate_jobs j
      WHERE j.lock = 'deliver:' || d.bot_id AND j.status IN ('todo', 'doing'))

-- idle_schedules: scheduled broadcasts without their job
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
SELECT 'jobs', 'launch', 'broadcast:' || b.id, 'broadcast:' || b.id,
       jsonb_build_object('broadcast_id', b.id), b.scheduled_for
FROM broadcasts b
WHERE b.status = 'scheduled' AND NOT EXISTS (
    SELECT FROM procrastinate_jobs j
    WHERE j.lock = 'broadcast:' || b.id AND j.status IN ('todo', 'doing'))
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- idle_exports: exports that are to be written and have no job
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
SELECT 'exports', 'export', 'export:' || e.id, 'export:' || e.id,
       jsonb_build_object('export_id', e.id)
FROM exports e
WHERE e.status IN ('waiting', 'running') AND NOT EXISTS (
    SELECT FROM procrastinate_jobs j
    WHERE j.lock = 'export:' || e.id AND j.status IN ('todo', 'doing'))
ORDER BY e.id
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- changed_much: whether the planner's picture of the jobs is stale: thousands of bots are started at
-- once, and fetching a job is slow for as long as the table is thought to be empty
SELECT n_mod_since_analyze > 200 AND n_mod_since_analyze > n_live_tup / 4
FROM pg_stat_user_tables WHERE relid = 'procrastinate_jobs'::regclass

-- queues: what waits, runs and has failed; a job that is due later does not wait yet
SELECT q.name,
       count(j.id) FILTER (WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()) AS waiting,
       count(j.id) FILTER (WHERE j.status = 'doing') AS running,
       count(j.id) FILTER (WHERE j.status = 'failed') AS failed,
       coalesce(extract(epoch FROM now() - min(greatest(since.at, j.scheduled_at)) FILTER (
           WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now())), 0)::float8 AS oldest_seconds
FROM unnest(ARRAY['bots', 'broadcasts', 'jobs', 'exports']) AS q (name)
LEFT JOIN procrastinate_jobs j ON j.queue_name = q.name AND j.status IN ('todo', 'doing', 'failed')
LEFT JOIN LATERAL (
    SELECT max(e.at) AS at FROM procrastinate_events e
    WHERE e.job_id = j.id AND j.status = 'todo'
      AND e.type IN ('deferred', 'deferred_for_retry', 'retried')
) AS since ON true
GROUP BY q.name
ORDER BY q.name
