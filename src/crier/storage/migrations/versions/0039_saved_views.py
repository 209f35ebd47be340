"""Views of lists that people have saved (decision 0060)."""

from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE saved_views (
            user_id bigint NOT NULL REFERENCES users (id),
            page text NOT NULL CHECK (page IN ('bots', 'ads', 'broadcasts', 'logs')),
            name text NOT NULL,
            search text NOT NULL,
            saved_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (user_id, page, name)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE saved_views")
