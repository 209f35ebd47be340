-- latencies: histograms added up, bucket by bucket
ARRAY[coalesce(sum(latency[1]::float8), 0), coalesce(sum(latency[2]::float8), 0), coalesce(sum(latency[3]::float8), 0),
    coalesce(sum(latency[4]::float8), 0), coalesce(sum(latency[5]::float8), 0), coalesce(sum(latency[6]::float8), 0),
    coalesce(sum(latency[7]::float8), 0), coalesce(sum(latency[8]::float8), 0), coalesce(sum(latency[9]::float8), 0),
    coalesce(sum(latency[10]::float8), 0), coalesce(sum(latency[11]::float8), 0), coalesce(sum(latency[12]::float8), 0),
    coalesce(sum(latency[13]::float8), 0), coalesce(sum(latency[14]::float8), 0), coalesce(sum(latency[15]::float8), 0),
    coalesce(sum(latency[16]::float8), 0), coalesce(sum(latency[17]::float8), 0), coalesce(sum(latency[18]::float8), 0),
    coalesce(sum(latency[19]::float8), 0), coalesce(sum(latency[20]::float8), 0), coalesce(sum(latency[21]::float8), 0),
    coalesce(sum(latency[22]::float8), 0), coalesce(sum(latency[23]::float8), 0), coalesce(sum(latency[24]::float8), 0),
    coalesce(sum(latency[25]::float8), 0), coalesce(sum(latency[26]::float8), 0), coalesce(sum(latency[27]::float8), 0),
    coalesce(sum(latency[28]::float8), 0), coalesce(sum(latency[29]::float8), 0), coalesce(sum(latency[30]::float8), 0),
    coalesce(sum(latency[31]::float8), 0), coalesce(sum(latency[32]::float8), 0), coalesce(sum(latency[33]::float8), 0),
    coalesce(sum(latency[34]::float8), 0), coalesce(sum(latency[35]::float8), 0), coalesce(sum(latency[36]::float8), 0),
    coalesce(sum(latency[37]::float8), 0), coalesce(sum(latency[38]::float8), 0), coalesce(sum(latency[39]::float8), 0),
    coalesce(sum(latency[40]::float8), 0)]::bigint[]

-- sums: of rows of one name and process
sum(count)::bigint AS count, sum(errors)::bigint AS errors, sum(throttled)::bigint AS throttled,
       sum(waited_ms)::bigint AS waited_ms, sum(cpu_ms)::bigint AS cpu_ms, max(peak) AS peak,
       <<latencies>> AS latency

-- found: a JSON object by kind, of the fields of `reading.Sums`
'{' || string_agg(concat('"', kind, '":[', count, ',', errors, ',', throttled, ',', waited_ms, ',', cpu_ms, ',',
           peak, ',[', array_to_string(latency, ','), ']]'), ',') || '}' AS found

-- ranges: the rows of a span, each resolution for its part of it
SELECT at, kind, name, process, count, errors, throttled, waited_ms, cpu_ms, peak, latency
FROM performance
WHERE resolution = '10s' AND at >= %(start_10s)s AND at < %(end_10s)s
UNION ALL
SELECT at, kind, name, process, count, errors, throttled, waited_ms, cpu_ms, peak, latency
FROM performance
WHERE resolution = 'minute' AND at >= %(start_minute)s AND at < %(end_minute)s
UNION ALL
SELECT at, kind, name, process, count, errors, throttled, waited_ms, cpu_ms, peak, latency
FROM performance
WHERE resolution = 'hour' AND at >= %(start_hour)s AND at < %(end_hour)s
UNION ALL
SELECT at, kind, name, process, count, errors, throttled, waited_ms, cpu_ms, peak, latency
FROM performance
WHERE resolution = 'day' AND at >= %(start_day)s AND at < %(end_day)s
UNION ALL
SELECT at, kind, name, process, count, errors, throttled, waited_ms, cpu_ms, peak, latency
FROM performance
WHERE resolution = 'month' AND at >= %(start_month)s AND at < %(end_month)s

-- share: writers go on beside one another, and wait for the one that folds
SELECT pg_advisory_xact_lock_shared(hashtextextended('crier.performance', 0))

-- alone: the one that folds waits for writers
SELECT pg_advisory_xact_lock(hashtextextended('crier.performance', 0))

-- write: what a process did in intervals of ten seconds; a second time changes nothing
INSERT INTO performance (resolution, kind, name, process, at, writer, count, errors, throttled,
    waited_ms, cpu_ms, peak, latency)
SELECT '10s', t.kind, t.name, t.process, t.at, %(writer)s, t.count, t.errors, t.throttled, t.waited_ms,
       t.cpu_ms, t.peak, t.latency::bigint[]
