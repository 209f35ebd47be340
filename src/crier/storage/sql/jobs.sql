-- register: a worker's row, and the lock that shows it alive for as long as its connection is
WITH made AS (
    INSERT INTO workers (id, host, pid) VALUES (%(id)s, %(host)s, %(pid)s) RETURNING lock_key
)
SELECT lock_key, pg_advisory_lock(hashtext('crier.worker'), lock_key) FROM made

-- relock: the same after the connection was lost; no row where the worker was evicted
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

-- evict: delete the rows of workers that gave no sign of life since they were looked at; return the
-- ids that their jobs carry
DELETE FROM workers w USING unnest(%(ids)s::uuid[], %(seen)s::timestamptz[]) AS dead (id, last_seen)
WHERE w.id = dead.id AND w.last_seen = dead.last_seen
RETURNING w.id, w.job_workers

-- disconnect: end the connections of evicted workers: their transactions lock rows that others need
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = ANY(%(names)s::text[]) AND usename = current_user

-- unfinished: broadcasts whose deliveries are all closed and that are not completed yet
SELECT b.id FROM broadcasts b
WHERE b.status IN ('broadcasting', 'paused')
  AND NOT EXISTS (
      SELECT FROM deliveries d WHERE d.broadcast_id = b.id AND d.status = 'pending')
