SET check_function_bodies = false;

-- TYPE procrastinate_job_event_type
CREATE TYPE public.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);

-- TYPE procrastinate_job_status
CREATE TYPE public.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);

-- TYPE procrastinate_job_to_defer_v1
CREATE TYPE public.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);

-- FUNCTION audit_log_is_append_only()
CREATE FUNCTION public.audit_log_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

-- FUNCTION doubtful_recipients(bigint[])
CREATE FUNCTION public.doubtful_recipients(ids bigint[]) RETURNS TABLE(delivery_id bigint, bot_id bigint, "position" bigint, chat_id bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT d.id, d.bot_id, p.start + o.i - 1, o.chat_id
    FROM deliveries d
    JOIN audience_pages p ON p.delivery_id = d.id
        AND p.start BETWEEN d.settled - 999 AND d.claimed - 1
    CROSS JOIN LATERAL unnest(p.chat_ids) WITH ORDINALITY AS o (chat_id, i)
    WHERE d.id = ANY(ids)
      AND p.start + o.i - 1 >= d.settled AND p.start + o.i - 1 < d.claimed
      AND NOT EXISTS (
          SELECT FROM messages m
          WHERE m.delivery_id = d.id AND m.position = p.start + o.i - 1)
$$;

-- FUNCTION make_partitions(integer)
CREATE FUNCTION public.make_partitions(ahead integer DEFAULT 3) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    parent text;
    month timestamptz;
    utc_now timestamp := now() AT TIME ZONE 'UTC';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crier.make_partitions'));
    FOREACH parent IN ARRAY ARRAY['messages', 'clicks', 'analytics', 'logs'] LOOP
        FOR i IN -1 .. ahead LOOP
            month := (date_trunc('month', utc_now) + make_interval(months => i)) AT TIME ZONE 'UTC';
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                parent || '_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'), parent, month,
                (date_trunc('month', utc_now) + make_interval(months => i + 1)) AT TIME ZONE 'UTC');
        END LOOP;
    END LOOP;
END $$;

-- FUNCTION procrastinate_cancel_job_v1(bigint, boolean, boolean)
CREATE FUNCTION public.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;

-- FUNCTION procrastinate_defer_jobs_v1(public.procrastinate_job_to_defer_v1[])
CREATE FUNCTION public.procrastinate_defer_jobs_v1(jobs public.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;

-- FUNCTION procrastinate_defer_periodic_job_v2(character varying, character varying, character varying, character varying, integer, character varying, bigint, jsonb)
CREATE FUNCTION public.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

-- TABLE procrastinate_jobs
CREATE TABLE public.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    lock text,
    queueing_lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status public.procrastinate_job_status DEFAULT 'todo'::public.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::public.procrastinate_job_status) AND (abort_requested = true))))
);

-- FUNCTION procrastinate_fetch_job_v2(character varying[], bigint)
CREATE FUNCTION public.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS public.procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;

