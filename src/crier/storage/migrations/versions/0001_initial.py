"""Everything of the first release, and Procrastinate's own schema, frozen as of then."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    "workers logs analytics click_counters first_clicks clicks messages bot_files media_files"
    " delivery_errors delivery_minutes audience_pages deliveries broadcasts advertisements"
    " bot_days_seen bot_minutes bot_counters subscribers webhook_updates bots audit_log"
    " idempotency_keys api_keys auth_sessions users"
)
FUNCTIONS = (
    "doubtful_recipients make_partitions subscribers_updated subscribers_inserted"
    " subscribers_seen subscribers_apply"
    " audit_log_is_append_only"
)


def upgrade() -> None:
    run = op.get_bind().connection.cursor().execute  # raw: the files hold ':' and '%' of their own
    run(Path(__file__).with_name("0001_procrastinate.sql").read_text())
    run(Path(__file__).with_suffix(".sql").read_text())


def downgrade() -> None:
    for table in TABLES.split():
        op.execute(f"DROP TABLE {table}")
    for function in FUNCTIONS.split():
        op.execute(f"DROP FUNCTION {function}")
    op.execute(
        """
        DO $$ DECLARE thing record; BEGIN
            FOR thing IN SELECT tablename FROM pg_tables
                WHERE schemaname = current_schema() AND tablename LIKE 'procrastinate%' LOOP
                EXECUTE format('DROP TABLE %I CASCADE', thing.tablename);
            END LOOP;
            FOR thing IN SELECT p.oid::regprocedure AS name FROM pg_proc p
                WHERE pronamespace = current_schema()::regnamespace
                AND proname LIKE 'procrastinate%' LOOP
                EXECUTE format('DROP FUNCTION %s CASCADE', thing.name);
            END LOOP;
            FOR thing IN SELECT typname FROM pg_type WHERE typname LIKE 'procrastinate%'
                AND typnamespace = current_schema()::regnamespace AND typtype IN ('e', 'c') LOOP
                EXECUTE format('DROP TYPE %I CASCADE', thing.typname);
            END LOOP;
        END $$"""
    )
