"""Status, logs and performance of the platform, and steering its workers."""

import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from crier.services.system.status import ComponentProbe
from tests.support.ads import add_bot
from tests.support.api import Api, make_settings, wrong_fields
from tests.support.bots import BotsApi, bots_api

__all__ = ["bots_api"]
MINUTE = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
STATUS = "/api/system/status"


def component(answer: Any, name: str) -> dict[str, Any]:
    return next(part for part in answer.json["components"] if part["name"] == name)


def test_the_status_names_every_part_and_queue(bots_api: BotsApi) -> None:
    found = bots_api.vera.get(STATUS).json
    states = {part["name"]: part["status"] for part in found["components"]}
    assert states == {
        "database": "up",
        "redis": "up",
        "telegram": "up",
        "uploads": "up",
        "workers": "down",
        "queues": "up",
        "disk": "up",
    }
    assert found["workers"] == found["processes"] == []
    assert found["queues"] == [
        {"name": name, "waiting": 0, "running": 0, "failed": 0, "oldest_seconds": 0.0}
        for name in ("bots", "broadcasts", "exports", "jobs")
    ]


def test_only_admin_and_viewer_may_look(api: Api) -> None:
    for path in (STATUS, "/api/system/logs", "/api/system/performance"):
        assert api.alice.get(path).status_code == 200
        assert api.oscar.get(path).status_code == 403
        assert api.nobody.get(path).status_code == 401


def test_a_worker_is_shown_for_as_long_as_its_lock_is_held(api: Api, database_url: str) -> None:
    worker_id = uuid.uuid4()
    with api.session() as session:
        lock_key = session.scalar(
            sa.text(
                "INSERT INTO workers (id, host, pid, bots, deliveries, rss_bytes) "
                "VALUES (:id, 'h', 7, 3, 1, 10) RETURNING lock_key"
            ),
            {"id": worker_id},
        )
    assert api.alice.get(STATUS).json["workers"] == []
    with psycopg.connect(database_url, autocommit=True) as alive:
        alive.execute("SELECT pg_advisory_lock(hashtext('crier.worker'), %s)", (lock_key,))
        answer = api.alice.get(STATUS)
        assert [worker["id"] for worker in answer.json["workers"]] == [str(worker_id)]
        part = component(answer, "workers")
        assert (part["status"], part["detail"]) == ("up", "1 with 3 bots and 1 deliveries")


def test_jobs_that_wait_too_long_show(api: Api) -> None:
    bot_id = add_bot(api, api.oscar, status="stopped")
    api.oscar.post(f"/api/bots/{bot_id}/start")
    later = sa.text(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at) "
        "VALUES ('jobs', 'launch', now() + interval '1 day')"
    )
    with api.session() as session:
        session.execute(later)
        session.execute(
            sa.text("UPDATE procrastinate_events SET at = now() - interval '2 minutes'")
        )
    answer = api.alice.get(STATUS)
    queues = {queue["name"]: queue for queue in answer.json["queues"]}
    assert (queues["bots"]["waiting"], queues["jobs"]["waiting"]) == (1, 0)
    assert 119 < queues["bots"]["oldest_seconds"] < 180
    part = component(answer, "queues")
    assert (part["status"], part["detail"]) == ("degraded", "jobs wait over a minute: bots")


def test_parts_that_are_down_are_named(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(
        database_url,
        f"unix://{tmp_path}/nothing.sock",
        tmp_path / "data",
        CRIER_TELEGRAM_API_URL="http://127.0.0.1:1",
    )
    api = Api(settings)
    api.person("alice", "admin")
    answer = api.alice.get(STATUS)
    assert (component(answer, "redis")["status"], component(answer, "telegram")["status"]) == (
        "down",
        "down",
    )
    assert "127.0.0.1" in component(answer, "telegram")["detail"]
    api.close()


def test_telegram_is_asked_now_and_then_only(bots_api: BotsApi) -> None:
    before = bots_api.deps.probe.telegram()
    bots_api.telegram.add_fault("error", status=500)
    assert bots_api.deps.probe.telegram() is before


@pytest.mark.parametrize(
    ("free", "state"), [(10**12, "up"), (10**9, "degraded"), (10**7, "down"), (3 * 10**9, "up")]
)
def test_scarce_disk_space_shows(
    api: Api, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    usage = shutil._ntuple_diskusage(10**11, 0, free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert ComponentProbe(api.settings).disk().status == state


def test_a_long_span_has_longer_buckets_and_a_wrong_one_is_422(api: Api) -> None:
    path = "/api/system/performance"
    year = api.vera.get(f"{path}?from=2025-11-22T00:00:00Z&to=2026-11-22T00:00:00Z").json
    assert (year["bucket"], len(year["series"])) == ("day", 365)
    assert len(api.vera.get(path).json["series"]) in (1440, 1441)
    backwards = "from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z"
    assert wrong_fields(api.vera.get(f"{path}?{backwards}")) == {"from"}


def test_workers_cannot_be_steered_where_nothing_supervises_them(api: Api) -> None:
    for answer in (
        api.alice.post("/api/system/workers/worker-1/restart"),
        api.alice.put("/api/system/workers", {"count": 3}),
    ):
        assert answer.status_code == 409
        assert "crier up" in answer.json["detail"]


def test_only_an_admin_may_steer_workers(api: Api) -> None:
    for person in (api.vera, api.oscar):
        assert person.post("/api/system/workers/worker-1/restart").status_code == 403
        assert person.put("/api/system/workers", {"count": 3}).status_code == 403
    for count in (0, 65, "3", None):
        assert wrong_fields(api.alice.put("/api/system/workers", {"count": count})) == {"count"}
