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

-- figures: of the database itself, and of its server's clock
SELECT pg_database_size(current_database())::float8,
       current_setting('max_connections')::float8,
       coalesce(extract(epoch FROM now() - min(a.xact_start)), 0)::float8,
       count(*) FILTER (WHERE a.state = 'active')::float8,
       count(*) FILTER (WHERE starts_with(a.state, 'idle in transaction'))::float8,
       count(*) FILTER (WHERE a.state = 'idle')::float8,
       extract(epoch FROM clock_timestamp())::float8
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.backend_type = 'client backend'
  AND a.pid <> pg_backend_pid()

-- bot_states: how many bots are in each state, and how many of those are wanted to run
SELECT status, count(*), count(*) FILTER (WHERE desired_status = 'running')
FROM bots WHERE deleted_at IS NULL GROUP BY status

-- bots_down: bots that are to run and are in error, the longest first
SELECT id, coalesce(extract(epoch FROM now() - error_at), 0)::float8
FROM bots
WHERE desired_status = 'running' AND status = 'error' AND deleted_at IS NULL
ORDER BY error_at NULLS LAST, id LIMIT %(most)s

-- open_broadcasts: how many broadcasts are in each state that is not the end
SELECT status, count(*) FROM broadcasts
WHERE status IN ('scheduled', 'broadcasting', 'paused') GROUP BY status

-- progress: of open broadcasts, those that send first, then the newest
SELECT b.id, b.status, sum(d.audience)::float8,
       sum(d.audience - d.sent - d.blocked - d.failed - d.unknown - d.skipped)::float8,
       sum(d.sent + d.blocked + d.failed + d.unknown + d.skipped)::float8
FROM (
    SELECT id, status FROM broadcasts WHERE status IN ('broadcasting', 'paused')
    ORDER BY status, id DESC LIMIT %(most)s
) AS b
JOIN deliveries d ON d.broadcast_id = b.id
GROUP BY b.id, b.status

-- delivery_lag: for how long the delivery waits for a runner that has waited the longest
SELECT coalesce(extract(epoch FROM max(now() - greatest(b.started_at, b.resumed_at))), 0)::float8
FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
WHERE b.status = 'broadcasting' AND d.status = 'pending' AND d.runner IS NULL
  AND coalesce(d.wait_until, now()) <= now()

-- extensions: those that are there
SELECT extname FROM pg_extension

-- one_token_for_each_key: of each key, one token that it has sealed
SELECT DISTINCT ON (split_part(bot_token, '.', 2)) bot_token FROM bots WHERE deleted_at IS NULL
ORDER BY split_part(bot_token, '.', 2)

-- webhook_bots: bots that run and receive by webhook
SELECT id, bot_token FROM bots
WHERE deleted_at IS NULL AND receive_mode = 'webhook' AND status = 'running' ORDER BY id LIMIT %(most)s
