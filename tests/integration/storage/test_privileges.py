"""Who is what in the embedded PostgreSQL, and what the application's role can and cannot do."""

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from crier.settings import APPLICATION_ROLE, OWNER_ROLE, SUPERUSER_ROLE
from crier.stack import ownership, roles
from crier.stack.postgres import binary
from crier.storage import grants, migrate, schema_version
from tests.support.postgres import Cluster, owners

NOBODY = 65534

BEYOND_ANY = [
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "CREATE TEMPORARY TABLE t (line text); COPY t FROM PROGRAM 'id'",
    "CREATE TEMPORARY TABLE t (line text); COPY t FROM '/etc/passwd'",
    "SELECT pg_read_file('/proc/self/environ')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "CREATE ROLE another SUPERUSER",
    "ALTER ROLE crier SUPERUSER",
    "CREATE DATABASE another",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "SET session_replication_role = replica",
    "SELECT rolpassword FROM pg_authid",
]
BEYOND_APPLICATION = [
    "SET ROLE crier_owner",
    "UPDATE audit_log SET actor = 'somebody else'",
    "DELETE FROM audit_log",
    "TRUNCATE audit_log",
    "ALTER TABLE audit_log DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_log_no_change ON audit_log",
    "DELETE FROM logs",
    "DELETE FROM users",
    "TRUNCATE bots CASCADE",
    "ALTER TABLE users ADD COLUMN mine int",
    "CREATE TABLE mine (id int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION analyze_jobs() RETURNS void LANGUAGE sql AS ''",
    "UPDATE alembic_version SET version_num = '0001'",
    "DROP TABLE webhook_updates",
    "VACUUM FULL users",
]


@pytest.mark.parametrize("statement", BEYOND_ANY)
@pytest.mark.parametrize("role", [APPLICATION_ROLE, OWNER_ROLE])
def test_no_role_of_ours_reaches_beyond_its_database(
    database_url: str, role: str, statement: str
) -> None:
    url = database_url if role == APPLICATION_ROLE else owners(database_url)
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (role,)
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFile)):
            connection.execute(statement.encode())


