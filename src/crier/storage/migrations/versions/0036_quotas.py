"""How much an organisation may have (decision 0056); no row, or NULL: as much as it likes."""

from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE quotas (
            organisation_id bigint PRIMARY KEY REFERENCES organisations (id),
            bots bigint CHECK (bots >= 0),
            subscribers bigint CHECK (subscribers >= 0),
            upload_bytes bigint CHECK (upload_bytes >= 0),
            ads_per_day bigint CHECK (ads_per_day >= 0),
            schedules bigint CHECK (schedules >= 0)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE quotas")