-- FUNCTION procrastinate_finish_job_v1(bigint, public.procrastinate_job_status, boolean)
CREATE FUNCTION public.procrastinate_finish_job_v1(job_id bigint, end_status public.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;

-- FUNCTION procrastinate_notify_queue_abort_job_v1()
CREATE FUNCTION public.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

-- FUNCTION procrastinate_notify_queue_job_inserted_v1()
CREATE FUNCTION public.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

-- FUNCTION procrastinate_prune_stalled_workers_v1(double precision)
CREATE FUNCTION public.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;

-- FUNCTION procrastinate_register_worker_v1()
CREATE FUNCTION public.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;

-- FUNCTION procrastinate_retry_job_v1(bigint, timestamp with time zone, integer, character varying, character varying)
CREATE FUNCTION public.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;

-- FUNCTION procrastinate_retry_job_v2(bigint, timestamp with time zone, integer, character varying, character varying)
CREATE FUNCTION public.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;

-- FUNCTION procrastinate_trigger_abort_requested_events_procedure_v1()
CREATE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;

-- FUNCTION procrastinate_trigger_function_scheduled_events_v1()
CREATE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;

-- FUNCTION procrastinate_trigger_function_status_events_insert_v1()
CREATE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;

-- FUNCTION procrastinate_trigger_function_status_events_update_v1()
CREATE FUNCTION public.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;

-- FUNCTION procrastinate_unlink_periodic_defers_v1()
CREATE FUNCTION public.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;

-- FUNCTION procrastinate_unregister_worker_v1(bigint)
CREATE FUNCTION public.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;

-- FUNCTION procrastinate_update_heartbeat_v1(bigint)
CREATE FUNCTION public.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;

-- FUNCTION subscribers_apply(bigint[], text[], integer[])
CREATE FUNCTION public.subscribers_apply(bot_ids bigint[], statuses text[], signs integer[]) RETURNS void
    LANGUAGE sql
    AS $$
    WITH change AS (
        SELECT bot_id,
               sum(sign) FILTER (WHERE status = 'active') AS subscribers,
               sum(sign) FILTER (WHERE status = 'blocked') AS blocked,
               sum(sign) FILTER (WHERE status = 'gone') AS gone,
               sum(sign) FILTER (WHERE status = 'unsubscribed') AS unsubscribed
        FROM unnest(bot_ids, statuses, signs) AS t (bot_id, status, sign)
        GROUP BY bot_id
    )
    INSERT INTO bot_counters AS c (bot_id, subscribers, blocked, gone, unsubscribed)
    SELECT bot_id, coalesce(subscribers, 0), coalesce(blocked, 0), coalesce(gone, 0), coalesce(unsubscribed, 0)
    FROM change ORDER BY bot_id
    ON CONFLICT (bot_id) DO UPDATE SET
        subscribers = c.subscribers + excluded.subscribers,
        blocked = c.blocked + excluded.blocked,
        gone = c.gone + excluded.gone,
        unsubscribed = c.unsubscribed + excluded.unsubscribed;

    WITH change AS (
        SELECT bot_id,
               count(*) FILTER (WHERE sign > 0) AS gained,
               count(*) FILTER (WHERE sign < 0) AS lost
        FROM unnest(bot_ids, statuses, signs) AS t (bot_id, status, sign)
        WHERE status = 'active'
        GROUP BY bot_id
    )
    INSERT INTO bot_minutes AS m (bot_id, at, new_subscribers, lost_subscribers)
    SELECT bot_id, date_trunc('minute', now()), gained, lost FROM change ORDER BY bot_id
    ON CONFLICT (bot_id, at) DO UPDATE SET
        new_subscribers = m.new_subscribers + excluded.new_subscribers,
        lost_subscribers = m.lost_subscribers + excluded.lost_subscribers;
$$;

-- FUNCTION subscribers_inserted()
CREATE FUNCTION public.subscribers_inserted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM subscribers_apply(array_agg(bot_id), array_agg(status::text), array_agg(1)) FROM added
        HAVING count(*) > 0;
    PERFORM subscribers_seen(array_agg(bot_id), array_agg(last_seen_at), array_agg(1)) FROM added
        WHERE last_seen_at IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END $$;

-- FUNCTION subscribers_seen(bigint[], timestamp with time zone[], integer[])
CREATE FUNCTION public.subscribers_seen(bot_ids bigint[], times timestamp with time zone[], signs integer[]) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO bot_days_seen AS d (bot_id, day, chats)
    SELECT bot_id, (seen_at AT TIME ZONE 'UTC')::date, sum(sign)
    FROM unnest(bot_ids, times, signs) AS t (bot_id, seen_at, sign)
    WHERE seen_at IS NOT NULL
    GROUP BY 1, 2 HAVING sum(sign) <> 0 ORDER BY 1, 2
    ON CONFLICT (bot_id, day) DO UPDATE SET chats = d.chats + excluded.chats;
$$;

-- FUNCTION subscribers_updated()
CREATE FUNCTION public.subscribers_updated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM subscribers_apply(array_agg(bot_id), array_agg(status::text), array_agg(sign)) FROM (
        SELECT b.bot_id, b.status, -1 AS sign
        FROM before b JOIN after a USING (bot_id, chat_id) WHERE a.status <> b.status
        UNION ALL
        SELECT a.bot_id, a.status, 1
        FROM before b JOIN after a USING (bot_id, chat_id) WHERE a.status <> b.status
    ) AS changed HAVING count(*) > 0;
    PERFORM subscribers_seen(array_agg(bot_id), array_agg(at), array_agg(sign)) FROM (
        SELECT bot_id, seen.at, seen.sign
        FROM before b JOIN after a USING (bot_id, chat_id)
        CROSS JOIN LATERAL (VALUES (b.last_seen_at, -1), (a.last_seen_at, 1)) AS seen (at, sign)
        WHERE (a.last_seen_at AT TIME ZONE 'UTC')::date
              IS DISTINCT FROM (b.last_seen_at AT TIME ZONE 'UTC')::date
    ) AS moved HAVING count(*) > 0;
    RETURN NULL;
END $$;

-- TABLE advertisements
CREATE TABLE public.advertisements (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    operator_id bigint,
    title character varying(200),
    content text DEFAULT ''::text NOT NULL,
    parse_mode character varying(12),
    media_urls json DEFAULT '[]'::json NOT NULL,
    buttons jsonb DEFAULT '[]'::jsonb NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    track_clicks boolean DEFAULT true NOT NULL,
    price numeric(10,2),
    currency character(3) DEFAULT 'USD'::bpchar NOT NULL,
    status character varying(16) DEFAULT 'draft'::character varying NOT NULL,
    targeting jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    scheduled_for timestamp with time zone,
    completed_at timestamp with time zone,
    review_note text,
    CONSTRAINT advertisements_parse_mode_check CHECK (((parse_mode)::text = ANY ((ARRAY['HTML'::character varying, 'MarkdownV2'::character varying])::text[]))),
    CONSTRAINT advertisements_status_check CHECK (((status)::text = ANY ((ARRAY['draft'::character varying, 'pending_review'::character varying, 'approved'::character varying, 'rejected'::character varying, 'scheduled'::character varying, 'broadcasting'::character varying, 'paused'::character varying, 'completed'::character varying, 'cancelled'::character varying, 'failed'::character varying])::text[])))
);

-- SEQUENCE advertisements_id_seq
ALTER TABLE public.advertisements ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.advertisements_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE alembic_version
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

-- TABLE analytics
CREATE TABLE public.analytics (
    id bigint NOT NULL,
    bot_id bigint,
    metric_type character varying(40) NOT NULL,
    metric_value json NOT NULL,
    "timestamp" timestamp with time zone DEFAULT now() NOT NULL
)
PARTITION BY RANGE ("timestamp");

-- SEQUENCE analytics_id_seq
ALTER TABLE public.analytics ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.analytics_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE api_keys
CREATE TABLE public.api_keys (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    name character varying(100) NOT NULL,
    prefix character varying(16) NOT NULL,
    key_hash bytea NOT NULL,
    role character varying(20) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_keys_role_check CHECK (((role)::text = ANY ((ARRAY['admin'::character varying, 'operator'::character varying, 'advertiser'::character varying, 'viewer'::character varying])::text[])))
);

-- SEQUENCE api_keys_id_seq
ALTER TABLE public.api_keys ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_keys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE audience_pages
CREATE TABLE public.audience_pages (
    delivery_id bigint NOT NULL,
    start bigint NOT NULL,
    chat_ids bigint[] NOT NULL
);

-- TABLE audit_log
CREATE TABLE public.audit_log (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id bigint,
    actor character varying(120) NOT NULL,
    ip inet,
    action character varying(60) NOT NULL,
    object_type character varying(40) NOT NULL,
    object_id character varying(80),
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL
);

-- SEQUENCE audit_log_id_seq
ALTER TABLE public.audit_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.audit_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE auth_sessions
CREATE TABLE public.auth_sessions (
    id uuid NOT NULL,
    user_id bigint NOT NULL,
    refresh_jti uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    ip inet,
    user_agent character varying(300)
);

-- TABLE bot_counters
CREATE TABLE public.bot_counters (
    bot_id bigint NOT NULL,
    subscribers bigint DEFAULT 0 NOT NULL,
    blocked bigint DEFAULT 0 NOT NULL,
    gone bigint DEFAULT 0 NOT NULL,
    unsubscribed bigint DEFAULT 0 NOT NULL
);

-- TABLE bot_days_seen
CREATE TABLE public.bot_days_seen (
    bot_id bigint NOT NULL,
    day date NOT NULL,
    chats bigint DEFAULT 0 NOT NULL
);

-- TABLE bot_files
CREATE TABLE public.bot_files (
    bot_id bigint NOT NULL,
    media text NOT NULL,
    kind character varying(12) NOT NULL,
    file_id text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

-- TABLE bot_minutes
CREATE TABLE public.bot_minutes (
    bot_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    messages_in integer DEFAULT 0 NOT NULL,
    messages_out integer DEFAULT 0 NOT NULL,
    new_subscribers integer DEFAULT 0 NOT NULL,
    lost_subscribers integer DEFAULT 0 NOT NULL,
    errors integer DEFAULT 0 NOT NULL,
    throttled integer DEFAULT 0 NOT NULL,
    clicks integer DEFAULT 0 NOT NULL,
    latency integer[] DEFAULT '{}'::integer[] NOT NULL
);

-- TABLE bots
CREATE TABLE public.bots (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    bot_token text NOT NULL,
    token_fingerprint bytea NOT NULL,
    token_hint character varying(40) NOT NULL,
    telegram_id bigint NOT NULL,
    username character varying(64),
    bot_name character varying(100) NOT NULL,
    public_key character varying(32) NOT NULL,
    webhook_secret text,
    receive_mode character varying(10) DEFAULT 'polling'::character varying NOT NULL,
    status character varying(10) DEFAULT 'stopped'::character varying NOT NULL,
    desired_status character varying(10) DEFAULT 'stopped'::character varying NOT NULL,
    generation integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_active timestamp with time zone,
    instance_id uuid,
    worker character varying(120),
    started_at timestamp with time zone,
    restarts integer DEFAULT 0 NOT NULL,
    last_error text,
    error_at timestamp with time zone,
    flood_until timestamp with time zone,
    update_offset bigint DEFAULT 0 NOT NULL,
    pending_updates integer DEFAULT 0 NOT NULL,
    welcome jsonb,
    commands jsonb DEFAULT '[]'::jsonb NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    menu text,
    deleted_at timestamp with time zone,
    CONSTRAINT bots_desired_status_check CHECK (((desired_status)::text = ANY ((ARRAY['running'::character varying, 'stopped'::character varying])::text[]))),
    CONSTRAINT bots_receive_mode_check CHECK (((receive_mode)::text = ANY ((ARRAY['polling'::character varying, 'webhook'::character varying])::text[]))),
    CONSTRAINT bots_status_check CHECK (((status)::text = ANY ((ARRAY['stopped'::character varying, 'starting'::character varying, 'running'::character varying, 'stopping'::character varying, 'error'::character varying])::text[])))
);

-- SEQUENCE bots_id_seq
ALTER TABLE public.bots ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.bots_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE broadcasts
CREATE TABLE public.broadcasts (
    id bigint NOT NULL,
    ad_id bigint NOT NULL,
    user_id bigint NOT NULL,
    status character varying(16) NOT NULL,
    policy character varying(16) DEFAULT 'at_most_once'::character varying NOT NULL,
    message jsonb NOT NULL,
    targeting jsonb DEFAULT '{}'::jsonb NOT NULL,
    bot_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    audience bigint DEFAULT 0 NOT NULL,
    priority integer DEFAULT 1 NOT NULL,
    price numeric(10,2),
    currency character(3) DEFAULT 'USD'::bpchar NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    scheduled_for timestamp with time zone,
    late_after_s integer,
    started_at timestamp with time zone,
    resumed_at timestamp with time zone,
    resumed_done bigint DEFAULT 0 NOT NULL,
    completed_at timestamp with time zone,
    reason text,
    guarded boolean DEFAULT true NOT NULL,
    CONSTRAINT broadcasts_policy_check CHECK (((policy)::text = ANY ((ARRAY['at_most_once'::character varying, 'at_least_once'::character varying])::text[]))),
    CONSTRAINT broadcasts_priority_check CHECK (((priority >= 1) AND (priority <= 10))),
    CONSTRAINT broadcasts_status_check CHECK (((status)::text = ANY ((ARRAY['scheduled'::character varying, 'broadcasting'::character varying, 'paused'::character varying, 'completed'::character varying, 'cancelled'::character varying, 'failed'::character varying])::text[])))
);

-- SEQUENCE broadcasts_id_seq
ALTER TABLE public.broadcasts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.broadcasts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE click_counters
CREATE TABLE public.click_counters (
    delivery_id bigint NOT NULL,
    clicks bigint DEFAULT 0 NOT NULL,
    unique_clicks bigint DEFAULT 0 NOT NULL,
    machine_clicks bigint DEFAULT 0 NOT NULL
);

-- TABLE clicks
CREATE TABLE public.clicks (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    delivery_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    link integer NOT NULL,
    kind character varying(8) NOT NULL,
    user_agent character varying(300),
    CONSTRAINT clicks_kind_check CHECK (((kind)::text = ANY ((ARRAY['person'::character varying, 'machine'::character varying])::text[])))
)
PARTITION BY RANGE (at);

-- SEQUENCE clicks_id_seq
ALTER TABLE public.clicks ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.clicks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE deliveries
CREATE TABLE public.deliveries (
    id bigint NOT NULL,
    broadcast_id bigint NOT NULL,
    bot_id bigint NOT NULL,
    status character varying(12) DEFAULT 'pending'::character varying NOT NULL,
    runner uuid,
    batch bigint DEFAULT 0 NOT NULL,
    length bigint NOT NULL,
    claimed bigint DEFAULT 0 NOT NULL,
    settled bigint DEFAULT 0 NOT NULL,
    audience bigint NOT NULL,
    sent bigint DEFAULT 0 NOT NULL,
    blocked bigint DEFAULT 0 NOT NULL,
    failed bigint DEFAULT 0 NOT NULL,
    unknown bigint DEFAULT 0 NOT NULL,
    skipped bigint DEFAULT 0 NOT NULL,
    paid bigint DEFAULT 0 NOT NULL,
    paid_budget bigint DEFAULT 0 NOT NULL,
    wait_until timestamp with time zone,
    wait_reason text,
    CONSTRAINT deliveries_check CHECK (((settled <= claimed) AND (claimed <= length))),
    CONSTRAINT deliveries_check1 CHECK ((paid <= paid_budget)),
    CONSTRAINT deliveries_check2 CHECK ((((((sent + blocked) + failed) + unknown) + skipped) <= audience)),
    CONSTRAINT deliveries_check3 CHECK ((((status)::text = 'pending'::text) OR (((((sent + blocked) + failed) + unknown) + skipped) = audience))),
    CONSTRAINT deliveries_status_check CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'done'::character varying, 'cancelled'::character varying])::text[])))
);

