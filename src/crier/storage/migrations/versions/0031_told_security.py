"""How far the operator's webhook has been told of security events."""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE told_security (
            single boolean PRIMARY KEY DEFAULT true CHECK (single),
            audit_id bigint NOT NULL                   -- the last line of the audit log
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE told_security")
