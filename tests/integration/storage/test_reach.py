"""A database is taken as it is found, or refused in one line that says what to change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import psycopg
import pytest
import sqlalchemy as sa

from crier import link
from crier.errors import CrierError
from crier.settings import Settings
from crier.storage import migrate, reach, schema_version
from crier.storage.engine import make_engine
from crier.storage.pool import open_pool
from tests.support.postgres import Cluster

ODD_DEFAULTS = {
    "datestyle": "'SQL, DMY'",
    "timezone": "'Asia/Tokyo'",
    "intervalstyle": "iso_8601",
    "bytea_output": "escape",
    "extra_float_digits": "-10",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "row_security": "off",
    "client_encoding": "LATIN1",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on",
    "statement_timeout": "1",
    "lock_timeout": "1",
    "idle_in_transaction_session_timeout": "1",
    "idle_session_timeout": "1",
    "lc_messages": "'C'",
}
PROBE = r"""
    SELECT '2024-03-04'::date::text, '2024-03-04T05:06:07Z'::timestamptz,
           '1 day 02:03:04'::interval, '\x00ff'::bytea, 0.1::float8 + 0.2, 'a\b', NULL = NULL, 'ü€',
           current_setting('transaction_isolation'), current_setting('transaction_read_only')
    FROM pg_sleep(0.01)
"""
ANSWER = (
    "2024-03-04",
    datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC),
    timedelta(days=1, hours=2, minutes=3, seconds=4),
    b"\x00\xff",
    0.1 + 0.2,
    r"a\b",
    None,
    "ü€",
    "read committed",
    "off",
)


def make_odd(cluster: Cluster, whose: str) -> None:
    for setting, value in ODD_DEFAULTS.items():
        cluster.execute(f"ALTER {whose} SET {setting} = {value}")


@pytest.mark.parametrize("whose", ["DATABASE", "ROLE"])
def test_defaults_of_a_database_or_a_role_change_nothing(cluster: Cluster, whose: str) -> None:
    with cluster.database(template=None) as url:
        parts = urlsplit(url)
        database = parts.path.strip("/")
        role = f"{parts.username} IN DATABASE {database}"
        make_odd(cluster, f"{whose} {database if whose == 'DATABASE' else role}")
        with link.connect(url, "test") as connection:
            assert connection.execute(PROBE.encode()).fetchone() == ANSWER
        engine = make_engine(url, name="test")
        with engine.connect() as used:
            assert tuple(used.exec_driver_sql(PROBE).one()) == ANSWER
        engine.dispose()


async def test_the_pool_of_a_worker_has_the_same_settings(cluster: Cluster) -> None:
    with cluster.database(template=None) as url:
        make_odd(cluster, f"DATABASE {urlsplit(url).path.strip('/')}")
        async with open_pool(url, name="test") as pool, pool.connection() as connection:
            assert await (await connection.execute(PROBE.encode())).fetchone() == ANSWER


def test_a_database_with_odd_defaults_is_migrated_like_any_other(cluster: Cluster) -> None:
    with cluster.database(template=None) as url:
        make_odd(cluster, f"DATABASE {urlsplit(url).path.strip('/')}")
        migrate.upgrade(url)
        schema_version.check(url)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_a_database_in_another_encoding_is_refused_with_what_to_do(
    cluster: Cluster, encoding: str
) -> None:
    clauses = f" ENCODING '{encoding}' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0"
    with (
        cluster.database(template=None, clauses=clauses) as url,
        pytest.raises(reach.UnfitDatabaseError, match=f"is in {encoding}, where Crier needs UTF8"),
    ):
        reach.database_problem(url)


def test_a_search_path_in_the_url_holds_for_everything(cluster: Cluster) -> None:
    with cluster.database(template=None) as url, psycopg.connect(url, autocommit=True) as ours:
        ours.execute("CREATE SCHEMA ads")
        inside = f"{url}&options=-csearch_path%3Dads"
        assert reach.database_problem(inside) is None
        migrate.upgrade(inside)
        schema_version.check(inside)
        row = ours.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert row == (0,)
        engine = make_engine(inside, name="test")
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT make_partitions(6)"))
            assert connection.scalar(sa.text("SELECT count(*) FROM bots")) == 0
        engine.dispose()


@pytest.mark.parametrize(
    "options", ["-csearch_path%3Dx", "-c%20search_path%3Dx", "--search_path%3Dx"]
)
def test_a_search_path_without_a_schema_is_refused_with_what_to_do(
    empty_database_url: str, options: str
) -> None:
    with pytest.raises(reach.UnfitDatabaseError, match=r"search_path is x\): make that schema"):
        reach.database_problem(f"{empty_database_url}&options={options}")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter22@127.0.0.1:1/x",
        "postgresql://u:hunter22@/x?host=/nowhere",
        "postgresql://u:hunter22@127.0.0.1:1/x?options=-cno_such%3D1",
    ],
)
def test_a_database_that_does_not_answer_is_waited_for(url: str) -> None:
    problem = reach.database_problem(url)
    assert problem is not None
    assert problem.startswith("cannot reach the database (")
    assert "hunter22" not in problem


@pytest.mark.parametrize(
    "url", ["postgresql://u:hunter22@h:1/x?nonsense=1", "postgresql://u:hunter22%zz@h/x"]
)
def test_a_url_that_cannot_be_read_is_refused_without_its_password(url: str) -> None:
    settings = replace(Settings.from_environment({}), database_url=url, migration_url=url)
    with pytest.raises(CrierError, match="cannot read the database's URL") as caught:
        reach.require_database(settings)
    assert "hunter22" not in str(caught.value)


def test_a_migration_that_the_database_refuses_is_one_line(cluster: Cluster) -> None:
    with cluster.database(template=None) as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE bots (id int)")
        with pytest.raises(CrierError, match="cannot migrate the database") as caught:
            migrate.upgrade(url)
        assert len(str(caught.value).splitlines()) == 1
