"""Organisations own bots and ads; every account is one, with the same id (decision 0054).

What was an owner's id stays what it is. A trigger makes the organisation of a new account, also of
one that a process of the release before adds. That process leaves the new columns empty: then a
key, an export and a broadcast are of the account's own organisation.

The way back fails where a team has bots or ads: no account has its id.
"""

from alembic import op

revision = "0035"
down_revision = "0034"

_OWNED = (
    ("bots", "user_id"),
    ("advertisements", "user_id"),
    ("advertisements", "operator_id"),
    ("broadcasts", "user_id"),
    ("media_files", "user_id"),
)
_NOTICES = """
    CREATE OR REPLACE FUNCTION notice_of_broadcast() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM notice_of(coalesce(NEW.launched_by, NEW.user_id),
                          CASE WHEN NEW.status = 'completed' THEN 'broadcast_ended'
                               ELSE 'broadcast_stopped' END, NEW.id);
        RETURN NULL;
    END $$;
    CREATE OR REPLACE FUNCTION notice_of_bot() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM notice_of(m.user_id, 'bot_error', NEW.id) FROM memberships m
        WHERE m.organisation_id = NEW.user_id AND m.role IN ('owner', 'operator');
        RETURN NULL;
    END $$
"""
_NOTICES_BEFORE = """
    CREATE OR REPLACE FUNCTION notice_of_broadcast() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM notice_of(NEW.user_id, CASE WHEN NEW.status = 'completed' THEN 'broadcast_ended'
                                            ELSE 'broadcast_stopped' END, NEW.id);
        RETURN NULL;
    END $$;
    CREATE OR REPLACE FUNCTION notice_of_bot() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM notice_of(NEW.user_id, 'bot_error', NEW.id);
        RETURN NULL;
    END $$
"""
UPGRADE = (
    """
    CREATE TABLE organisations (
        id bigint PRIMARY KEY DEFAULT nextval('users_id_seq'),  -- no id is also another account's
        name text,                                 -- NULL: of one account, which has the same id
        created_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz
    )
    """,
    """
    CREATE TABLE memberships (
        organisation_id bigint NOT NULL REFERENCES organisations (id),
        user_id bigint NOT NULL REFERENCES users (id),
        role text NOT NULL CHECK (role IN ('owner', 'operator', 'advertiser', 'viewer')),
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organisation_id, user_id)
    )
    """,
    "CREATE INDEX memberships_user_idx ON memberships (user_id)",
    """
    CREATE FUNCTION add_own_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO organisations (id, created_at) VALUES (NEW.id, NEW.created_at);
        INSERT INTO memberships (organisation_id, user_id, role) VALUES (NEW.id, NEW.id, 'owner');
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER users_own_organisation AFTER INSERT ON users
        FOR EACH ROW EXECUTE FUNCTION add_own_organisation()
    """,
    """
    INSERT INTO organisations (id, created_at, deleted_at)
    SELECT id, created_at, deleted_at FROM users
    """,
    """
    INSERT INTO memberships (organisation_id, user_id, role, created_at)
    SELECT id, id, 'owner', created_at FROM users WHERE deleted_at IS NULL
    """,
    "ALTER TABLE auth_sessions ADD COLUMN organisation_id bigint",
    """
    ALTER TABLE auth_sessions ADD CONSTRAINT auth_sessions_membership_fkey
        FOREIGN KEY (organisation_id, user_id) REFERENCES memberships (organisation_id, user_id)
        ON DELETE SET NULL (organisation_id)
    """,
    "ALTER TABLE api_keys ADD COLUMN organisation_id bigint REFERENCES organisations (id)",
    "ALTER TABLE exports ADD COLUMN organisation_id bigint REFERENCES organisations (id)",
    "ALTER TABLE invitations ADD COLUMN organisation_id bigint REFERENCES organisations (id)",
    """
    ALTER TABLE invitations ADD COLUMN member_role text
        CHECK (member_role IN ('owner', 'operator', 'advertiser', 'viewer')),
        ADD CHECK ((organisation_id IS NULL) = (member_role IS NULL))
    """,
    "ALTER TABLE broadcasts ADD COLUMN launched_by bigint REFERENCES users (id)",
    # No foreign key: the trail outlives its organisations.
    "ALTER TABLE audit_log ADD COLUMN organisation_id bigint",
    _NOTICES,
)
DOWNGRADE = (
    _NOTICES_BEFORE,
    "ALTER TABLE audit_log DROP COLUMN organisation_id",
    "ALTER TABLE broadcasts DROP COLUMN launched_by",
    "ALTER TABLE invitations DROP COLUMN member_role, DROP COLUMN organisation_id",
    "ALTER TABLE exports DROP COLUMN organisation_id",
    "ALTER TABLE api_keys DROP COLUMN organisation_id",
    "ALTER TABLE auth_sessions DROP COLUMN organisation_id",
    "DROP TRIGGER users_own_organisation ON users",
    "DROP FUNCTION add_own_organisation",
    "DROP TABLE memberships",
    "DROP TABLE organisations",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    _own("organisations")


def downgrade() -> None:
    _own("users")
    for statement in DOWNGRADE:
        op.execute(statement)


def _own(table: str) -> None:
    """Let what names owners refer to a table."""
    for owned, column in _OWNED:
        name = f"{owned}_{column}_fkey"
        op.execute(f"ALTER TABLE {owned} DROP CONSTRAINT {name}")
        op.execute(
            f"ALTER TABLE {owned} ADD CONSTRAINT {name} FOREIGN KEY ({column})"
            f" REFERENCES {table} (id)"
        )