-- SEQUENCE deliveries_id_seq
ALTER TABLE public.deliveries ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.deliveries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE delivery_errors
CREATE TABLE public.delivery_errors (
    broadcast_id bigint NOT NULL,
    code integer NOT NULL,
    description character varying(300) NOT NULL,
    action character varying(20) NOT NULL,
    count bigint DEFAULT 0 NOT NULL
);

-- TABLE delivery_minutes
CREATE TABLE public.delivery_minutes (
    broadcast_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    sent integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    clicks integer DEFAULT 0 NOT NULL
);

-- TABLE first_clicks
CREATE TABLE public.first_clicks (
    delivery_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    at timestamp with time zone NOT NULL
);

-- TABLE idempotency_keys
CREATE TABLE public.idempotency_keys (
    user_id bigint NOT NULL,
    path character varying(200) NOT NULL,
    key character varying(200) NOT NULL,
    body_hash bytea NOT NULL,
    status integer,
    response text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

-- TABLE logs
CREATE TABLE public.logs (
    id bigint NOT NULL,
    bot_id bigint,
    log_level character varying(8) NOT NULL,
    message text NOT NULL,
    "timestamp" timestamp with time zone DEFAULT now() NOT NULL,
    source character varying(40) DEFAULT 'crier'::character varying NOT NULL,
    context jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT logs_log_level_check CHECK (((log_level)::text = ANY ((ARRAY['debug'::character varying, 'info'::character varying, 'warning'::character varying, 'error'::character varying, 'critical'::character varying])::text[])))
)
PARTITION BY RANGE ("timestamp");

-- SEQUENCE logs_id_seq
ALTER TABLE public.logs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE media_files
CREATE TABLE public.media_files (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id bigint NOT NULL,
    name character varying(200) NOT NULL,
    content_type character varying(100) NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    stored boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

-- TABLE messages
CREATE TABLE public.messages (
    id bigint NOT NULL,
    bot_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    message_type character varying(32) DEFAULT 'text'::character varying NOT NULL,
    content text,
    sent_at timestamp with time zone DEFAULT now() NOT NULL,
    status character varying(10) NOT NULL,
    direction character varying(3) NOT NULL,
    message_id bigint,
    delivery_id bigint,
    "position" bigint,
    error_code integer,
    error text,
    CONSTRAINT messages_direction_check CHECK (((direction)::text = ANY ((ARRAY['in'::character varying, 'out'::character varying])::text[]))),
    CONSTRAINT messages_status_check CHECK (((status)::text = ANY ((ARRAY['received'::character varying, 'sent'::character varying, 'blocked'::character varying, 'failed'::character varying, 'unknown'::character varying, 'skipped'::character varying])::text[])))
)
PARTITION BY RANGE (sent_at);

-- SEQUENCE messages_id_seq
ALTER TABLE public.messages ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE procrastinate_events
CREATE TABLE public.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type public.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);

-- SEQUENCE procrastinate_events_id_seq
CREATE SEQUENCE public.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

-- SEQUENCE OWNED BY procrastinate_events_id_seq
ALTER SEQUENCE public.procrastinate_events_id_seq OWNED BY public.procrastinate_events.id;

-- SEQUENCE procrastinate_jobs_id_seq
CREATE SEQUENCE public.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

-- SEQUENCE OWNED BY procrastinate_jobs_id_seq
ALTER SEQUENCE public.procrastinate_jobs_id_seq OWNED BY public.procrastinate_jobs.id;

-- TABLE procrastinate_periodic_defers
CREATE TABLE public.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);

