"""Errors are counted by kind, over processes, and nobody waits for it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from crier.errors import CrierError
from crier.jobs import retention
from crier.observability import context, error_groups
from crier.observability.error_groups import ErrorGroups, Sample
from crier.storage.pool import open_pool
from tests.support.api import Api, LiveApi, api, live, wrong_fields
from tests.support.network import Network
from tests.support.postgres import Cluster, owners
from tests.support.waiting import until
from tests.support.workers import Workers

__all__ = ["api"]

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"
log = logging.getLogger("crier.test.errors")
Rows = list[dict[str, Any]]


class RefusedError(CrierError):
    """An error of our own."""


@contextmanager
def counting(url: str, program: str = "test") -> Iterator[None]:
    """Count what is logged to `log` in the block, and write it at its end."""
    handler = ErrorGroups(url, program=program)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        handler.close()


def rows(url: str) -> Rows:
    with psycopg.connect(url, row_factory=psycopg.rows.dict_row) as connection:
        return connection.execute("SELECT * FROM error_groups ORDER BY program, kind").fetchall()


def fail(error: Exception, event: str = "failed") -> None:
    try:
        raise error
    except type(error):
        log.exception(event)


def counts(url: str) -> dict[tuple[str, str], int]:
    return {(row["program"], row["kind"]): row["count"] for row in rows(url)}


def test_errors_are_grouped_by_class_and_event_with_a_sample(database_url: str) -> None:
    with counting(database_url), context.bound(request_id="r-1", bot_id=7):
        fail(RefusedError("no"))
        fail(RefusedError("not again"))
        log.error("disk_full", extra={"error": "no room"})
        log.warning("not_counted")
    own, event = rows(database_url)[::-1]
    assert own["kind"].endswith("RefusedError")
    assert (own["count"], own["program"], own["state"]) == (2, "test", "open")
    assert own["first_seen"] < own["last_seen"]
    assert own["sample"]["fields"]["bot_id"] == 7
    assert own["sample"]["fields"]["request_id"] == "r-1"
    assert "RefusedError" in own["sample"]["trace"]
    assert (event["kind"], event["count"], event["message"]) == ("disk_full", 1, "no room")


def test_a_flood_of_ten_thousand_is_one_row(database_url: str) -> None:
    with counting(database_url):
        threads = [threading.Thread(target=flood, args=(2_500,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts(database_url) == {("test", "pool_lost"): 10_000}
    with psycopg.connect(database_url) as connection:
        total = connection.execute("SELECT sum(count)::int FROM error_hours").fetchone()
    assert total == (10_000,)


def flood(count: int) -> None:
    for number in range(count):
        log.error("pool_lost", extra={"number": number})


def test_two_processes_are_summed(database_url: str) -> None:
    with counting(database_url, "worker"):
        log.error("pool_lost")
    with counting(database_url, "worker"), counting(database_url, "api"):
        log.error("pool_lost")
    assert counts(database_url) == {("worker", "pool_lost"): 2, ("api", "pool_lost"): 1}


def test_while_the_database_is_away_the_sums_wait(database_url: str) -> None:
    info = conninfo_to_dict(database_url)
    network = Network(Path(str(info["host"])) / f".s.PGSQL.{info.get('port') or 5432}")
    url = make_conninfo(database_url, host="127.0.0.1", port=network.port, connect_timeout=1)
    try:
        handler = ErrorGroups(url, program="test")
        log.addHandler(handler)
        network.cut()
        for _ in range(3):
            log.error("pool_lost")
        until(lambda: handler._due.is_set(), 10, "a try that failed")
        log.error("pool_lost")
        assert rows(database_url) == []
        network.heal()
        until(lambda: counts(database_url) == {("test", "pool_lost"): 4}, 15, "the sum")
    finally:
        log.removeHandler(handler)
        handler.close()
        network.close()


def test_no_secret_gets_into_a_group(database_url: str) -> None:
    with counting(database_url):
        fail(ValueError(f"bot{TOKEN} said \0 no"), f"sent to {TOKEN}")
        log.error(f"refused {TOKEN}", extra={"password": "hunter2", "why": f"x{TOKEN}\ud800"})
    text = str(rows(database_url))
    assert len(rows(database_url)) == 2
    assert "<token>" in text
    assert "AAFake" not in text
    assert "hunter2" not in text


def test_kinds_without_end_are_one_kind_at_last(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_groups, "MOST", 10)
    monkeypatch.setattr(error_groups, "MOST_KEPT", 5)
    for start in (0, 30):
        with counting(database_url):
            for number in range(start, start + 30):
                log.error(f"kind_{number}")
    found = counts(database_url)
    assert sum(found.values()) == 60
    assert len(found) < 20
    with counting(database_url):
        log.error("one more")
        log.error("kind_0")
    again = counts(database_url)
    assert again.keys() == found.keys()
    assert again["test", "other"] == found["test", "other"] + 1


def test_a_resolved_kind_opens_again_and_is_told_as_new(api: Api, database_url: str) -> None:
    with counting(database_url, "worker"):
        log.error("pool_lost")
    listed = api.vera.get("/api/system/errors").json
    (group,) = listed["items"]
    assert listed["totals"] == {"open": 1, "known": 0, "resolved": 0}
    assert (group["came_again"], group["changed_at"], sum(group["hours"])) == (False, None, 1)
    path = f"/api/system/errors/{group['id']}"
    assert api.vera.patch(path, {"state": "known"}).status_code == 403
    for state in ("known", "resolved", "resolved"):
        changed = api.alice.patch(path, {"state": state}).json
        assert (changed["state"], changed["changed_by"]) == (state, "alice")
    assert api.vera.get("/api/system/errors?state=open").json["items"] == []
    with counting(database_url, "worker"):
        log.error("pool_lost")
    again = api.vera.get(path).json
    assert (again["state"], again["came_again"], again["count"]) == ("open", True, 2)
    assert len(again["hours"]) == 168
    told = [line["action"] for line in api.vera.get("/api/audit?object=error").json["items"]]
    assert told == ["error.resolve", "error.mark_known"]


def test_a_known_kind_stays_known(api: Api, database_url: str) -> None:
    with counting(database_url):
        log.error("pool_lost")
    (group,) = api.alice.get("/api/system/errors").json["items"]
    api.alice.patch(f"/api/system/errors/{group['id']}", {"state": "known"})
    with counting(database_url):
        log.error("pool_lost")
    (group,) = api.alice.get("/api/system/errors?state=known").json["items"]
    assert (group["count"], group["changed_by"]) == (2, "alice")


def test_errors_that_were_counted_before_the_change_do_not_undo_it(
    api: Api, database_url: str
) -> None:
    with counting(database_url):
        log.error("pool_lost")
    (group,) = rows(database_url)
    late = ErrorGroups(database_url, program="test")
    late.count(
        "pool_lost", group["last_seen"].timestamp(), lambda: Sample("late", "pool_lost", "", {})
    )
    api.alice.patch(f"/api/system/errors/{group['id']}", {"state": "resolved"})
    late.close()
    (group,) = rows(database_url)
    assert (group["count"], group["state"]) == (2, "resolved")


def test_kinds_are_filtered_and_come_in_pages(api: Api, database_url: str) -> None:
    with counting(database_url, "worker"):
        log.error("pool_lost", extra={"error": "Connection refused"})
    with counting(database_url, "api"):
        log.error("no_room")
    moment = rows(database_url)[0]["last_seen"].isoformat().replace("+00:00", "Z")

    def found(query: str) -> list[str]:
        answer = api.vera.get(f"/api/system/errors?{query}")
        assert answer.status_code == 200, answer.text
        return [group["kind"] for group in answer.json["items"]]

    assert found("") == ["no_room", "pool_lost"]
    assert found("program=worker") == ["pool_lost"]
    assert found("q=CONNECTION") == ["pool_lost"]
    assert found("q=room") == ["no_room"]
    assert found("state=resolved") == []
    assert found(f"since={moment}") == ["no_room"]
    assert found(f"until={moment}") == ["pool_lost"]
    first = api.vera.get("/api/system/errors?limit=1").json
    assert found(f"limit=1&cursor={first['next_cursor']}") == ["pool_lost"]
    assert wrong_fields(api.vera.get("/api/system/errors?state=odd")) == {"state"}


def test_an_error_of_the_dashboard_is_a_group_without_ids_and_secrets(api: Api) -> None:
    for number in (12, 345):
        body = {
            "name": "TypeError",
            "message": f"row {number} is null",
            "stack": f"at {TOKEN}",
            "path": f"/bots/{number}",
        }
        assert api.adam.post("/api/system/errors", body).status_code == 204
    assert api.adam.post("/api/system/errors", {**body, "path": f"/{TOKEN}"}).status_code == 204
    until(lambda: len(rows(api.settings.database_url)) == 2, 10, "the groups")
    api.deps.errors.close()
    group, elsewhere = api.vera.get("/api/system/errors?program=dashboard&q=null").json["items"]
    if "/bots" not in group["kind"]:
        group, elsewhere = elsewhere, group
    assert (group["kind"], group["count"]) == ("TypeError on /bots/#: row # is null", 2)
    assert group["sample"]["user_id"] == api.adam.id
    assert group["sample"]["request_id"]
    assert "AAFake" not in str(group)
    assert "AAFake" not in str(elsewhere)
    assert api.nobody.post("/api/system/errors", body).status_code == 401
    key, _ = api.adam.program()
    assert key.post("/api/system/errors", body).status_code == 403
    assert wrong_fields(api.adam.post("/api/system/errors", {**body, "name": "x" * 101})) == {
        "name"
    }
    assert api.adam.post("/api/system/errors", {**body, "stack": "x" * 40_000}).status_code == 413


async def test_kinds_are_forgotten_with_the_logs(database_url: str) -> None:
    with counting(database_url):
        log.error("old")
        log.error("new")
    with psycopg.connect(owners(database_url)) as connection:
        connection.execute(
            "UPDATE error_groups SET last_seen = now() - interval '100 days' WHERE kind = 'old'"
        )
    async with open_pool(database_url, name="test", max_size=1) as pool:
        kept = {"texts": None, "clicks": None, "messages": None, "logs": 60}
        await retention.forget_old(pool, kept)
    assert counts(database_url) == {("test", "new"): 1}


@pytest.fixture
def platform(
    cluster: Cluster, valkey_server: str, tmp_path: Path
) -> Iterator[tuple[LiveApi, Workers]]:
    """An API and two workers as processes; Telegram is nowhere."""
    with cluster.database() as url, live(url, valkey_server, tmp_path) as api:
        workers = Workers(url, "http://127.0.0.1:9", tmp_path)
        workers.start(2)
        try:
            yield api, workers
        finally:
            workers.stop()


def test_crashes_of_requests_and_jobs_of_processes_come_once_each(
    platform: tuple[LiveApi, Workers],
) -> None:
    api, _ = platform
    url = api.settings.database_url
    with psycopg.connect(owners(url), autocommit=True) as connection:
        connection.execute("ALTER TABLE invitations RENAME TO away")
        assert [api.status("/api/users/invitations", api.alice) for _ in range(3)] == [500] * 3
        connection.execute("ALTER TABLE away RENAME TO invitations")
        for number in range(4):
            connection.execute(
                "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('jobs', 'launch', 0, NULL, NULL,"
                " jsonb_build_object('broadcast_id', %s::text), NULL)"
                "::procrastinate_job_to_defer_v1])",
                (f"{TOKEN}{number}",),
            )
    wanted = {
        (
            "api",
            "sqlalchemy.exc.ProgrammingError in crier.api.http.paging.page,"
            " called by crier.api.routes.invitations.list_invitations",
        ): 3,
        (
            "worker",
            "sqlalchemy.exc.DataError in crier.services.broadcasts.launch.launch_due,"
            " called by crier.jobs.tasks._launch_due",
        ): 4,
    }
    until(lambda: sum(counts(url).values()) >= 7, 30, "the sums")
    assert counts(url) == wanted
    request, job = rows(url)
    assert request["sample"]["fields"]["request_id"]
    assert job["sample"]["fields"]["task"] == "launch"
    assert job["sample"]["fields"]["job_id"]
    assert "AAFake" not in str(rows(url))
