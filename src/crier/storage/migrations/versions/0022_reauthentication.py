"""When the person of a sign-in has last proven to be there."""

from alembic import op

revision = "0022"
down_revision = "0021"

UPGRADE = (
    "ALTER TABLE auth_sessions ADD COLUMN authenticated_at timestamptz NOT NULL DEFAULT now()",
    "UPDATE auth_sessions SET authenticated_at = created_at",
)
DOWNGRADE = ("ALTER TABLE auth_sessions DROP COLUMN authenticated_at",)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
