"""However a database came to the newest schema, it has the same one, Procrastinate's included."""

import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager

from crier.storage import migrate, schema_version
from tests.support import schema
from tests.support.postgres import Cluster, owners

FIRST = Path(__file__).parent / "snapshots" / "schema_0001.sql"
UPGRADE = """Procrastinate {version} has another schema than our migrations make.

Add a migration with the statements of its `sql/migrations/` that are newer than the version before,
as docs/decisions/0021-schema-changes.md tells. What differs:
{names}"""


def of_queue(objects: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in objects.items() if "procrastinate" in name}


def revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(migrate._config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


@contextmanager
def made_by(script: str, cluster: Cluster) -> Iterator[str]:
    """Make a database by the script of a schema."""
    with cluster.database(template=None) as url:
        with psycopg.connect(url) as connection:
            connection.execute(script.encode())
        yield url


def read_back(database_url: str, cluster: Cluster) -> dict[str, str]:
    """Return the objects as they are after a dump and its restore, which write conditions anew."""
    with made_by(schema.script(database_url), cluster) as url:
        return schema.objects(url)


def test_the_installed_procrastinate_has_the_schema_that_the_migrations_make(
    database_url: str, empty_database_url: str
) -> None:
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(SchemaManager.get_schema().encode())
    shipped = of_queue(schema.objects(empty_database_url))
    ours = of_queue(schema.objects(owners(database_url)))
    assert len(shipped) > 50
    version = importlib.metadata.version("procrastinate")
    names = schema.differences(shipped, ours)
    assert not names, UPGRADE.format(version=version, names="\n".join(names))


def test_another_schema_of_procrastinate_is_noticed_by_name(database_url: str) -> None:
    before = of_queue(schema.objects(owners(database_url)))
    with psycopg.connect(owners(database_url)) as connection:
        connection.execute("ALTER TABLE procrastinate_jobs ADD COLUMN surprise integer")
    after = of_queue(schema.objects(owners(database_url)))
    assert schema.differences(before, after) == ["TABLE procrastinate_jobs"]


def test_the_first_migration_makes_what_it_made_when_it_landed(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url, "0001")
    assert schema.script(empty_database_url) == FIRST.read_text()


def test_a_database_of_the_first_landing_becomes_the_same_as_a_fresh_one(
    database_url: str, cluster: Cluster
) -> None:
    fresh = read_back(owners(database_url), cluster)
    with made_by(FIRST.read_text(), cluster) as url:
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO alembic_version VALUES ('0001')")
        migrate.upgrade(url)
        schema_version.check(url)
        upgraded = read_back(url, cluster)
    assert len(fresh) > 150
    assert schema.differences(fresh, upgraded) == []


@pytest.mark.parametrize(("older", "newer"), list(zip(revisions(), revisions()[1:], strict=False)))
def test_each_migration_takes_back_all_that_it_made(
    empty_database_url: str, older: str, newer: str
) -> None:
    migrate.upgrade(empty_database_url, older)
    before = schema.objects(empty_database_url)
    migrate.upgrade(empty_database_url, newer)
    migrate.downgrade(empty_database_url, older)
    assert schema.differences(before, schema.objects(empty_database_url)) == []
