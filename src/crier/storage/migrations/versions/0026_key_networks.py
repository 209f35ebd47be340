"""The networks that an API key was used from, sign-ins by device, the audit log by account."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.execute("ALTER TABLE api_keys ADD COLUMN networks text[] NOT NULL DEFAULT '{}'")
    op.execute("CREATE INDEX audit_log_actor_id_idx ON audit_log (actor_id, id)")
    op.execute("CREATE INDEX auth_sessions_device_idx ON auth_sessions (user_id, user_agent)")


def downgrade() -> None:
    op.execute("DROP INDEX auth_sessions_device_idx")
    op.execute("DROP INDEX audit_log_actor_id_idx")
    op.execute("ALTER TABLE api_keys DROP COLUMN networks")
