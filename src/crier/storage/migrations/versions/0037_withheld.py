"""What a team withholds of a member's role (decision 0057): names of `MEMBER_SCOPES`."""

from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE memberships ADD COLUMN withheld text[] NOT NULL DEFAULT '{}'
            CHECK (withheld <@ ARRAY['ads', 'launch', 'bots', 'people', 'money'])
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE memberships DROP COLUMN withheld")
