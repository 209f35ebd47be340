"""Exports are read from a standby by streaming replication, where one is named."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from crier.settings import SUPERUSER_ROLE, embedded_database_url
from crier.stack import ownership
from crier.stack.postgres import Postgres, binary
from tests.support import postgres, servers
from tests.support.api import Api, live, make_settings
from tests.support.ports import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(300)


@contextmanager
def standby(primary: postgres.Cluster, folder: Path) -> Iterator[Path]:
    """The folder of the sockets' folder of a standby that follows the primary."""
    owner = ownership.account(ownership.DATABASE)
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    command = [str(binary("pg_basebackup")), "-D", str(folder / "data"), "-R", "-X", "stream"]
    command += ["-c", "fast", "-h", str(primary.sockets), "-U", SUPERUSER_ROLE]
    ids = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    subprocess.run(command, check=True, cwd=folder, **ids)  # type: ignore[call-overload]
    copy = Postgres(folder / "data", folder / "pg")
    copy.prepare()
    url = embedded_database_url(folder, "postgres", SUPERUSER_ROLE)

    def follows() -> bool:
        try:
            with psycopg.connect(url) as connection:
                return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        except psycopg.OperationalError:
            return False

    with servers.running(
        copy.command(**postgres.FAST), folder / "log", follows, account=ownership.DATABASE
    ):
        yield folder


def test_an_export_has_what_the_standby_has(valkey_url: str, tmp_path: Path) -> None:
    """Held back, the standby knows nothing of a new ad; the API itself does."""
    with tempfile.TemporaryDirectory(prefix="crier-replica-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        access = folder / "pg_hba.conf"
        access.write_text("local all all trust\nlocal replication all trust\n")
        access.chmod(0o644)
        (folder / "copy").mkdir(mode=0o755)
        with postgres.running_cluster({"hba_file": str(access)}) as primary:
            primary.make_template()
            with primary.database() as url, standby(primary, folder / "copy") as copied:
                database = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
                reading = embedded_database_url(copied, database)
                read_from = {"CRIER_DATABASE_READ_URL": reading}
                replay = embedded_database_url(copied, "postgres", SUPERUSER_ROLE)
                with (
                    live(url, valkey_url, tmp_path, **read_from) as api,
                    psycopg.connect(replay, autocommit=True) as hold,
                ):
                    hold.execute("SELECT pg_wal_replay_pause()")
                    status, made = api.send(
                        "POST", "/api/ads/create", api.alice, {"title": "Fair", "content": "Open."}
                    )
                    assert status == 201
                    wanted = "/api/analytics/export?dataset=ads&format=json"
                    assert api.send("GET", wanted, api.alice, None) == (200, [])
                    assert api.status(f"/api/ads/{made['id']}", api.alice) == 200
                    hold.execute("SELECT pg_wal_replay_resume()")
                    until(lambda: len(api.send("GET", wanted, api.alice, None)[1]) == 1, 30)


def test_an_export_says_that_the_standby_is_away_and_nothing_else_does(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    away = f"postgresql://crier@127.0.0.1:{free_port()}/crier"
    more = {"CRIER_DATABASE_READ_URL": away}
    api = Api(make_settings(database_url, valkey_url, tmp_path, **more))
    api.person("alice", "admin")
    try:
        for path in ("/api/analytics/export?dataset=bots&format=csv", "/api/system/logs/export"):
            answer = api.alice.get(path)
            assert (answer.status_code, "database" in answer.json["detail"]) == (503, True), path
        assert api.alice.get("/api/bots").status_code == 200
    finally:
        api.close()
