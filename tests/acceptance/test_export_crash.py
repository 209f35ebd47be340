"""Exports by real workers: killed in the middle, stopped in order, and beside their sends."""

import csv
import io
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.ads import add_bot
from tests.support.api import Api, make_settings
from tests.support.files import files_below
from tests.support.rows import KEYS
from tests.support.s3 import S3Server
from tests.support.waiting import until
from tests.support.workers import Workers

PATH = "/api/analytics/exports"
ROWS = 150_000
FILL = """INSERT INTO subscribers (bot_id, chat_id, status, title)
    SELECT :bot, n, 'active', repeat('x', 40) FROM generate_series(1, :rows) AS n"""
pytestmark = pytest.mark.timeout(180)


@contextmanager
def platform(
    database_url: str, valkey_url: str, folder: Path, **more: str
) -> Iterator[tuple[Api, Workers]]:
    more |= {"CRIER_TOKEN_KEYS": KEYS[0]}
    api = Api(make_settings(database_url, valkey_url, folder, **more))
    api.person("alice", "admin")
    workers = Workers(database_url, "http://127.0.0.1:9", folder, **more)
    try:
        yield api, workers
    finally:
        workers.stop()
        api.close()


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest) -> tuple[dict[str, str], Path | None]:
    """Settings of each storage, and where its files lie; None is the data folder."""
    if request.param == "folder":
        return {}, None
    server: S3Server = request.getfixturevalue("s3")
    return server.environment, server.bucket


def test_a_worker_killed_in_the_middle_of_an_export_leaves_one_whole_file(
    database_url: str,
    valkey_url: str,
    tmp_path: Path,
    storage: tuple[dict[str, str], Path | None],
) -> None:
    more, place = storage
    with platform(database_url, valkey_url, tmp_path, **more) as (api, workers):
        export = asked(api)
        workers.start(2)
        for _ in range(2):
            kill_its_worker(api, workers, export)
        until(lambda: look(api, export)["status"] == "finished", 90, "the end")
        done = look(api, export)
        assert done["rows_written"] == done["rows_total"] == ROWS
        answer = api.nobody.get(done["download_url"])
        chats = [int(row["chat_id"]) for row in csv.DictReader(io.StringIO(answer.text))]
        answer.close()
        assert chats == list(range(1, ROWS + 1)), "each row once"
        with api.session() as session:
            session.execute(sa.text(CLEAN))
        root = place or tmp_path / "media"
        until(lambda: len(files_below(root)) == 1, 30, "what the killed ones had begun to go")
        assert api.oscar.delete(f"{PATH}/{export}").status_code == 204
        until(lambda: files_below(root) == [], 30, "the file to go with its export")


def kill_its_worker(api: Api, workers: Workers, export: int) -> None:
    """Kill the worker whose process writes the export; another one begins anew."""
    until(lambda: look(api, export)["rows_written"] > 0, 60, "the first rows")
    assert look(api, export)["status"] == "running"
    ((worker, child),) = writers(workers).items()
    before = attempts(api, export)
    workers.end(signal.SIGKILL, [one.pid for one in workers.running].index(worker))
    until(lambda: not is_there(child), 10, "its process to end with it")
    workers.start()
    until(lambda: attempts(api, export) > before, 60, "another worker to begin anew")


CLEAN = """INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
    VALUES ('jobs', 'clean_exports', 'clean_exports', 'clean_exports', '{"timestamp": 0}')
    ON CONFLICT DO NOTHING"""


def test_a_worker_that_is_stopped_hands_the_export_back_and_its_attempt_does_not_count(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    with platform(database_url, valkey_url, tmp_path) as (api, workers):
        export = asked(api)
        workers.start()
        until(lambda: look(api, export)["rows_written"] > 0, 60, "the first rows")
        workers.end(signal.SIGTERM)
        assert look(api, export)["status"] == "waiting"
        assert attempts(api, export) == 0
        workers.start()
        until(lambda: look(api, export)["status"] == "finished", 90, "the end")
        assert attempts(api, export) == 1


def test_one_that_is_deleted_ends_and_its_connections_are_not_those_of_sends(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    with platform(database_url, valkey_url, tmp_path) as (api, workers):
        export = asked(api)
        workers.start()
        until(lambda: look(api, export)["rows_written"] > 0, 60, "the first rows")
        (child,) = writers(workers).values()
        own = os.getpriority(os.PRIO_PROCESS, workers.running[0].pid)
        assert os.getpriority(os.PRIO_PROCESS, child) == min(own + 10, 19)
        assert connections(child) > 0
        assert api.oscar.delete(f"{PATH}/{export}").status_code == 204
        until(lambda: not is_there(child), 10, "its process to end")
        media = tmp_path / "media"
        until(lambda: files_below(media) == [], 30, "nothing of it to be left")
        assert workers.running[0].poll() is None


def asked(api: Api) -> int:
    """An export of oscar's, of a bot with many chats."""
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        session.execute(sa.text(FILL), {"bot": bot, "rows": ROWS})
    answer = api.oscar.post(PATH, {"dataset": "subscribers"})
    assert answer.status_code == 202
    return int(answer.json["id"])


def look(api: Api, export: int) -> dict[str, Any]:
    found: dict[str, Any] = api.oscar.get(f"{PATH}/{export}").json
    return found


def attempts(api: Api, export: int) -> int:
    with api.session() as session:
        text = sa.text("SELECT attempts FROM exports WHERE id = :id")
        return int(session.scalar(text, {"id": export}) or 0)


def writers(workers: Workers) -> dict[int, int]:
    """The processes that write exports, by the worker that started them."""
    found = {}
    for worker in workers.running:
        with suppress(OSError):
            text = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text()
            for child in map(int, text.split()):
                if b"export_process" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found[worker.pid] = child
    return found


def is_there(pid: int) -> bool:
    with suppress(OSError):
        return b"export_process" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def connections(pid: int) -> int:
    """How many sockets a process has of its own."""
    return sum(path.is_socket() for path in Path(f"/proc/{pid}/fd").iterdir())