FROM unnest(%(kinds)s::text[], %(names)s::text[], %(processes)s::text[], %(ats)s::timestamptz[],
            %(counts)s::bigint[], %(errors)s::bigint[], %(throttled)s::bigint[], %(waited_ms)s::bigint[],
            %(cpu_ms)s::bigint[], %(peaks)s::bigint[], %(latencies)s::text[])
    AS t (kind, name, process, at, count, errors, throttled, waited_ms, cpu_ms, peak, latency)
WHERE t.at >= now() - interval '5 hours'
ON CONFLICT DO NOTHING

-- note_late: minutes that got a row after they were folded
INSERT INTO performance_late (at)
SELECT DISTINCT date_trunc('minute', t.at) FROM unnest(%(ats)s::timestamptz[]) AS t (at), performance_state s
WHERE t.at < s.until AND t.at >= now() - interval '5 hours'
ON CONFLICT DO NOTHING

-- has_lag: whether somebody has measured the queues in this interval
SELECT EXISTS (
    SELECT FROM performance
    WHERE resolution = '10s' AND kind = 'queue' AND name = '' AND process = '' AND at = %(at)s)

-- state: minutes before this are folded
SELECT until FROM performance_state

-- late: the minutes that wait to be folded again
DELETE FROM performance_late WHERE at < %(until)s RETURNING at

-- fold: rows of longer spans, each computed anew from all the shorter ones in it
INSERT INTO performance AS p (resolution, kind, name, process, at, writer, count, errors, throttled,
    waited_ms, cpu_ms, peak, latency)
SELECT %(into)s, s.kind, s.name, s.process, span.at, 0, sum(s.count), sum(s.errors), sum(s.throttled),
       sum(s.waited_ms), sum(s.cpu_ms), max(s.peak),
       trim_array(<<latencies>>, 40 - max(cardinality(s.latency)))
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS span (at, until)
JOIN performance s ON s.resolution = %(source)s AND s.at >= span.at AND s.at < span.until
GROUP BY s.kind, s.name, s.process, span.at
ON CONFLICT (resolution, kind, name, process, at, writer) DO UPDATE SET
    count = excluded.count, errors = excluded.errors, throttled = excluded.throttled,
    waited_ms = excluded.waited_ms, cpu_ms = excluded.cpu_ms, peak = excluded.peak,
    latency = excluded.latency

-- folded: how far the folding has come
UPDATE performance_state SET until = %(until)s

-- prune: delete a batch of rows that are older than they are kept
DELETE FROM performance
WHERE resolution = %(resolution)s AND ctid = ANY(ARRAY(
    SELECT ctid FROM performance WHERE resolution = %(resolution)s AND at < %(before)s
    ORDER BY at LIMIT %(batch)s))

-- series: sums of one name and process by bucket of time, numbered from 1: a JSON object by kind, of
-- arrays. Rows that are a bucket are taken as they are, shorter ones of the open end are summed
SELECT place, <<found>>
FROM (
SELECT width_bucket(at, %(buckets)s::timestamptz[]) AS place, kind, count, errors, throttled, waited_ms,
       cpu_ms, peak, latency
FROM performance
WHERE resolution = %(bucket)s AND kind = ANY(%(kinds)s) AND name = %(name)s AND process = %(process)s
  AND at >= %(whole_start)s AND at < %(whole_end)s
UNION ALL
SELECT width_bucket(at, %(buckets)s::timestamptz[]) AS place, kind,
       <<sums>>
FROM (<<ranges>>) AS source
WHERE kind = ANY(%(kinds)s) AND name = %(name)s AND process = %(process)s
GROUP BY 1, 2
) AS buckets
GROUP BY place

-- names: sums of each name over the span, the busiest first, without latencies
SELECT name FROM (<<ranges>>) AS source
WHERE kind = ANY(%(kinds)s) AND name <> ''
GROUP BY 1 ORDER BY sum(count) DESC, 1 LIMIT %(limit)s

-- processes: sums of each process over the span, by name, without latencies
SELECT DISTINCT process FROM (<<ranges>>) AS source
WHERE kind = ANY(%(kinds)s) AND name = '' AND process <> ''
ORDER BY 1 LIMIT %(limit)s

-- by_name: sums of these names over the span, by kind
SELECT name, <<found>>
FROM (
SELECT name, kind, <<sums>>
FROM (<<ranges>>) AS source
WHERE kind = ANY(%(kinds)s) AND name = ANY(%(names)s) AND process = ''
GROUP BY 1, 2
) AS sums
GROUP BY name

-- by_process: sums of these processes over the span, by kind
SELECT name, <<found>>
FROM (
SELECT process AS name, kind, <<sums>>
FROM (<<ranges>>) AS source
WHERE kind = ANY(%(kinds)s) AND name = '' AND process = ANY(%(names)s)
GROUP BY 1, 2
) AS sums
GROUP BY name