@pytest.mark.parametrize("statement", BEYOND_APPLICATION)
def test_the_application_owns_nothing_and_rewrites_no_trail(
    database_url: str, statement: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        if statement.startswith("VACUUM"):  # PostgreSQL only warns, and leaves the table alone
            notices: list[str] = []
            connection.add_notice_handler(lambda note: notices.append(note.message_primary or ""))
            connection.execute(statement.encode())
            assert "permission denied" in notices[0]
            return
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_the_application_can_do_what_its_work_takes(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        for statement in (
            "SELECT make_partitions(6)",
            "SELECT analyze_jobs()",
            "CREATE TEMPORARY TABLE mine (id int) ON COMMIT DROP",
            "LISTEN crier",
            "SELECT pg_notify('crier', 'bot:1')",
            "SELECT pg_advisory_xact_lock(1)",
            "INSERT INTO users (username, password_hash, role) VALUES ('ann', '', 'admin')",
            "DELETE FROM webhook_updates",
            "SELECT procrastinate_register_worker_v1()",
        ):
            connection.execute(statement.encode())


def test_nobody_fills_the_catalogue_with_partitions(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT make_partitions(1000000)")
        row = connection.execute(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'messages'::regclass"
        ).fetchone()
    assert row is not None
    assert row[0] <= 26


def test_a_function_that_runs_as_its_owner_looks_only_where_it_was_made(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT proname, proconfig FROM pg_proc WHERE prosecdef"
            " AND pronamespace = 'public'::regnamespace"
        ).fetchall()
        assert {name for name, _ in rows} >= {"make_partitions", "analyze_jobs"}
        for _, settings in rows:
            assert "search_path=public, pg_temp" in settings


def test_every_table_is_granted_as_written(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        found: dict[str, set[str]] = {}
        for table, privilege in connection.execute(
            "SELECT table_name, privilege_type FROM information_schema.table_privileges"
            " WHERE grantee = 'crier' AND table_schema = 'public'"
        ):
            found.setdefault(table, set()).add(privilege)
        assert grants.NARROWER.keys() <= found.keys()
        for table, privileges in found.items():
            assert privileges == set(grants.NARROWER.get(table, grants.ROWS).split(", ")), table
        partitions = connection.execute(
            "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
        ).fetchall()
        assert not {name for (name,) in partitions} & found.keys()


def connect_as(uid: int, url: str) -> str:
    """What PostgreSQL says to a user of this machine who connects."""
    tried = subprocess.run(
        [binary("psql"), "-Atc", "SELECT 'let in'", url],
        user=uid if os.geteuid() == 0 else None,
        group=uid if os.geteuid() == 0 else None,
        extra_groups=[] if os.geteuid() == 0 else None,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    return tried.stdout + tried.stderr


@pytest.fixture
def socket_for_all(cluster: Cluster) -> Iterator[None]:
    """The socket's folders let everybody pass, so that PostgreSQL itself has to say no."""
    folders = (cluster.sockets, cluster.sockets.parent)
    modes = [folder.stat().st_mode & 0o777 for folder in folders]
    for folder, mode in zip(folders, modes, strict=True):
        folder.chmod(mode | 0o001)
    yield
    for folder, mode in zip(folders, modes, strict=True):
        folder.chmod(mode)


@pytest.mark.usefixtures("socket_for_all")
@pytest.mark.parametrize("role", [SUPERUSER_ROLE, OWNER_ROLE, APPLICATION_ROLE])
def test_no_other_user_of_the_machine_is_any_role(cluster: Cluster, role: str) -> None:
    said = connect_as(NOBODY, cluster.url("postgres", role))
    if os.geteuid() == 0:
        assert "Peer authentication failed" in said
    else:
        assert "let in" in said  # ourselves: who starts the platform may be every role


@pytest.mark.parametrize(
    ("role", "answer"),
    [
        (APPLICATION_ROLE, "let in"),
        (OWNER_ROLE, "Peer authentication failed"),
        (SUPERUSER_ROLE, "Peer authentication failed"),
    ],
)
def test_the_account_of_the_api_is_the_applications_role_alone(
    cluster: Cluster, database_url: str, role: str, answer: str
) -> None:
    account = ownership.account(ownership.APPLICATION)
    if account is None:  # not root: the programs are whoever starts them
        answer = "let in"
    url = database_url.replace(f"//{APPLICATION_ROLE}@", f"//{role}@")
    assert answer in connect_as(account.pw_uid if account else 0, url)


def test_a_database_of_a_release_without_roles_is_handed_over(cluster: Cluster) -> None:
    server, old = (cluster.url(name, SUPERUSER_ROLE) for name in ("postgres", roles.DATABASE))
    cluster.execute("CREATE DATABASE crier")
    try:
        migrate.upgrade(old, "0002")
        with psycopg.connect(old) as connection:
            connection.execute(
                "INSERT INTO users (username, password_hash, role) VALUES ('ann', '', 'admin')"
            )
        for _ in range(2):
            assert roles.make_database(server, old)
            migrate.upgrade(owners(cluster.url(roles.DATABASE)), role=APPLICATION_ROLE)
        with psycopg.connect(cluster.url(roles.DATABASE)) as connection:
            assert connection.execute("SELECT username FROM users").fetchone() == ("ann",)
            connection.execute("SELECT make_partitions(7)")
            left = connection.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " AND relowner <> 'crier_owner'::regrole"
            ).fetchone()
            assert left == (0,)
    finally:
        cluster.execute("DROP DATABASE crier WITH (FORCE)")


def test_an_owner_and_an_application_in_a_schema_of_their_own(cluster: Cluster) -> None:
    with cluster.database(template=None) as url:
        with psycopg.connect(url) as owner:
            owner.execute("CREATE SCHEMA ads")
        inside = f"{url}&options=-csearch_path%3Dads"
        migrate.upgrade(inside, role=APPLICATION_ROLE)
        application = inside.replace(f"//{OWNER_ROLE}@", f"//{APPLICATION_ROLE}@")
        schema_version.check(application)
        with psycopg.connect(application) as connection:
            connection.execute("SELECT make_partitions(5)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("TRUNCATE logs")
