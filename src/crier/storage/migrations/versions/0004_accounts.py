"""Names folded the same way everywhere, a sealed audit log, what deactivated accounts left on."""

from alembic import op

revision = "0004"
down_revision = "0003"

# By a Turkish database's rules ADMIN and admin were two names: the older account keeps its own.
UPGRADE = (
    "DROP INDEX users_username_key",
    """
    UPDATE users SET username = left(username, 49 - length(id::text)) || '-' || id
    WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (
                PARTITION BY lower(username COLLATE "C") ORDER BY id) AS place
            FROM users) AS same
        WHERE place > 1)
    """,
    'CREATE UNIQUE INDEX users_username_key ON users (lower(username COLLATE "C"))',
    # NULL: a line from before there were keys, whose hash is a plain SHA-256
    "ALTER TABLE audit_log ADD COLUMN key_id varchar(16)",
    """
    CREATE TABLE failed_sign_ins (
        username varchar(50) NOT NULL,             -- '' for a name that nobody has
        network varchar(64) NOT NULL,              -- '' for all beyond the bound
        since timestamptz NOT NULL DEFAULT now(),
        last_at timestamptz NOT NULL DEFAULT now(),
        count integer NOT NULL DEFAULT 1,
        told integer NOT NULL DEFAULT 0,           -- of these, how many the audit log knows of
        PRIMARY KEY (username, network)
    )
    """,
    # What accounts that were deactivated before this release have left running.
    """
    UPDATE bots SET desired_status = 'stopped',
        status = CASE WHEN instance_id IS NULL THEN 'stopped' ELSE 'stopping' END
    WHERE desired_status = 'running' AND deleted_at IS NULL
      AND user_id IN (SELECT id FROM users WHERE NOT is_active)
    """,
    """
    UPDATE api_keys SET revoked_at = now()
    WHERE revoked_at IS NULL AND user_id IN (SELECT id FROM users WHERE NOT is_active)
    """,
    """
    WITH step AS (
        UPDATE broadcasts SET status = 'paused', reason = 'paused: the account is deactivated'
        WHERE status = 'broadcasting' AND user_id IN (SELECT id FROM users WHERE NOT is_active)
        RETURNING ad_id
    )
    UPDATE advertisements a SET status = 'paused' FROM step WHERE a.id = step.ad_id
    """,
)
DOWNGRADE = (
    "DROP TABLE failed_sign_ins",
    "ALTER TABLE audit_log DROP COLUMN key_id",
    "DROP INDEX users_username_key",
    "CREATE UNIQUE INDEX users_username_key ON users (lower(username))",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
