"""What each retry of a broadcast began with, so that no attempt is lost.

A row is written once, in the retry's transaction: the sums of all outcomes as they were, and how
many of them are tried again. What an attempt came to is the difference between two rows, or between
the last one and the sums of now.
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE broadcast_retries (
            broadcast_id bigint NOT NULL REFERENCES broadcasts ON DELETE CASCADE,
            number integer NOT NULL CHECK (number >= 2),   -- the launch is attempt 1
            started_at timestamptz NOT NULL DEFAULT now(),
            ended_at timestamptz,                          -- when the attempt before it ended
            sent bigint NOT NULL,
            blocked bigint NOT NULL,
            failed bigint NOT NULL,
            unknown bigint NOT NULL,
            skipped bigint NOT NULL,
            failed_again bigint NOT NULL,                  -- of the failed, who is tried again
            unknown_again bigint NOT NULL,
            PRIMARY KEY (broadcast_id, number),
            CHECK (failed_again BETWEEN 0 AND failed AND unknown_again BETWEEN 0 AND unknown),
            CHECK (failed_again + unknown_again > 0)
        )"""
    )


def downgrade() -> None:
    op.execute("DROP TABLE broadcast_retries")
