-- links: where the tracked links of a delivery's message lead
SELECT b.message -> 'links' FROM deliveries d JOIN broadcasts b ON b.id = d.broadcast_id
WHERE d.id = %(delivery_id)s

-- record: one row for each click of a batch that is stored and not just counted; whose chat was
-- erased since the ad was sent has clicked as nobody, 0
INSERT INTO clicks (at, delivery_id, chat_id, link, kind, user_agent)
SELECT now() - t.age * interval '1 second', t.delivery_id, coalesce(s.chat_id, 0), t.link, t.kind,
       CASE WHEN s.chat_id IS NOT NULL THEN t.user_agent END
FROM unnest(%(deliveries)s::bigint[], %(chats)s::bigint[], %(links)s::integer[], %(kinds)s::text[],
    %(agents)s::text[], %(stored)s::boolean[], %(ages)s::float8[])
    AS t (delivery_id, chat_id, link, kind, user_agent, is_stored, age)
JOIN deliveries d ON d.id = t.delivery_id
LEFT JOIN subscribers s ON s.bot_id = d.bot_id AND s.chat_id = t.chat_id
WHERE t.is_stored

-- count: the counters of deliveries, and of broadcasts by language; a person's first click on any of an
-- ad's links is the unique one, unless the person was erased: nobody knows then whether it is the first
WITH batch AS MATERIALIZED (
    SELECT t.delivery_id, t.chat_id, t.kind, t.age, d.broadcast_id, b.user_id,
           s.chat_id IS NOT NULL AS is_known, coalesce(s.language_code, '') AS language
    FROM unnest(%(deliveries)s::bigint[], %(chats)s::bigint[], %(kinds)s::text[],
                %(ages)s::float8[]) AS t (delivery_id, chat_id, kind, age)
    JOIN deliveries d ON d.id = t.delivery_id
    JOIN bots b ON b.id = d.bot_id
    LEFT JOIN subscribers s ON s.bot_id = d.bot_id AND s.chat_id = t.chat_id
), first AS (
    INSERT INTO first_clicks (delivery_id, chat_id, at)
    SELECT delivery_id, chat_id, now() - max(age) * interval '1 second'
    FROM batch WHERE kind = 'person' AND is_known GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT DO NOTHING
    RETURNING delivery_id, chat_id
), languages AS (
    INSERT INTO broadcast_languages AS l (broadcast_id, user_id, language, clicks, unique_clicks,
        machine_clicks)
    SELECT broadcast_id, user_id, language, count(*) FILTER (WHERE kind = 'person'),
           count(DISTINCT first), count(*) FILTER (WHERE kind = 'machine')
    FROM batch LEFT JOIN first USING (delivery_id, chat_id) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (broadcast_id, user_id, language) DO UPDATE SET clicks = l.clicks + excluded.clicks,
        unique_clicks = l.unique_clicks + excluded.unique_clicks,
        machine_clicks = l.machine_clicks + excluded.machine_clicks
)
INSERT INTO click_counters AS c (delivery_id, clicks, unique_clicks, machine_clicks)
SELECT delivery_id, count(*) FILTER (WHERE kind = 'person'),
       (SELECT count(*) FROM first f WHERE f.delivery_id = batch.delivery_id),
       count(*) FILTER (WHERE kind = 'machine')
FROM batch GROUP BY delivery_id ORDER BY delivery_id
ON CONFLICT (delivery_id) DO UPDATE SET clicks = c.clicks + excluded.clicks,
    unique_clicks = c.unique_clicks + excluded.unique_clicks,
    machine_clicks = c.machine_clicks + excluded.machine_clicks

-- timeline: people's clicks of broadcasts by minute
INSERT INTO delivery_minutes AS m (broadcast_id, at, clicks)
SELECT d.broadcast_id, date_trunc('minute', now() - t.age * interval '1 second'), count(*)
FROM unnest(%(deliveries)s::bigint[], %(kinds)s::text[], %(ages)s::float8[])
    AS t (delivery_id, kind, age)
JOIN deliveries d ON d.id = t.delivery_id
WHERE t.kind = 'person' GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (broadcast_id, at) DO UPDATE SET clicks = m.clicks + excluded.clicks

-- bot_minutes: people's clicks of bots by minute
INSERT INTO bot_minutes AS m (bot_id, at, clicks)
SELECT d.bot_id, date_trunc('minute', now() - t.age * interval '1 second'), count(*)
FROM unnest(%(deliveries)s::bigint[], %(kinds)s::text[], %(ages)s::float8[])
    AS t (delivery_id, kind, age)
JOIN deliveries d ON d.id = t.delivery_id
WHERE t.kind = 'person' GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (bot_id, at) DO UPDATE SET clicks = m.clicks + excluded.clicks

-- late: the hours of clicks that waited for the database, to be rolled up again
INSERT INTO late_hours (bot_id, at)
SELECT DISTINCT d.bot_id, date_trunc('hour', now() - t.age * interval '1 second', 'UTC')
FROM unnest(%(deliveries)s::bigint[], %(ages)s::float8[]) AS t (delivery_id, age)
JOIN deliveries d ON d.id = t.delivery_id
WHERE t.age > %(late_s)s ORDER BY 1, 2
ON CONFLICT DO NOTHING

-- by_link: the clicks of each link of deliveries
INSERT INTO link_clicks AS c (delivery_id, link, clicks, machine_clicks)
SELECT delivery_id, link, count(*) FILTER (WHERE kind = 'person'),
       count(*) FILTER (WHERE kind = 'machine')
FROM unnest(%(deliveries)s::bigint[], %(links)s::integer[], %(kinds)s::text[])
    AS t (delivery_id, link, kind)
GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (delivery_id, link) DO UPDATE SET clicks = c.clicks + excluded.clicks,
    machine_clicks = c.machine_clicks + excluded.machine_clicks
