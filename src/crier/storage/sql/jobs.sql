-- register: a worker's row, and the lock that shows it alive for as long as its connection is
WITH made AS (
    INSERT INTO workers (id, host, pid) VALUES (%(id)s, %(host)s, %(pid)s) RETURNING lock_key
)
SELECT lock_key, pg_advisory_lock(hashtext('crier.worker'), lock_key) FROM made

-- relock: the same after the connection was lost; no row where somebody has evicted the worker
SELECT lock_key, pg_advisory_lock(hashtext('crier.worker'), lock_key) FROM workers WHERE id = %(id)s

-- beat: what a worker does, for the status page
UPDATE workers SET last_seen = now(), bots = %(bots)s, deliveries = %(deliveries)s,
    rss_bytes = %(rss_bytes)s, job_workers = %(job_workers)s
WHERE id = %(id)s

-- unregister: a worker that ends in order
DELETE FROM workers WHERE id = %(id)s

-- signs: of each worker, when it was seen last and whether its lock is held
SELECT w.id, w.last_seen, EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid = (hashtext('crier.worker')::bigint & 4294967295)::oid
      AND l.objid = w.lock_key::oid
)
FROM workers w

-- evict: forget workers that gave no sign since they were looked at; gives the ids that their jobs
-- carry
DELETE FROM workers w USING unnest(%(ids)s::uuid[], %(seen)s::timestamptz[]) AS dead (id, last_seen)
WHERE w.id = dead.id AND w.last_seen = dead.last_seen
RETURNING w.id, w.job_workers

-- disconnect: end what the evicted still hold open: their transactions lock rows that others need
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = ANY(%(names)s::text[]) AND usename = current_user

-- reclaim: jobs of dead workers go back to the queue, all at once, under new ids: a worker that was
-- only thought dead ends its jobs by id, which must not end its successor's. One that waits there
-- already (same queueing lock) makes the dead one's superfluous.
WITH orphan AS MATERIALIZED (
    SELECT j.id FROM procrastinate_jobs j
    WHERE j.status = 'doing' AND (
        j.worker_id IS NULL OR j.worker_id = ANY(%(job_workers)s::bigint[])
        OR EXISTS (  -- a worker that died before it could say which jobs are its own
            SELECT FROM procrastinate_workers p
            WHERE p.id = j.worker_id AND p.last_heartbeat < now() - interval '15 seconds'
              AND NOT EXISTS (SELECT FROM workers w WHERE p.id = ANY(w.job_workers))))
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM procrastinate_jobs j USING orphan o WHERE j.id = o.id
    RETURNING j.queue_name, j.task_name, j.priority, j.lock, j.queueing_lock, j.args, j.attempts
)
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, attempts)
SELECT queue_name, task_name, priority, lock, queueing_lock, args, attempts + 1 FROM gone
ORDER BY queueing_lock
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING

-- forget_workers: Procrastinate's own rows of dead workers
DELETE FROM procrastinate_workers WHERE id = ANY(%(job_workers)s::bigint[])

-- orphaned: jobs that this worker should be running, by what the database says
SELECT id FROM procrastinate_jobs
WHERE status = 'doing' AND worker_id = ANY(%(job_workers)s::bigint[])

-- return_orphaned: jobs that this worker is not running after all (their last word was lost)
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

-- unfinished: broadcasts whose deliveries are all closed and which nobody has completed
SELECT b.id FROM broadcasts b
WHERE b.status IN ('broadcasting', 'paused')
  AND NOT EXISTS (
      SELECT FROM deliveries d WHERE d.broadcast_id = b.id AND d.status = 'pending')

-- changed_much: whether the planner's picture of the jobs is stale: thousands of bots are started at
-- once, and fetching a job is slow for as long as the table is thought to be empty
SELECT n_mod_since_analyze > 200 AND n_mod_since_analyze > n_live_tup / 4
FROM pg_stat_user_tables WHERE relid = 'procrastinate_jobs'::regclass
