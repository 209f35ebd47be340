-- lock_creator: one request for an export at a time for each account
SELECT pg_advisory_xact_lock(hashtextextended('crier.exports', %(user_id)s))

-- holdings: how many exports of an account are open, and the bytes of its finished ones
SELECT count(*) FILTER (WHERE status IN ('waiting', 'running')),
       coalesce(sum(size) FILTER (WHERE status = 'finished'), 0)::bigint
FROM exports WHERE user_id = %(user_id)s

-- begin: an attempt with a file of its own, which is known before its first byte is there
WITH file AS (INSERT INTO export_files (id, name) VALUES (%(file_id)s, %(name)s))
UPDATE exports SET status = 'running', attempts = attempts + 1, file_id = %(file_id)s,
    file_name = %(name)s, rows_written = 0, rows_total = NULL, started_at = now()
WHERE id = %(id)s

-- count: how many rows there will be, where that is known
UPDATE exports SET rows_total = %(total)s
WHERE id = %(id)s AND file_id = %(file_id)s AND status = 'running'

-- progress: how far the attempt is; no row where it is no longer the one that counts
UPDATE exports SET rows_written = %(rows)s
WHERE id = %(id)s AND file_id = %(file_id)s AND status = 'running'

-- finish: the file is whole and where it belongs; no row where the attempt no longer counts
UPDATE exports SET status = 'finished', reason = NULL, rows_written = %(rows)s, rows_total = %(rows)s,
    size = %(size)s, sha256 = %(sha256)s, finished_at = now(),
    expires_at = now() + make_interval(days => %(keep_days)s)
WHERE id = %(id)s AND file_id = %(file_id)s AND status = 'running'

-- fail: it will not be tried again; nothing of it is kept
UPDATE exports SET status = 'failed', reason = %(reason)s, file_id = NULL, finished_at = now(),
    expires_at = now() + make_interval(days => %(keep_days)s)
WHERE id = %(id)s AND status IN ('waiting', 'running')

-- note: why an attempt ended without a file
UPDATE exports SET reason = %(reason)s
WHERE id = %(id)s AND file_id = %(file_id)s AND status = 'running'

-- hand_back: the attempt of a worker that stops does not count
UPDATE exports SET status = 'waiting', attempts = greatest(0, attempts - 1)
WHERE id = %(id)s AND status = 'running'

-- expire: exports whose time is over
DELETE FROM exports WHERE expires_at < now()

-- unnamed_files: files that no export names
SELECT f.id, f.name FROM export_files f
WHERE NOT EXISTS (SELECT FROM exports e WHERE e.file_id = f.id)
ORDER BY f.created_at LIMIT %(limit)s

-- forget_file: a file whose bytes are gone
DELETE FROM export_files WHERE id = %(id)s
