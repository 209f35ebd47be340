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

-- requests: what the API answered, by minute, hour or day
SELECT date_trunc(%(bucket)s, timestamp) AS at,
       sum((metric_value ->> 'requests')::bigint)::bigint AS requests,
       sum((metric_value ->> 'errors')::bigint)::bigint AS errors,
       max((metric_value ->> 'queue_lag_s')::float8) AS queue_lag_s
FROM analytics
WHERE metric_type = 'api_minute' AND bot_id IS NULL
  AND timestamp >= date_trunc('minute', %(start)s::timestamptz) AND timestamp < %(end)s
GROUP BY 1

-- latency: how many requests fell into which bucket of the histogram
SELECT date_trunc(%(bucket)s, a.timestamp) AS at, u.place::integer - 1 AS place,
       sum(u.count::bigint)::bigint AS count
FROM analytics a
CROSS JOIN LATERAL json_array_elements_text(a.metric_value -> 'latency') WITH ORDINALITY AS u (count, place)
WHERE a.metric_type = 'api_minute' AND a.bot_id IS NULL
  AND a.timestamp >= date_trunc('minute', %(start)s::timestamptz) AND a.timestamp < %(end)s
GROUP BY 1, 2
