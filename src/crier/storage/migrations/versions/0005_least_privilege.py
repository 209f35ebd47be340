"""What the application's role cannot do itself runs as the owner: two functions, no more.

`make_partitions` makes tables; `analyze_jobs` is `ANALYZE` of a table that is not the caller's.
Their search_path is fixed, so that nobody's temporary objects stand in for ours.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

PARTITIONS = """
CREATE OR REPLACE FUNCTION make_partitions(ahead integer DEFAULT 3) RETURNS void
LANGUAGE plpgsql {rights} AS $$
DECLARE
    parent text;
    month timestamptz;
    utc_now timestamp := now() AT TIME ZONE 'UTC';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('crier.make_partitions'));
    FOREACH parent IN ARRAY ARRAY['messages', 'clicks', 'analytics', 'logs'] LOOP
        FOR i IN -1 .. {ahead} LOOP
            month := (date_trunc('month', utc_now) + make_interval(months => i)) AT TIME ZONE 'UTC';
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                parent || '_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM'), parent, month,
                (date_trunc('month', utc_now) + make_interval(months => i + 1)) AT TIME ZONE 'UTC');
        END LOOP;
    END LOOP;
END $$
"""
ANALYZE = """
CREATE FUNCTION analyze_jobs() RETURNS void LANGUAGE plpgsql {rights} AS $$
BEGIN
    ANALYZE procrastinate_jobs;
END $$
"""


def upgrade() -> None:
    run = op.get_bind().exec_driver_sql
    schema = run("SELECT quote_ident(current_schema())").scalar_one()
    rights = f"SECURITY DEFINER SET search_path = {schema}, pg_temp"
    # No more than two years at once: whoever may call it shall not fill the catalogue.
    run(PARTITIONS.format(rights=rights, ahead="least(ahead, 24)").replace("%", "%%"))
    run(ANALYZE.format(rights=rights))
    run("REVOKE EXECUTE ON FUNCTION make_partitions(integer), analyze_jobs() FROM PUBLIC")


def downgrade() -> None:
    run = op.get_bind().exec_driver_sql
    run("DROP FUNCTION analyze_jobs()")
    run(PARTITIONS.format(rights="SECURITY INVOKER", ahead="ahead").replace("%", "%%"))
    run("ALTER FUNCTION make_partitions(integer) RESET search_path")
    run("GRANT EXECUTE ON FUNCTION make_partitions(integer) TO PUBLIC")
