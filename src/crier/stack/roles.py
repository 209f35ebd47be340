"""The roles of the embedded PostgreSQL, and the database that they share.

- `postgres`      made with the cluster, a superuser; only `crier up` uses it, here
- `crier_owner`   owns the database and everything in it; migrations run as it
- `crier`         what the API and the workers are; `storage/grants.py` says what it may do

Neither of ours can read or write files of the server, start programs, or make roles. Who may be
which role is said by `postgres.py`. Everything here may run any number of times; a data folder that
the superuser owned until now is handed over.
"""

import psycopg
from psycopg import sql

from crier.settings import APPLICATION_ROLE, OWNER_ROLE

DATABASE = "crier"
_PLAIN = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

# What belongs to the role that is connected, in the schema where releases without roles put it. A
# sequence of a column follows its table.
_HAND_OVER = """
DO $$ DECLARE command text; BEGIN
    FOR command IN
        SELECT format('ALTER TABLE %s OWNER TO crier_owner', c.oid::regclass) FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relowner = current_user::regrole
          AND (c.relkind IN ('r', 'p', 'v', 'm') OR c.relkind = 'S' AND NOT EXISTS (
              SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO crier_owner', p.oid::regprocedure) FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.proowner = current_user::regrole
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO crier_owner', t.oid::regtype)
        FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.typnamespace = 'public'::regnamespace AND t.typowner = current_user::regrole
          AND (t.typtype IN ('e', 'd') OR t.typtype = 'c' AND c.relkind = 'c')
    LOOP
        EXECUTE command;
    END LOOP;
END $$"""


def make_database(server_url: str, database_url: str) -> bool:
    """Make roles and database where they are missing; False while the server is not up yet.

    Both URLs are the superuser's; the second names the database that is made.
    """
    try:
        with psycopg.connect(server_url, autocommit=True) as connection:
            make_roles(connection)
            _make_database(connection)
        with psycopg.connect(database_url) as connection:
            connection.execute(_HAND_OVER)
    except psycopg.OperationalError:
        return False
    return True


def make_roles(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Make both roles, or set right what they may do."""
    for role in (OWNER_ROLE, APPLICATION_ROLE):
        found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,))
        verb = "ALTER" if found.rowcount else "CREATE"
        connection.execute(
            sql.SQL(f"{verb} ROLE {{}} {_PLAIN}").format(sql.Identifier(role))  # nosec B608
        )


def _make_database(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    if not connection.execute("SELECT FROM pg_database WHERE datname = 'crier'").rowcount:
        connection.execute("CREATE DATABASE crier OWNER crier_owner")
    connection.execute("ALTER DATABASE crier OWNER TO crier_owner")
    connection.execute("REVOKE ALL ON DATABASE crier, postgres, template1 FROM PUBLIC")
    connection.execute("GRANT CONNECT, TEMPORARY ON DATABASE crier TO crier")
