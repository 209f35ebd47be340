"""Make partitions without stopping who reads or writes, and drop old ones.

`CREATE TABLE … PARTITION OF` takes an ACCESS EXCLUSIVE lock on the parent, so that one long reader
stopped all recording; ATTACH needs a SHARE UPDATE EXCLUSIVE one, which lets everybody go on. DETACH
needs the strong one (its CONCURRENTLY form runs in no function): where it is not had within half a
second nothing is dropped, and whoever asked asks again.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

_MAKE = """
CREATE FUNCTION make_partitions(ahead integer DEFAULT 3, behind integer DEFAULT 1) RETURNS void
LANGUAGE plpgsql {rights} SET lock_timeout = '5s' AS $$
DECLARE
    parent text;
    name text;
    first timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crier.make_partitions'));
    FOREACH parent IN ARRAY ARRAY['messages', 'clicks', 'analytics', 'logs'] LOOP
        -- No more than two years ahead: whoever may call it shall not fill the catalogue.
        FOR i IN -least(behind, 240) .. least(ahead, 24) LOOP
            name := parent || '_' || to_char(first + make_interval(months => i), 'YYYY_MM');
            CONTINUE WHEN to_regclass(quote_ident(name)) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                           name, parent);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                parent, name, (first + make_interval(months => i)) AT TIME ZONE 'UTC',
                (first + make_interval(months => i + 1)) AT TIME ZONE 'UTC');
        END LOOP;
    END LOOP;
END $$
"""
_DROP = """
CREATE FUNCTION drop_partitions(parent text, before timestamptz) RETURNS integer
LANGUAGE plpgsql {rights} SET lock_timeout = '500ms' AS $$
DECLARE
    name text;
    dropped integer := 0;
    -- The months are UTC; what is left of the current one and the one before always stays.
    latest text := to_char(least(before, now() - interval '31 days') AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF parent NOT IN ('messages', 'clicks', 'analytics', 'logs') THEN
        RAISE EXCEPTION 'drop_partitions: % has none', parent;
    END IF;
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = parent::regclass AND right(c.relname, 7) < latest
        ORDER BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, name);
        EXECUTE format('DROP TABLE %I', name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$
"""
# As in 0005.
_MAKE_BEFORE = """
CREATE FUNCTION make_partitions(ahead integer DEFAULT 3) RETURNS void
LANGUAGE plpgsql {rights} AS $$
DECLARE
    parent text;
    month timestamptz;
    utc_now timestamp := now() AT TIME ZONE 'UTC';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crier.make_partitions'));
    FOREACH parent IN ARRAY ARRAY['messages', 'clicks', 'analytics', 'logs'] LOOP
        FOR i IN -1 .. least(ahead, 24) LOOP
            month := (date_trunc('month', utc_now) + make_interval(months => i)) AT TIME ZONE 'UTC';
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                parent || '_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'), parent, month,
                (date_trunc('month', utc_now) + make_interval(months => i + 1)) AT TIME ZONE 'UTC');
        END LOOP;
    END LOOP;
END $$
"""


def upgrade() -> None:
    _run("DROP FUNCTION make_partitions(integer)", _MAKE, _DROP)
    _run(
        "REVOKE EXECUTE ON FUNCTION make_partitions(integer, integer),"
        " drop_partitions(text, timestamptz) FROM PUBLIC"
    )


def downgrade() -> None:
    _run(
        "DROP FUNCTION drop_partitions(text, timestamptz)",
        "DROP FUNCTION make_partitions(integer, integer)",
        _MAKE_BEFORE,
        "REVOKE EXECUTE ON FUNCTION make_partitions(integer) FROM PUBLIC",
    )


def _run(*statements: str) -> None:
    run = op.get_bind().exec_driver_sql
    schema = run("SELECT quote_ident(current_schema())").scalar_one()
    rights = f"SECURITY DEFINER SET search_path = {schema}, pg_temp"
    for statement in statements:
        run(statement.replace("{rights}", rights).replace("%", "%%"))
