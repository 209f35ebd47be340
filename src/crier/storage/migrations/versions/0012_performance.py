"""Keep performance as histograms by resolution (docs/decisions/0025-performance-samples.md).

What API processes wrote each minute (`api_minute`) and what bots sent is carried over. Its
latencies were counted in buckets twice as long: each is shared out evenly over the two that it
became. The old rows stay for a release: its processes read them until they are replaced.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

FINE = 40
_TABLES = """
CREATE TABLE performance (
    resolution text NOT NULL,       -- 10s, minute, hour, day, month; days and months are UTC
    kind text NOT NULL,             -- api, sends, updates, database, cache, queue, process
    name text NOT NULL,             -- a route, bot or queue; '': all of them together
    process text NOT NULL,          -- '': all of them together
    at timestamptz NOT NULL,        -- when it began
    writer integer NOT NULL,        -- the run of a process that wrote 10 seconds; else 0
    count bigint NOT NULL,
    errors bigint NOT NULL DEFAULT 0,
    throttled bigint NOT NULL DEFAULT 0,
    waited_ms bigint NOT NULL DEFAULT 0,
    cpu_ms bigint NOT NULL DEFAULT 0,
    peak bigint NOT NULL DEFAULT 0, -- the most bytes of memory, or milliseconds of lag
    latency bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (resolution, kind, name, process, at, writer)
) PARTITION BY LIST (resolution);
CREATE TABLE performance_10s PARTITION OF performance FOR VALUES IN ('10s');
CREATE TABLE performance_minute PARTITION OF performance FOR VALUES IN ('minute');
CREATE TABLE performance_hour PARTITION OF performance FOR VALUES IN ('hour');
CREATE TABLE performance_day PARTITION OF performance FOR VALUES IN ('day');
CREATE TABLE performance_month PARTITION OF performance FOR VALUES IN ('month');
CREATE INDEX performance_at_idx ON performance (at);
CREATE TABLE performance_state (    -- one row: minutes before `until` are folded
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    until timestamptz NOT NULL);
CREATE TABLE performance_late (     -- minutes that got a row after they were folded
    at timestamptz PRIMARY KEY);
INSERT INTO performance_state (until) VALUES (date_trunc('minute', now()));
"""
_RECENT = "date_trunc('day', now(), 'UTC') - interval '6 days'"
_COLUMNS = "resolution, kind, name, process, at, writer, count, errors, throttled, peak, latency"
# A bucket of before, i, ends at 2^i milliseconds.
_PLACES = (
    "CASE WHEN l IS NULL THEN '{}' ELSE ARRAY[0, 0, 0, 0, 0, 0, l[1]"
    + "".join(f", l[{i}] - l[{i}] / 2, l[{i}] / 2" for i in range(2, 18))
    + ", 0]::bigint[] END"
)
_OLD = f"""
WITH old AS (
    SELECT date_trunc('%(unit)s', timestamp, 'UTC') AS at,
           sum((metric_value ->> 'requests')::bigint) AS requests,
           sum((metric_value ->> 'errors')::bigint) AS errors,
           max(1000 * (metric_value ->> 'queue_lag_s')::float8)::bigint AS lag,
           ARRAY[{", ".join(f"sum(f[{i}])" for i in range(1, 18))}]::bigint[] AS l
    FROM analytics, LATERAL (
        SELECT translate(metric_value ->> 'latency', '[] ', '{{}}')::bigint[] AS f) AS counts
    WHERE metric_type = 'api_minute' AND bot_id IS NULL AND timestamp %(side)s {_RECENT}
    GROUP BY 1
)
INSERT INTO performance ({_COLUMNS})
SELECT '%(unit)s', kind, '', '', at, 0, count, failed, 0, peak, latency FROM old, LATERAL (VALUES
    ('api', requests, errors, 0, {_PLACES}),
    ('queue', 1, 0, coalesce(lag, 0), '{{}}'::bigint[]),
    ('process', 1, 0, 0, '{{}}'::bigint[])) AS one (kind, count, failed, peak, latency)
"""  # noqa: S608 (our own words)  # nosec B608
_SENT_MINUTES = f"""
INSERT INTO performance ({_COLUMNS})
SELECT 'minute', 'sends', '', '', at, 0, sum(messages_out), 0, sum(throttled), 0, '{{}}'
FROM bot_minutes WHERE at >= {_RECENT} AND at < (SELECT until FROM performance_state) GROUP BY at
"""  # noqa: S608 (our own words)  # nosec B608
_SENT_HOURS = f"""
INSERT INTO performance ({_COLUMNS})
SELECT 'hour', 'sends', '', '', at, 0, messages_out, 0, throttled, 0, '{{}}'
FROM owner_hours WHERE user_id = 0 AND at < {_RECENT}
"""  # noqa: S608 (our own words)  # nosec B608
_FOLD = f"""
INSERT INTO performance ({_COLUMNS})
SELECT '%(into)s', kind, name, process, date_trunc('%(into)s', at, 'UTC'), 0, sum(count),
       sum(errors), sum(throttled), max(peak),
       trim_array(ARRAY[{", ".join(f"coalesce(sum(latency[{i}]), 0)" for i in range(1, FINE + 1))}]
           ::bigint[], {FINE} - max(cardinality(latency)))
FROM performance
WHERE resolution = '%(source)s' AND at < (SELECT date_trunc('%(into)s', until, 'UTC') FROM performance_state)
GROUP BY 2, 3, 4, 5
"""  # noqa: S608, E501 (our own words)  # nosec B608


def upgrade() -> None:
    op.execute(_TABLES)
    op.execute(_OLD % {"unit": "minute", "side": ">="})
    op.execute(_OLD % {"unit": "hour", "side": "<"})
    op.execute(_SENT_MINUTES)
    op.execute(_SENT_HOURS)
    for source, into in (("minute", "hour"), ("hour", "day"), ("day", "month")):
        op.execute(_FOLD % {"source": source, "into": into})


def downgrade() -> None:
    for table in ("performance", "performance_state", "performance_late"):
        op.execute(f"DROP TABLE {table}")
