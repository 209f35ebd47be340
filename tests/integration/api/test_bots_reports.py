"""Status, figures and log of one bot, from the rows that the fleet writes."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from crier.domain import histogram
from crier.storage.models.bots import Bot
from crier.storage.models.records import LogRow
from tests.support.ads import add_bot, add_chats, add_row
from tests.support.api import Api, wrong_fields

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SPAN = "from=2026-11-22T12:00:00Z&to=2026-11-22T14:00:00Z"


@pytest.fixture
def bot_id(api: Api) -> int:
    return add_bot(api, api.oscar, status="stopped")


def test_a_stopped_bot_has_no_session(api: Api, bot_id: int) -> None:
    assert api.oscar.get(f"/api/bots/{bot_id}/status").json == {
        "id": bot_id,
        "status": "stopped",
        "desired_status": "stopped",
        "instance_id": None,
        "worker": None,
        "started_at": None,
        "uptime_seconds": 0,
        "restarts": 0,
        "last_active": None,
        "last_error": None,
        "pending_updates": 0,
    }


def test_a_running_bot_shows_its_session_and_what_waits(api: Api, bot_id: int) -> None:
    instance = uuid.uuid4()
    with api.session() as session:
        session.execute(
            sa.update(Bot).values(
                status="running",
                desired_status="running",
                instance_id=instance,
                worker="host:7",
                started_at=sa.text("now() - interval '90 seconds'"),
                restarts=2,
                last_error="conflict",
                pending_updates=3,
            )
        )
        session.execute(
            sa.text(
                "INSERT INTO webhook_updates (bot_id, update_id, body) "
                "VALUES (:bot, 1, '{}'), (:bot, 2, NULL)"
            ),
            {"bot": bot_id},
        )
    status = api.vera.get(f"/api/bots/{bot_id}/status").json
    assert (status["instance_id"], status["worker"]) == (str(instance), "host:7")
    assert (status["restarts"], status["last_error"]) == (2, "conflict")
    assert 90 <= status["uptime_seconds"] < 120
    assert status["pending_updates"] == 4


def add_minute(api: Api, bot_id: int, at: datetime, **figures: Any) -> None:
    with api.session() as session:
        add_row(session, "bot_minutes", bot_id=bot_id, at=at, **figures)


def test_metrics_add_minutes_up_in_buckets_without_gaps(api: Api, bot_id: int) -> None:
    slow, fast = [0] * histogram.BUCKETS, [0] * histogram.BUCKETS
    fast[2], slow[7] = 90, 10
    add_minute(api, bot_id, NOON, messages_in=1, messages_out=2, errors=3, latency=fast)
    add_minute(
        api,
        bot_id,
        NOON + timedelta(minutes=59),
        messages_in=10,
        new_subscribers=4,
        lost_subscribers=1,
        latency=slow,
    )
    add_minute(api, bot_id, NOON + timedelta(hours=2), messages_in=1000)
    other = add_bot(api, api.oscar)
    add_minute(api, other, NOON, messages_in=1000)
    found = api.oscar.get(f"/api/bots/{bot_id}/metrics?{SPAN}&bucket=hour").json
    assert found["id"] == bot_id
    assert {k: found["totals"][k] for k in ("messages_in", "messages_out", "errors")} == {
        "messages_in": 11,
        "messages_out": 2,
        "errors": 3,
    }
    first, second = found["series"]
    assert first == {
        "at": "2026-11-22T12:00:00Z",
        "messages_in": 11,
        "messages_out": 2,
        "new_subscribers": 4,
        "lost_subscribers": 1,
        "errors": 3,
        "latency_p50_ms": pytest.approx(3.111),
        "latency_p95_ms": 96.0,
    }
    assert (second["at"], second["messages_in"]) == ("2026-11-22T13:00:00Z", 0)
    assert (second["latency_p50_ms"], second["latency_p95_ms"]) == (None, None)


@pytest.mark.parametrize(("bucket", "points"), [("minute", 120), ("hour", 2), ("day", 1)])
def test_a_span_is_cut_as_asked(api: Api, bot_id: int, bucket: str, points: int) -> None:
    path = f"/api/bots/{bot_id}/metrics?{SPAN}&bucket={bucket}"
    assert len(api.oscar.get(path).json["series"]) == points


def test_totals_count_people_as_they_are_now(api: Api, bot_id: int) -> None:
    with api.session() as session:
        for chat_id, status, seen in ((1, "active", 60), (2, "active", None), (3, "blocked", 90)):
            at = None if seen is None else NOON + timedelta(minutes=seen)
            add_chats(session, bot_id, [chat_id], status=status, last_seen_at=at, joined_at=NOON)
        add_chats(session, bot_id, [4], last_seen_at=NOON - timedelta(days=1), joined_at=NOON)
    totals = api.oscar.get(f"/api/bots/{bot_id}/metrics?{SPAN}").json["totals"]
    assert (totals["subscribers"], totals["blocked"], totals["active_users"]) == (3, 1, 1)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("bucket=week", "bucket"),
        ("from=yesterday", "from"),
        ("to=2026-11-22T12:00:00", "to"),
        ("from=2026-11-22T12:00:00Z&to=2026-11-22T12:00:00Z", "from"),
        ("from=2020-11-22T12:00:00Z&to=2026-11-22T12:00:00Z&bucket=minute", "bucket"),
        ("since=1", "since"),
    ],
)
def test_a_wrong_span_is_422_and_names_the_field(
    api: Api, bot_id: int, query: str, field: str
) -> None:
    assert wrong_fields(api.oscar.get(f"/api/bots/{bot_id}/metrics?{query}")) == {field}


def test_the_log_is_the_bots_own(api: Api, bot_id: int) -> None:
    with api.session() as session:
        for owner, level, message in (
            (bot_id, "info", "stopped -> starting: start asked for by oscar"),
            (bot_id, "error", "running -> error: the token is refused"),
            (bot_id + 1, "error", "somebody else's"),
        ):
            session.add(LogRow(bot_id=owner, log_level=level, message=message))
            session.flush()
    path = f"/api/bots/{bot_id}/logs"
    lines = api.oscar.get(path).json["items"]
    assert [line["log_level"] for line in lines] == ["error", "info"]
    assert set(lines[0]) == {"id", "timestamp", "log_level", "message", "context"}
    assert len(api.oscar.get(f"{path}?q=REFUSED").json["items"]) == 1
    page = api.oscar.get(f"{path}?limit=1").json
    rest = api.oscar.get(f"{path}?limit=1&cursor={page['next_cursor']}").json
    assert page["items"] + rest["items"] == lines


@pytest.mark.parametrize("report", ["status", "metrics", "logs", "messages", "chats", "commands"])
def test_reports_are_for_the_owner_admin_and_viewer(api: Api, bot_id: int, report: str) -> None:
    path = f"/api/bots/{bot_id}/{report}"
    assert [p.get(path).status_code for p in (api.oscar, api.alice, api.vera)] == [200] * 3
    assert (api.olga.get(path).status_code, api.adam.get(path).status_code) == (404, 403)
    assert api.alice.get(f"/api/bots/{bot_id + 99}/{report}").status_code == 404