-- SEQUENCE procrastinate_periodic_defers_id_seq
CREATE SEQUENCE public.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

-- SEQUENCE OWNED BY procrastinate_periodic_defers_id_seq
ALTER SEQUENCE public.procrastinate_periodic_defers_id_seq OWNED BY public.procrastinate_periodic_defers.id;

-- TABLE procrastinate_workers
CREATE TABLE public.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);

-- SEQUENCE procrastinate_workers_id_seq
ALTER TABLE public.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE subscribers
CREATE TABLE public.subscribers (
    bot_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    type character varying(10) DEFAULT 'private'::character varying NOT NULL,
    status character varying(12) NOT NULL,
    title text,
    username character varying(64),
    first_name text,
    language_code character varying(35),
    source character varying(64),
    joined_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone,
    status_at timestamp with time zone DEFAULT now() NOT NULL,
    migrated_to bigint,
    opted_out boolean DEFAULT false,
    CONSTRAINT subscribers_status_check CHECK (((status)::text = ANY ((ARRAY['active'::character varying, 'unsubscribed'::character varying, 'blocked'::character varying, 'gone'::character varying])::text[]))),
    CONSTRAINT subscribers_type_check CHECK (((type)::text = ANY ((ARRAY['private'::character varying, 'group'::character varying, 'supergroup'::character varying, 'channel'::character varying])::text[])))
);

