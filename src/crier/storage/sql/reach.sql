-- session: the server process that answers
SELECT pg_backend_pid()

-- fitness: what the database is like, and what of our session's settings has reached it
SELECT current_database() AS database, current_user::text AS role,
       pg_encoding_to_char(encoding)::text AS encoding, pg_is_in_recovery() AS is_standby,
       current_schema()::text AS schema, current_setting('search_path') AS search_path,
       current_setting('TimeZone') AS zone, current_setting('is_superuser') = 'on' AS is_superuser
FROM pg_database WHERE datname = current_database()
