"""How Telegram takes an upload is found out once, when it comes in."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE media_files ADD COLUMN kind varchar(12) NOT NULL DEFAULT 'document'")
    op.execute(
        """
        UPDATE media_files SET kind = CASE
            WHEN content_type = 'image/gif' THEN 'animation'
            WHEN content_type = 'video/mp4' THEN 'video'
            WHEN content_type LIKE 'image/%' AND size <= 10 * 1024 * 1024 THEN 'photo'
            ELSE 'document' END"""
    )
    op.execute("ALTER TABLE media_files ALTER COLUMN kind DROP DEFAULT")


def downgrade() -> None:
    op.execute("ALTER TABLE media_files DROP COLUMN kind")