-- TABLE users
CREATE TABLE public.users (
    id bigint NOT NULL,
    public_id character varying(36) DEFAULT (gen_random_uuid())::text NOT NULL,
    username character varying(50) NOT NULL,
    password_hash character varying(80) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    role character varying(20) NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    last_login_at timestamp with time zone,
    tokens_valid_from timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_role_check CHECK (((role)::text = ANY ((ARRAY['admin'::character varying, 'operator'::character varying, 'advertiser'::character varying, 'viewer'::character varying])::text[])))
);

-- SEQUENCE users_id_seq
ALTER TABLE public.users ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- TABLE webhook_updates
CREATE TABLE public.webhook_updates (
    bot_id bigint NOT NULL,
    update_id bigint NOT NULL,
    body bytea,
    owes character varying(8),
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhook_updates_owes_check CHECK (((owes)::text = ANY ((ARRAY['reply'::character varying, 'forward'::character varying, 'both'::character varying])::text[])))
);

-- TABLE workers
CREATE TABLE public.workers (
    id uuid NOT NULL,
    lock_key integer NOT NULL,
    host character varying(255) NOT NULL,
    pid integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen timestamp with time zone DEFAULT now() NOT NULL,
    bots integer DEFAULT 0 NOT NULL,
    deliveries integer DEFAULT 0 NOT NULL,
    rss_bytes bigint DEFAULT 0 NOT NULL,
    job_workers bigint[] DEFAULT '{}'::bigint[] NOT NULL
);

-- SEQUENCE workers_lock_key_seq
ALTER TABLE public.workers ALTER COLUMN lock_key ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.workers_lock_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- DEFAULT procrastinate_events id
ALTER TABLE ONLY public.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_events_id_seq'::regclass);

-- DEFAULT procrastinate_jobs id
ALTER TABLE ONLY public.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_jobs_id_seq'::regclass);

-- DEFAULT procrastinate_periodic_defers id
ALTER TABLE ONLY public.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_periodic_defers_id_seq'::regclass);

-- CONSTRAINT advertisements advertisements_pkey
ALTER TABLE ONLY public.advertisements
    ADD CONSTRAINT advertisements_pkey PRIMARY KEY (id);

-- CONSTRAINT alembic_version alembic_version_pkc
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

-- CONSTRAINT analytics analytics_pkey
ALTER TABLE ONLY public.analytics
    ADD CONSTRAINT analytics_pkey PRIMARY KEY (id, "timestamp");

-- CONSTRAINT api_keys api_keys_pkey
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

-- CONSTRAINT api_keys api_keys_prefix_key
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_prefix_key UNIQUE (prefix);

-- CONSTRAINT audience_pages audience_pages_pkey
ALTER TABLE ONLY public.audience_pages
    ADD CONSTRAINT audience_pages_pkey PRIMARY KEY (delivery_id, start);

-- CONSTRAINT audit_log audit_log_hash_key
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_hash_key UNIQUE (hash);

-- CONSTRAINT audit_log audit_log_pkey
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);

-- CONSTRAINT auth_sessions auth_sessions_pkey
ALTER TABLE ONLY public.auth_sessions
    ADD CONSTRAINT auth_sessions_pkey PRIMARY KEY (id);

-- CONSTRAINT bot_counters bot_counters_pkey
ALTER TABLE ONLY public.bot_counters
    ADD CONSTRAINT bot_counters_pkey PRIMARY KEY (bot_id);

-- CONSTRAINT bot_days_seen bot_days_seen_pkey
ALTER TABLE ONLY public.bot_days_seen
    ADD CONSTRAINT bot_days_seen_pkey PRIMARY KEY (bot_id, day);

