"""A database is brought back to the second before an accident by the commands of the guide, and
what was running then waits for a person."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from crier.settings import SUPERUSER_ROLE, embedded_database_url
from crier.stack import ownership
from crier.stack.postgres import Postgres, binary
from tests.support import postgres, servers
from tests.support.engine import KEYS, AdRows
from tests.support.restored import in_mid_broadcast, see_that_it_waits_and_goes_on
from tests.support.sandbox import Sandbox
from tests.support.waiting import until
from tests.support.workers import Workers

GUIDE = (Path(__file__).parents[2] / "docs/how-to/recover-to-a-time.md").read_text()
BOTS, PEOPLE = 2, 100
pytestmark = pytest.mark.timeout(600)


@dataclass
class Place:
    """Where the guide's folders are here."""

    folder: Path

    def block(self, kind: str, *replacements: tuple[str, str]) -> str:
        """Return a block of the guide with this place's paths."""
        found = re.findall(rf"^ *```{kind}\n(.*?)^ *```", GUIDE, re.MULTILINE | re.DOTALL)
        text = str(found[0])
        for old, new in (("/srv/", f"{self.folder}/"), *replacements):
            assert old in text or old == "/srv/", old
            text = text.replace(old, new)
        return text

    def run(self, commands: str, sockets: Path) -> None:
        """Run commands as the account of PostgreSQL."""
        owner = ownership.account(ownership.DATABASE)
        path = f"{binary('postgres').parent}:/usr/bin:/bin"
        done = subprocess.run(
            ["sh", "-e", "-c", commands],
            env={"PATH": path, "PGHOST": str(sockets), "PGUSER": SUPERUSER_ROLE},
            cwd=self.folder,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def settings(self) -> dict[str, str]:
        """Return what `postgresql.conf` is to have, and access for copies of the cluster."""
        access = self.folder / "pg_hba.conf"
        access.write_text("local all all trust\nlocal replication all trust\n")
        access.chmod(0o644)
        lines = re.findall(r"^(\w+) = '?(.*?)'?$", self.block("ini"), re.MULTILINE)
        return {**dict(lines), "hba_file": str(access)}


@pytest.fixture
def place() -> Iterator[Place]:
    """A folder of PostgreSQL's account, in memory where there is room."""
    parent = postgres.MEMORY if postgres.MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="crier-recovery-", dir=parent))
    owner = ownership.account(ownership.DATABASE)
    for path in (folder, folder / "wal", folder / "base"):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)
        if owner:
            os.chown(path, owner.pw_uid, owner.pw_gid)
    yield Place(folder)
    shutil.rmtree(folder)


def test_it_comes_back_to_the_second_before_an_accident_and_sends_nothing(
    place: Place, sandbox: Sandbox, tmp_path: Path
) -> None:
    with postgres.running_cluster(place.settings()) as cluster:
        cluster.make_template()
        with cluster.database() as url:
            place.run(place.block("sh base"), cluster.sockets)
            database = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
            broadcast_id, moment, sent = accident(url, sandbox, tmp_path)
            # A file in which nothing was written is not switched, and so never archived.
            (name,) = last(cluster, "SELECT pg_walfile_name(pg_create_restore_point('accident'))")
            cluster.execute("SELECT pg_switch_wal()")
            archived = "SELECT last_archived_wal FROM pg_stat_archiver"
            until(lambda: last(cluster, archived)[0] >= name, 30, "the log to be archived")
    place.run(place.block("sh recover", ("2026-11-28 14:05:00+00", moment)), tmp_path)
    cluster_here = Postgres(place.folder / "cluster", place.folder / "new" / "pg")
    cluster_here.sockets.parent.mkdir(mode=0o755)
    cluster_here.prepare()
    admin = embedded_database_url(place.folder / "new", "postgres", SUPERUSER_ROLE)
    command = cluster_here.command(**postgres.FAST)
    log = tmp_path / "postgres.log"
    with servers.running(command, log, lambda: is_open(admin), account=ownership.DATABASE):
        url = embedded_database_url(place.folder / "new", str(database))
        check_recovered(place, url, sandbox, tmp_path, broadcast_id, sent)


def last(cluster: postgres.Cluster, statement: str) -> tuple[str]:
    with psycopg.connect(cluster.url("postgres", SUPERUSER_ROLE)) as connection:
        (found,) = connection.execute(statement.encode()).fetchall()
    return (str(found[0]),)


def is_open(url: str) -> bool:
    """Whether it has come to its time and takes changes."""
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
    except psycopg.OperationalError:
        return False


def accident(url: str, sandbox: Sandbox, folder: Path) -> tuple[int, str, int]:
    """Delete everybody in mid-broadcast; the broadcast, the time before, and what was sent by
    then."""
    slowly = {"bots": BOTS, "people": PEOPLE}
    with in_mid_broadcast(url, sandbox, folder, **slowly) as (world, broadcast_id):
        sent = world.counts(broadcast_id)["sent"]
        moment = str(world.run("SELECT clock_timestamp()::text AS now")[0]["now"])
        until(lambda: world.counts(broadcast_id)["sent"] > sent + 10, 30, "more sends")
        world.run("DELETE FROM subscribers")
    return broadcast_id, moment, sent


def check_recovered(
    place: Place, url: str, sandbox: Sandbox, folder: Path, broadcast_id: int, sent: int
) -> None:
    """See that it waits for a person, and goes on to the end when one says so."""
    world = AdRows(url, sandbox)
    workers = Workers(url, sandbox.url, folder)
    try:
        assert world.run("SELECT count(*) AS all FROM subscribers")[0]["all"] == BOTS * PEOPLE
        assert world.broadcast(broadcast_id)["status"] == "broadcasting"
        at_work = psycopg.connect(url, application_name="crier worker 7")
        assert "stop these first, they are on the database: crier worker 7" in settle(place, url)
        at_work.close()
        assert "now paused: 1;" in settle(place, url)
        kept = world.broadcast(broadcast_id)
        assert kept["status"] == "paused"
        assert "to an earlier time" in kept["reason"]
        counts = world.counts(broadcast_id)
        assert sent <= counts["sent"] < sent + 10
        see_that_it_waits_and_goes_on(world, workers, sandbox, broadcast_id, BOTS * PEOPLE)
    finally:
        workers.stop()
        world.close()


def settle(place: Place, url: str) -> str:
    """Run the guide's command, and return what it says."""
    command = place.block("sh settle").split()
    assert command[0] == "crier"
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env={
            "PATH": os.defpath,
            "CRIER_DATABASE_URL": url,
            "CRIER_DATABASE_MIGRATION_URL": postgres.owners(url),
            "CRIER_TOKEN_KEYS": KEYS[0],
        },
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr
