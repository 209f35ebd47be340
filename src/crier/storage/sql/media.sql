-- unused: uploads of more than a day ago that no ad names, oldest first
SELECT f.id FROM media_files f
WHERE f.created_at < now() - interval '1 day' AND NOT EXISTS (
    SELECT FROM advertisements a, json_array_elements_text(a.media_urls) AS m (source)
    WHERE m.source = 'media:' || f.id)
ORDER BY f.created_at
LIMIT %(limit)s

-- lock: those of them that nobody is naming at this moment
SELECT id FROM media_files WHERE id = ANY(%(ids)s::uuid[])
ORDER BY id
FOR UPDATE SKIP LOCKED

-- condemn: those that still no ad names, once they are locked; no ad may name them from here on
UPDATE media_files f SET stored = false
WHERE f.id = ANY(%(ids)s::uuid[]) AND NOT EXISTS (
    SELECT FROM advertisements a, json_array_elements_text(a.media_urls) AS m (source)
    WHERE m.source = 'media:' || f.id)
RETURNING f.id, f.name

-- forget: a file whose bytes are gone, and what bots had uploaded of it
WITH files AS (DELETE FROM bot_files WHERE media = %(media)s)
DELETE FROM media_files WHERE id = %(id)s AND NOT stored