-- CONSTRAINT bot_files bot_files_pkey
ALTER TABLE ONLY public.bot_files
    ADD CONSTRAINT bot_files_pkey PRIMARY KEY (bot_id, media, kind);

-- CONSTRAINT bot_minutes bot_minutes_pkey
ALTER TABLE ONLY public.bot_minutes
    ADD CONSTRAINT bot_minutes_pkey PRIMARY KEY (bot_id, at);

-- CONSTRAINT bots bots_pkey
ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_pkey PRIMARY KEY (id);

-- CONSTRAINT bots bots_public_key_key
ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_public_key_key UNIQUE (public_key);

-- CONSTRAINT broadcasts broadcasts_pkey
ALTER TABLE ONLY public.broadcasts
    ADD CONSTRAINT broadcasts_pkey PRIMARY KEY (id);

-- CONSTRAINT click_counters click_counters_pkey
ALTER TABLE ONLY public.click_counters
    ADD CONSTRAINT click_counters_pkey PRIMARY KEY (delivery_id);

-- CONSTRAINT clicks clicks_pkey
ALTER TABLE ONLY public.clicks
    ADD CONSTRAINT clicks_pkey PRIMARY KEY (id, at);

-- CONSTRAINT deliveries deliveries_broadcast_id_bot_id_key
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_broadcast_id_bot_id_key UNIQUE (broadcast_id, bot_id);

-- CONSTRAINT deliveries deliveries_pkey
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);

-- CONSTRAINT delivery_errors delivery_errors_pkey
ALTER TABLE ONLY public.delivery_errors
    ADD CONSTRAINT delivery_errors_pkey PRIMARY KEY (broadcast_id, code, description);

-- CONSTRAINT delivery_minutes delivery_minutes_pkey
ALTER TABLE ONLY public.delivery_minutes
    ADD CONSTRAINT delivery_minutes_pkey PRIMARY KEY (broadcast_id, at);

-- CONSTRAINT first_clicks first_clicks_pkey
ALTER TABLE ONLY public.first_clicks
    ADD CONSTRAINT first_clicks_pkey PRIMARY KEY (delivery_id, chat_id);

-- CONSTRAINT idempotency_keys idempotency_keys_pkey
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (user_id, path, key);

-- CONSTRAINT logs logs_pkey
ALTER TABLE ONLY public.logs
    ADD CONSTRAINT logs_pkey PRIMARY KEY (id, "timestamp");

-- CONSTRAINT media_files media_files_pkey
ALTER TABLE ONLY public.media_files
    ADD CONSTRAINT media_files_pkey PRIMARY KEY (id);

-- CONSTRAINT messages messages_pkey
ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id, sent_at);

-- CONSTRAINT procrastinate_events procrastinate_events_pkey
ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);

-- CONSTRAINT procrastinate_jobs procrastinate_jobs_pkey
ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);

-- CONSTRAINT procrastinate_periodic_defers procrastinate_periodic_defers_pkey
ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);

-- CONSTRAINT procrastinate_periodic_defers procrastinate_periodic_defers_unique
ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);

-- CONSTRAINT procrastinate_workers procrastinate_workers_pkey
ALTER TABLE ONLY public.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);

-- CONSTRAINT subscribers subscribers_pkey
ALTER TABLE ONLY public.subscribers
    ADD CONSTRAINT subscribers_pkey PRIMARY KEY (bot_id, chat_id);

-- CONSTRAINT users users_pkey
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

-- CONSTRAINT users users_public_id_key
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_public_id_key UNIQUE (public_id);

-- CONSTRAINT webhook_updates webhook_updates_pkey
ALTER TABLE ONLY public.webhook_updates
    ADD CONSTRAINT webhook_updates_pkey PRIMARY KEY (bot_id, update_id);

-- CONSTRAINT workers workers_lock_key_key
ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_lock_key_key UNIQUE (lock_key);

-- CONSTRAINT workers workers_pkey
ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);

-- INDEX advertisements_operator_idx
CREATE INDEX advertisements_operator_idx ON public.advertisements USING btree (operator_id, id);

-- INDEX advertisements_review_idx
CREATE INDEX advertisements_review_idx ON public.advertisements USING btree (id) WHERE ((status)::text = 'pending_review'::text);

-- INDEX advertisements_user_idx
CREATE INDEX advertisements_user_idx ON public.advertisements USING btree (user_id, id);

-- INDEX analytics_series_idx
CREATE INDEX analytics_series_idx ON ONLY public.analytics USING btree (metric_type, bot_id, "timestamp");

-- INDEX analytics_time_idx
CREATE INDEX analytics_time_idx ON ONLY public.analytics USING btree (metric_type, "timestamp");

-- INDEX api_keys_user_idx
CREATE INDEX api_keys_user_idx ON public.api_keys USING btree (user_id);

-- INDEX audit_log_action_idx
CREATE INDEX audit_log_action_idx ON public.audit_log USING btree (action, id);

-- INDEX audit_log_actor_idx
CREATE INDEX audit_log_actor_idx ON public.audit_log USING btree (actor, id);

-- INDEX audit_log_object_idx
CREATE INDEX audit_log_object_idx ON public.audit_log USING btree (object_type, object_id, id);

-- INDEX auth_sessions_expiry_idx
CREATE INDEX auth_sessions_expiry_idx ON public.auth_sessions USING btree (expires_at);

-- INDEX auth_sessions_user_idx
CREATE INDEX auth_sessions_user_idx ON public.auth_sessions USING btree (user_id) WHERE (revoked_at IS NULL);

