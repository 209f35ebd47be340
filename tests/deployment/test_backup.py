"""A backup made in mid-broadcast, restored elsewhere: everything is there, and nothing is sent."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from crier.settings import APPLICATION_ROLE, OWNER_ROLE
from tests.support.engine import KEYS, AdRows
from tests.support.postgres import Cluster, owners
from tests.support.restored import in_mid_broadcast, see_that_it_waits_and_goes_on
from tests.support.s3 import S3Server
from tests.support.sandbox import Sandbox
from tests.support.workers import Workers

BOTS, PEOPLE = 2, 200
PASSPHRASE = "five words that nobody guesses"
pytestmark = pytest.mark.timeout(300)


def crier(*arguments: str, settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command; it has no terminal and no settings but these."""
    return subprocess.run(
        [sys.executable, "-m", "crier", *arguments],
        env={"PATH": "/usr/bin:/bin", **settings},
        capture_output=True,
        text=True,
        timeout=120,
    )


@contextmanager
def empty_database(cluster: Cluster) -> Iterator[str]:
    """The URL, as the application, of a database without anything in it."""
    with cluster.database(template=None) as url:
        yield url.replace(f"//{OWNER_ROLE}@", f"//{APPLICATION_ROLE}@")


def settings_of(database_url: str, data: Path, backups: Path) -> dict[str, str]:
    return {
        "CRIER_DATABASE_URL": database_url,
        "CRIER_DATABASE_MIGRATION_URL": owners(database_url),
        "CRIER_DATA_DIR": str(data),
        "CRIER_TOKEN_KEYS": KEYS[0],
        "CRIER_BACKUP_TO": str(backups),
        "CRIER_BACKUP_PASSPHRASE": PASSPHRASE,
    }


