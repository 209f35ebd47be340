"""One-time codes as a second factor, and codes for who has lost them."""

from alembic import op

revision = "0027"
down_revision = "0026"

UPGRADE = (
    """
    CREATE TABLE one_time_codes (
        user_id bigint PRIMARY KEY REFERENCES users (id),
        secret text NOT NULL,                      -- sealed
        created_at timestamptz NOT NULL DEFAULT now(),
        confirmed_at timestamptz,                  -- NULL: no code of it has been seen yet
        last_step bigint NOT NULL DEFAULT 0        -- of the newest code that counted
    )
    """,
    """
    CREATE TABLE recovery_codes (
        user_id bigint NOT NULL REFERENCES users (id),
        code_hash bytea NOT NULL,
        used_at timestamptz,
        PRIMARY KEY (user_id, code_hash)
    )
    """,
)
DOWNGRADE = ("DROP TABLE recovery_codes", "DROP TABLE one_time_codes")


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