-- INDEX bot_minutes_at_idx
CREATE INDEX bot_minutes_at_idx ON public.bot_minutes USING btree (at);

-- INDEX bots_telegram_id_key
CREATE UNIQUE INDEX bots_telegram_id_key ON public.bots USING btree (telegram_id) WHERE (deleted_at IS NULL);

-- INDEX bots_token_key
CREATE UNIQUE INDEX bots_token_key ON public.bots USING btree (token_fingerprint) WHERE (deleted_at IS NULL);

-- INDEX bots_user_idx
CREATE INDEX bots_user_idx ON public.bots USING btree (user_id, id) WHERE (deleted_at IS NULL);

-- INDEX broadcasts_ad_idx
CREATE INDEX broadcasts_ad_idx ON public.broadcasts USING btree (ad_id, id);

-- INDEX broadcasts_due_idx
CREATE INDEX broadcasts_due_idx ON public.broadcasts USING btree (scheduled_for) WHERE ((status)::text = 'scheduled'::text);

-- INDEX broadcasts_one_open_an_ad
CREATE UNIQUE INDEX broadcasts_one_open_an_ad ON public.broadcasts USING btree (ad_id) WHERE ((status)::text = ANY ((ARRAY['scheduled'::character varying, 'broadcasting'::character varying, 'paused'::character varying])::text[]));

-- INDEX broadcasts_started_idx
CREATE INDEX broadcasts_started_idx ON public.broadcasts USING btree (started_at);

-- INDEX clicks_delivery_idx
CREATE INDEX clicks_delivery_idx ON ONLY public.clicks USING btree (delivery_id, id);

-- INDEX deliveries_bot_idx
CREATE INDEX deliveries_bot_idx ON public.deliveries USING btree (bot_id, broadcast_id);

-- INDEX deliveries_open_idx
CREATE INDEX deliveries_open_idx ON public.deliveries USING btree (bot_id) WHERE ((status)::text = 'pending'::text);

-- INDEX idempotency_keys_age_idx
CREATE INDEX idempotency_keys_age_idx ON public.idempotency_keys USING btree (created_at);

-- INDEX idx_procrastinate_jobs_worker_not_null
CREATE INDEX idx_procrastinate_jobs_worker_not_null ON public.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::public.procrastinate_job_status));

-- INDEX idx_procrastinate_workers_last_heartbeat
CREATE INDEX idx_procrastinate_workers_last_heartbeat ON public.procrastinate_workers USING btree (last_heartbeat);

-- INDEX logs_bot_idx
CREATE INDEX logs_bot_idx ON ONLY public.logs USING btree (bot_id, id);

-- INDEX logs_level_idx
CREATE INDEX logs_level_idx ON ONLY public.logs USING btree (log_level, id);

-- INDEX messages_bot_idx
CREATE INDEX messages_bot_idx ON ONLY public.messages USING btree (bot_id, id);

-- INDEX messages_chat_idx
CREATE INDEX messages_chat_idx ON ONLY public.messages USING btree (bot_id, chat_id, id);

-- INDEX messages_delivery_idx
CREATE INDEX messages_delivery_idx ON ONLY public.messages USING btree (delivery_id, "position") WHERE (delivery_id IS NOT NULL);

-- INDEX messages_outcome_idx
CREATE INDEX messages_outcome_idx ON ONLY public.messages USING btree (delivery_id, status, "position") WHERE ((delivery_id IS NOT NULL) AND ((status)::text <> 'sent'::text));

-- INDEX procrastinate_events_job_id_fkey_v1
CREATE INDEX procrastinate_events_job_id_fkey_v1 ON public.procrastinate_events USING btree (job_id);

-- INDEX procrastinate_jobs_id_lock_idx_v1
CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON public.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));

-- INDEX procrastinate_jobs_lock_idx_v1
CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON public.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::public.procrastinate_job_status);

-- INDEX procrastinate_jobs_priority_idx_v1
CREATE INDEX procrastinate_jobs_priority_idx_v1 ON public.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::public.procrastinate_job_status);

-- INDEX procrastinate_jobs_queue_name_idx_v1
CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON public.procrastinate_jobs USING btree (queue_name);

-- INDEX procrastinate_jobs_queueing_lock_idx_v1
CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON public.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::public.procrastinate_job_status);

-- INDEX procrastinate_periodic_defers_job_id_fkey_v1
CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON public.procrastinate_periodic_defers USING btree (job_id);

-- INDEX subscribers_active_idx
CREATE INDEX subscribers_active_idx ON public.subscribers USING btree (bot_id, chat_id) WHERE ((status)::text = 'active'::text);

-- INDEX subscribers_joined_idx
CREATE INDEX subscribers_joined_idx ON public.subscribers USING btree (bot_id, joined_at, chat_id);

-- INDEX users_username_key
CREATE UNIQUE INDEX users_username_key ON public.users USING btree (lower((username)::text));

-- INDEX webhook_updates_age_idx
CREATE INDEX webhook_updates_age_idx ON public.webhook_updates USING btree (received_at);

-- INDEX webhook_updates_waiting_idx
CREATE INDEX webhook_updates_waiting_idx ON public.webhook_updates USING btree (bot_id, update_id) WHERE (body IS NOT NULL);

-- TRIGGER audit_log audit_log_no_change
CREATE TRIGGER audit_log_no_change BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION public.audit_log_is_append_only();

-- TRIGGER audit_log audit_log_no_truncate
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.audit_log_is_append_only();

-- TRIGGER procrastinate_jobs procrastinate_jobs_notify_queue_job_aborted_v1
CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_notify_queue_abort_job_v1();