def test_a_backup_under_load_comes_back_elsewhere_paused_and_whole(
    cluster: Cluster, database_url: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    at_home = settings_of(database_url, home, tmp_path / "backups")
    slowly = {"bots": BOTS, "people": PEOPLE}
    place = home_made(home)
    with in_mid_broadcast(database_url, sandbox, place, **slowly) as (world, broadcast_id):
        made = crier("backup", "create", settings=at_home)
        assert made.returncode == 0, made.stderr
        assert world.counts(broadcast_id)["pending"] > 0, "it was to be made in mid-broadcast"
    name = made.stdout.split(",")[0]
    assert (home / "last-backup").exists()

    with empty_database(cluster) as url:
        there = settings_of(url, away, tmp_path / "backups")
        back = crier("restore", name, settings=there)
        assert back.returncode == 0, back.stderr
        again = crier("restore", name, settings=there)
        assert "the database is not empty" in again.stderr
        check_restored(url, sandbox, away, broadcast_id)


def home_made(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    (folder / "media" / "some").mkdir(parents=True)
    (folder / "media" / "some" / "cat.png").write_bytes(b"a picture")
    return folder


def check_restored(url: str, sandbox: Sandbox, folder: Path, broadcast_id: int) -> None:
    """See that it waits for a person, and goes on to the end when one says so."""
    assert (folder / "media" / "some" / "cat.png").read_bytes() == b"a picture"
    world = AdRows(url, sandbox)
    workers = Workers(url, sandbox.url, folder)
    try:
        kept = world.broadcast(broadcast_id)
        assert kept["status"] == "paused"
        assert kept["reason"].startswith("restored from a backup of ")
        counts = world.counts(broadcast_id)
        assert 0 < counts["sent"] < BOTS * PEOPLE
        see_that_it_waits_and_goes_on(world, workers, sandbox, broadcast_id, BOTS * PEOPLE)
    finally:
        workers.stop()
        world.close()


@pytest.fixture
def small(database_url: str, sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    """Settings of a platform with one bot, and one backup of it."""
    world = AdRows(database_url, sandbox)
    world.add_bot(people=3)
    world.close()
    settings = settings_of(database_url, home_made(tmp_path / "home"), tmp_path / "backups")
    assert crier("backup", "create", settings=settings).returncode == 0
    return settings


def test_a_schedule_that_may_have_been_kept_is_cancelled_and_a_later_one_stays(
    cluster: Cluster, small: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    world = AdRows(small["CRIER_DATABASE_URL"], sandbox)
    world.run(
        "INSERT INTO advertisements (user_id, content) SELECT 1, 'Buy' FROM generate_series(1, 2)"
    )
    world.run(
        """INSERT INTO broadcasts (ad_id, user_id, status, message, scheduled_for)
           SELECT id, 1, 'scheduled', '{}', now() + (id %% 2 * 2 - 1) * interval '1 day'
           FROM advertisements"""
    )
    world.run("INSERT INTO outbox (user_id, notice, about) VALUES (1, 'bot_error', 1)")
    world.close()
    assert crier("backup", "create", settings=small).returncode == 0
    with empty_database(cluster) as url:
        there = settings_of(url, tmp_path / "away", tmp_path / "backups")
        assert crier("restore", settings=there).returncode == 0
        with psycopg.connect(owners(url)) as connection:
            found = connection.execute(
                "SELECT scheduled_for > now(), status, completed_at IS NULL FROM broadcasts "
                "ORDER BY 1"
            ).fetchall()
            told = connection.execute(
                "SELECT details FROM audit_log WHERE action = 'backup.restore'"
            )
            assert [row[0]["cancelled"] for row in told] == [1]
            waiting = connection.execute("SELECT count(*) FROM outbox").fetchone()
    assert found == [(False, "cancelled", False), (True, "scheduled", True)]
    assert waiting == (0,), "what waited to be told may have been sent since"


@pytest.mark.parametrize("damage", ["cut short", "changed", "without its end", "no backup at all"])
def test_a_damaged_backup_is_refused_before_anything_is_changed(
    cluster: Cluster, small: dict[str, str], tmp_path: Path, damage: str
) -> None:
    (backup,) = (tmp_path / "backups").iterdir()
    data = backup.read_bytes()
    middle = len(data) // 2
    backup.write_bytes(
        {
            "cut short": data[:-1],
            "changed": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            "without its end": data[:middle],
            "no backup at all": b"hello",
        }[damage]
    )
    with empty_database(cluster) as url:
        there = settings_of(url, tmp_path / "away", tmp_path / "backups")
        for command in (["backup", "verify"], ["restore", str(backup)]):
            refused = crier(*command, settings=there)
            assert refused.returncode == 1
            assert refused.stderr.count("\n") == 1, refused.stderr
            assert ("damaged" if damage != "no backup at all" else "no backup") in refused.stderr
        with psycopg.connect(owners(url)) as connection:
            assert (
                connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone()
                is None
            )
    assert not (tmp_path / "away" / "media").exists()


def test_a_backup_opens_with_its_passphrase_alone_and_tells_nothing_without(
    small: dict[str, str], tmp_path: Path
) -> None:
    (backup,) = (tmp_path / "backups").iterdir()
    data = backup.read_bytes()
    assert b"a picture" not in data
    assert b"PGDMP" not in data
    wrong = crier("backup", "verify", settings={**small, "CRIER_BACKUP_PASSPHRASE": "x" * 16})
    assert "does not open this backup" in wrong.stderr


def test_a_key_pair_seals_where_its_private_half_is_elsewhere(
    small: dict[str, str], tmp_path: Path
) -> None:
    pair = crier("backup", "key", settings=small)
    public = pair.stdout.splitlines()[0].partition("=")[2]
    (tmp_path / "private").write_text(pair.stdout.splitlines()[1] + "\n")
    sealing = {**small, "CRIER_BACKUP_PASSPHRASE": "", "CRIER_BACKUP_RECIPIENT": public}
    made = crier("backup", "create", settings=sealing)
    name = made.stdout.split(",")[0]
    assert "name the private one" in crier("backup", "verify", name, settings=sealing).stderr
    opened = crier(
        "backup", "verify", name, "--identity", str(tmp_path / "private"), settings=sealing
    )
    assert "the backup is whole" in opened.stdout, opened.stderr


def test_backups_in_a_bucket_are_kept_up_to_a_number(small: dict[str, str], s3: S3Server) -> None:
    bucket = {
        name.replace("CRIER_S3", "CRIER_BACKUP_S3"): value for name, value in s3.environment.items()
    }
    settings = {**small, "CRIER_BACKUP_TO": "", "CRIER_BACKUP_KEEP": "1", **bucket}
    first = crier("backup", "create", settings=settings)
    assert first.returncode == 0, first.stderr
    second = crier("backup", "create", settings=settings)
    names = [made.stdout.split(",")[0] for made in (first, second)]
    assert names[0] != names[1]
    assert f"removed {names[0]}" in second.stdout
    assert crier("backup", "list", settings=settings).stdout.split() == [names[1]]
    assert "the backup is whole" in crier("backup", "verify", settings=settings).stdout


def test_a_full_disk_ends_a_backup_in_one_line_and_leaves_no_file(
    small: dict[str, str], tmp_path: Path
) -> None:
    """More is left than a piece and the pipes hold: nothing may wait for a reader that has gone."""
    (tmp_path / "home" / "media" / "some" / "film.mp4").write_bytes(bytes(30_000_000))
    limited = ["prlimit", "--fsize=100000", sys.executable, "-m", "crier", "backup", "create"]
    environment = {"PATH": "/usr/bin:/bin", **small, "CRIER_BACKUP_TO": str(tmp_path / "full")}
    full = subprocess.run(limited, env=environment, capture_output=True, text=True, timeout=60)
    assert (full.returncode, full.stderr.count("\n")) == (1, 1), full.stderr
    assert "takes no backup: File too large" in full.stderr
    assert list((tmp_path / "full").iterdir()) == []


def test_two_backups_at_once_are_refused(small: dict[str, str], tmp_path: Path) -> None:
    with (tmp_path / "home" / "backup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused = crier("backup", "create", settings=small)
    assert "another backup is being made" in refused.stderr
    assert crier("backup", "create", settings=small).returncode == 0
