"""The audit log: complete, chained, append-only, and free of secrets."""

import threading

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from crier.services import audit
from crier.services.system import commands
from crier.storage.models.people import AuditEntry
from tests.support.api import Api
from tests.support.postgres import owners


def lines(api: Api, query: str = "") -> list[dict[str, object]]:
    page = api.alice.get(f"/api/audit{query}").json
    return list(page["items"])


def write(api: Api, action: str = "test.write", **details: object) -> None:
    with api.session() as session:
        audit.record(session, "tester", action, "test", 7, details, ip="192.0.2.1")


def as_owner(api: Api, statement: str) -> None:
    """Tamper as somebody who owns the database and switches the triggers off."""
    with psycopg.connect(owners(api.settings.database_url)) as connection:
        connection.execute("ALTER TABLE audit_log DISABLE TRIGGER USER")
        connection.execute(statement.encode())


def test_a_change_by_a_person_names_who_what_on_what_and_before_and_after(api: Api) -> None:
    api.alice.patch(f"/api/users/{api.oscar.id}", {"role": "viewer"})
    line = lines(api, "?action=user.update")[0]
    assert {"id", "at", "actor", "ip", "action", "object_type", "object_id", "details"} <= set(line)
    assert (line["actor"], line["ip"]) == ("alice", "127.0.0.1")
    assert (line["object_type"], line["object_id"]) == ("user", str(api.oscar.id))
    same = {"username": "oscar", "is_active": True}
    assert line["details"] == {
        "before": {**same, "role": "operator", "may_review": True},
        "after": {**same, "role": "viewer", "may_review": False},
    }


def test_a_change_by_a_key_names_the_key(api: Api) -> None:
    program, made = api.oscar.program()
    program.post("/api/ads/create", {"content": "Buy!"})
    line = lines(api, "?action=ad.create")[0]
    assert (line["actor"], line["actor_id"]) == (f"oscar/key:{made['id']}", api.oscar.id)


def test_a_change_that_was_rolled_back_leaves_no_line(api: Api) -> None:
    api.alice.patch(f"/api/users/{api.alice.id}", {"role": "viewer"})
    assert lines(api, "?action=user.update") == []


def test_it_can_be_filtered(api: Api) -> None:
    write(api, "bot.start")
    write(api, "bot.stop")
    write(api, "botany.water")
    assert {line["action"] for line in lines(api, "?action=bot")} == {"bot.start", "bot.stop"}
    assert len(lines(api, "?actor=tester&object=test:7")) == 3
    assert lines(api, "?object=test:8") == []
    assert lines(api, "?since=2100-01-01T00:00:00Z") == []
    assert api.alice.get("/api/audit?since=yesterday").status_code == 422


def test_tokens_do_not_get_into_it(api: Api) -> None:
    write(api, token="123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake")
    assert "AAFake" not in str(lines(api))


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"])
def test_a_line_cannot_be_changed_or_taken_out(api: Api, statement: str) -> None:
    write(api)
    for url in (api.settings.database_url, owners(api.settings.database_url)):
        with (
            psycopg.connect(url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement.encode())


def test_the_chain_holds_for_many_who_write_at_once(api: Api) -> None:
    def write_ten() -> None:
        for n in range(10):
            write(api, n=n)

    threads = [threading.Thread(target=write_ten) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with api.session() as session:
        verdict = audit.verify(session)
    assert (verdict.broken_at, verdict.lines) == (None, 60)


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE audit_log SET actor = 'innocent' WHERE id = 3",
        "UPDATE audit_log SET details = '{\"n\": 99}' WHERE id = 3",
        "UPDATE audit_log SET at = at + interval '1 microsecond' WHERE id = 3",
        "UPDATE audit_log SET ip = '192.0.2.2' WHERE id = 3",
        "DELETE FROM audit_log WHERE id = 3",
        "INSERT INTO audit_log SELECT 100, at, actor_id, actor, ip, action, object_type, object_id,"
        " details, previous_hash, 'x', key_id FROM audit_log WHERE id = 5",
        "UPDATE audit_log SET key_id = NULL WHERE id = 3",
        "INSERT INTO audit_log (at, actor, action, object_type, previous_hash, hash)"
        " SELECT now(), 'forger', 'x', 'x', hash, sha256(hash) FROM audit_log WHERE id = 5",
    ],
)
def test_crier_audit_verify_finds_tampering(
    api: Api, tamper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIER_DATABASE_URL", api.settings.database_url)
    monkeypatch.setenv("CRIER_DATA_DIR", str(api.settings.data_dir))
    for n in range(5):
        write(api, n=n, nested={"b": [1.5, None, "ü"], "a": 10**18})
    good = CliRunner().invoke(commands.audit_log, ["verify"])
    assert (good.exit_code, "5 lines, all good" in good.output) == (0, True)
    as_owner(api, tamper)
    bad = CliRunner().invoke(commands.audit_log, ["verify"])
    assert bad.exit_code != 0
    assert "tampered" in str(bad.exception)


def test_an_advertiser_and_an_operator_do_not_read_it(api: Api) -> None:
    assert api.oscar.get("/api/audit").status_code == 403
    assert api.vera.get("/api/audit").status_code == 200


def test_lines_of_a_page_are_newest_first(api: Api) -> None:
    for n in range(3):
        write(api, n=n)
    with api.session() as session:
        newest = session.scalar(sa.select(sa.func.max(AuditEntry.id)))
    assert lines(api)[0]["id"] == newest
