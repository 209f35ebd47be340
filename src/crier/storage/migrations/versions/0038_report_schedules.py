"""Reports that come by themselves (decision 0062)."""

from alembic import op

revision = "0038"
down_revision = "0037"

UPGRADE = (
    """
    CREATE TABLE report_schedules (
        user_id bigint NOT NULL REFERENCES users (id),
        ad_id bigint NOT NULL REFERENCES advertisements (id) ON DELETE CASCADE,
        organisation_id bigint NOT NULL REFERENCES organisations (id),  -- in which the person acts
        role text NOT NULL,                                             -- and as what
        every text NOT NULL CHECK (every IN ('day', 'week', 'end')),
        tz text NOT NULL,
        due_at timestamptz,      -- NULL: once a broadcast has ended
        broadcast_id bigint,     -- the one that has; NULL: the ad's latest
        told text,               -- the figures of the last letter
        PRIMARY KEY (user_id, ad_id),
        CHECK (every = 'end' OR due_at IS NOT NULL)
    )
    """,
    "CREATE INDEX report_schedules_due_idx ON report_schedules (due_at)",
    "CREATE INDEX report_schedules_ad_idx ON report_schedules (ad_id)",
    """
    CREATE FUNCTION report_is_due() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE report_schedules SET due_at = now(), broadcast_id = NEW.id
        WHERE ad_id = NEW.ad_id AND every = 'end';
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER broadcasts_report AFTER UPDATE OF status ON broadcasts
        FOR EACH ROW WHEN (OLD.status <> NEW.status
                           AND NEW.status IN ('completed', 'cancelled', 'failed'))
        EXECUTE FUNCTION report_is_due()
    """,
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER broadcasts_report ON broadcasts")
    op.execute("DROP FUNCTION report_is_due")
    op.execute("DROP TABLE report_schedules")
