-- workers: those that are alive, which is whose advisory lock is held
SELECT w.id, w.host, w.pid, w.started_at, w.last_seen, w.bots, w.deliveries, w.rss_bytes
FROM workers w
WHERE EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid = (hashtext('crier.worker')::bigint & 4294967295)::oid
      AND l.objid = w.lock_key::oid
)
ORDER BY w.started_at, w.id
