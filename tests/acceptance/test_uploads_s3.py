"""Workers that share no folder: what they have in common is PostgreSQL and S3."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crier.domain.message import AdMessage, Media
from tests.integration.broadcast.test_outcomes import PNG
from tests.support.engine import AdRows
from tests.support.s3 import SECRET_KEY, S3Server
from tests.support.sandbox import Sandbox
from tests.support.waiting import until
from tests.support.workers import Workers

CLEAN = """INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
    VALUES ('jobs', 'clean_uploads', 'clean_uploads', 'clean_uploads', '{"timestamp": 0}')"""
BOTS, PEOPLE, RATE = 4, 40, 20
pytestmark = pytest.mark.timeout(120)


def test_workers_with_data_folders_of_their_own_deliver_a_photo_from_s3(
    database_url: str, sandbox: Sandbox, s3: S3Server, tmp_path: Path
) -> None:
    """They come up while S3 is away, and wait for it. Which of them takes how many of the bots is
    chance: neither shares a folder with what has uploaded the photo.

    Afterwards their hourly job clears away what no ad names: here the photo itself, for the test's
    ads name nothing.
    """
    sandbox.set_limits(bot_rate=100_000, bot_burst=100_000, chat_rate=1000, chat_burst=1000)
    world = AdRows(database_url, sandbox)
    environment = s3.environment | {"CRIER_SEND_RATE": str(RATE)}
    workers = Workers(database_url, sandbox.url, tmp_path, **environment)
    try:
        bots = [world.add_bot(people=PEOPLE) for _ in range(BOTS)]
        source = world.upload(s3.uploads(), PNG, "Größe #1 100%.png")
        s3.stop()
        for name in ("one", "two"):
            workers.start(CRIER_DATA_DIR=str(tmp_path / name))
        alive = "SELECT id FROM workers"
        until(lambda: len(world.run(alive)) == 2, 15, "both workers to be up")
        broadcast_id = world.launch(AdMessage(text="Look", media=(Media("photo", source),)))
        waiting = "SELECT id FROM deliveries WHERE wait_reason = %s"
        reason = "the storage of uploads: S3 does not answer"
        until(lambda: len(world.run(waiting, reason)) == BOTS, 15, "every bot to wait for S3")
        s3.start()
        until(lambda: world.broadcast(broadcast_id)["status"] == "completed", 20, "the end")
        assert world.counts(broadcast_id)["sent"] == BOTS * PEOPLE
        assert len(world.run("SELECT file_id FROM bot_files")) == BOTS
        for bot in bots:
            assert sandbox.received_other_than(bot.id, 1) == []
            assert all(sent["photo"] for sent in sandbox.outbox(bot.id))
        assert not list(tmp_path.rglob("media/*"))
        (file,) = s3.bucket.rglob("*.png")
        world.run("UPDATE media_files SET created_at = now() - interval '25 hours'")
        world.run(CLEAN)
        until(lambda: not world.run("SELECT id FROM media_files"), 15, "the cleaning")
        assert not file.exists()
    finally:
        workers.stop()
        world.close()
    log = (tmp_path / "workers.log").read_text()
    assert "uploads_unavailable" in log
    assert SECRET_KEY not in log


def test_a_start_with_a_wrong_key_ends_with_one_clear_line(s3: S3Server, tmp_path: Path) -> None:
    wrong = {"CRIER_S3_SECRET_KEY": "wrong-but-still-secret", "CRIER_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "crier", "up"],
        env=os.environ | s3.environment | wrong,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (1, "", [])
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"crier: cannot use the bucket crier-uploads at {s3.url} for uploads: ")
    assert "wrong-but-still-secret" not in line