-- TRIGGER procrastinate_jobs procrastinate_jobs_notify_queue_job_inserted_v1
CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_notify_queue_job_inserted_v1();

-- TRIGGER procrastinate_jobs procrastinate_trigger_abort_requested_events_v1
CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1();

-- TRIGGER procrastinate_jobs procrastinate_trigger_delete_jobs_v1
CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_unlink_periodic_defers_v1();

-- TRIGGER procrastinate_jobs procrastinate_trigger_scheduled_events_v1
CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON public.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1();

-- TRIGGER procrastinate_jobs procrastinate_trigger_status_events_insert_v1
CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1();

-- TRIGGER procrastinate_jobs procrastinate_trigger_status_events_update_v1
CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_update_v1();

-- TRIGGER subscribers subscribers_inserted
CREATE TRIGGER subscribers_inserted AFTER INSERT ON public.subscribers REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.subscribers_inserted();

-- TRIGGER subscribers subscribers_updated
CREATE TRIGGER subscribers_updated AFTER UPDATE ON public.subscribers REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.subscribers_updated();

-- FK CONSTRAINT advertisements advertisements_operator_id_fkey
ALTER TABLE ONLY public.advertisements
    ADD CONSTRAINT advertisements_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES public.users(id);

-- FK CONSTRAINT advertisements advertisements_user_id_fkey
ALTER TABLE ONLY public.advertisements
    ADD CONSTRAINT advertisements_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

-- FK CONSTRAINT api_keys api_keys_user_id_fkey
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- FK CONSTRAINT audience_pages audience_pages_delivery_id_fkey
ALTER TABLE ONLY public.audience_pages
    ADD CONSTRAINT audience_pages_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.deliveries(id) ON DELETE CASCADE;

-- FK CONSTRAINT auth_sessions auth_sessions_user_id_fkey
ALTER TABLE ONLY public.auth_sessions
    ADD CONSTRAINT auth_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

-- FK CONSTRAINT bot_counters bot_counters_bot_id_fkey
ALTER TABLE ONLY public.bot_counters
    ADD CONSTRAINT bot_counters_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id);

-- FK CONSTRAINT bot_days_seen bot_days_seen_bot_id_fkey
ALTER TABLE ONLY public.bot_days_seen
    ADD CONSTRAINT bot_days_seen_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id);

-- FK CONSTRAINT bot_files bot_files_bot_id_fkey
ALTER TABLE ONLY public.bot_files
    ADD CONSTRAINT bot_files_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id);

-- FK CONSTRAINT bot_minutes bot_minutes_bot_id_fkey
ALTER TABLE ONLY public.bot_minutes
    ADD CONSTRAINT bot_minutes_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id);

-- FK CONSTRAINT bots bots_user_id_fkey
ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

-- FK CONSTRAINT broadcasts broadcasts_ad_id_fkey
ALTER TABLE ONLY public.broadcasts
    ADD CONSTRAINT broadcasts_ad_id_fkey FOREIGN KEY (ad_id) REFERENCES public.advertisements(id);

-- FK CONSTRAINT broadcasts broadcasts_user_id_fkey
ALTER TABLE ONLY public.broadcasts
    ADD CONSTRAINT broadcasts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

-- FK CONSTRAINT click_counters click_counters_delivery_id_fkey
ALTER TABLE ONLY public.click_counters
    ADD CONSTRAINT click_counters_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.deliveries(id) ON DELETE CASCADE;

-- FK CONSTRAINT deliveries deliveries_bot_id_fkey
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id);

-- FK CONSTRAINT deliveries deliveries_broadcast_id_fkey
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_broadcast_id_fkey FOREIGN KEY (broadcast_id) REFERENCES public.broadcasts(id);

-- FK CONSTRAINT delivery_errors delivery_errors_broadcast_id_fkey
ALTER TABLE ONLY public.delivery_errors
    ADD CONSTRAINT delivery_errors_broadcast_id_fkey FOREIGN KEY (broadcast_id) REFERENCES public.broadcasts(id) ON DELETE CASCADE;

-- FK CONSTRAINT delivery_minutes delivery_minutes_broadcast_id_fkey
ALTER TABLE ONLY public.delivery_minutes
    ADD CONSTRAINT delivery_minutes_broadcast_id_fkey FOREIGN KEY (broadcast_id) REFERENCES public.broadcasts(id) ON DELETE CASCADE;

-- FK CONSTRAINT first_clicks first_clicks_delivery_id_fkey
ALTER TABLE ONLY public.first_clicks
    ADD CONSTRAINT first_clicks_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.deliveries(id) ON DELETE CASCADE;

-- FK CONSTRAINT media_files media_files_user_id_fkey
ALTER TABLE ONLY public.media_files
    ADD CONSTRAINT media_files_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

-- FK CONSTRAINT procrastinate_events procrastinate_events_job_id_fkey
ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id) ON DELETE CASCADE;

-- FK CONSTRAINT procrastinate_jobs procrastinate_jobs_worker_id_fkey
ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.procrastinate_workers(id) ON DELETE SET NULL;

-- FK CONSTRAINT procrastinate_periodic_defers procrastinate_periodic_defers_job_id_fkey
ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id);

-- FK CONSTRAINT subscribers subscribers_bot_id_fkey
ALTER TABLE ONLY public.subscribers
    ADD CONSTRAINT subscribers_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id);

-- FK CONSTRAINT webhook_updates webhook_updates_bot_id_fkey
ALTER TABLE ONLY public.webhook_updates
    ADD CONSTRAINT webhook_updates_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id);
