"""Reports that come by themselves: to their own reader alone, once for each period."""

import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from crier.services.exports import report_schedules
from crier.services.people import sending
from crier.storage.models.notices import Outgoing, ReportSchedule
from tests.integration.api.test_mail import confirm
from tests.integration.api.test_my_chat import ANN, NOTICES, RULES, bot_of, link
from tests.integration.api.test_report_document import SENT, sent_ad
from tests.support import mailbox
from tests.support.ads import settle
from tests.support.api import Api, make_settings
from tests.support.mailbox import Mailbox
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

BLOCKED_BY = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    with mailbox.running(tmp_path / "mails") as made:
        yield made


@pytest.fixture
def api(
    box: Mailbox, database_url: str, valkey_url: str, tmp_path: Path, sandbox: Sandbox
) -> Iterator[Api]:
    more = {
        "CRIER_TELEGRAM_API_URL": sandbox.url,
        "CRIER_PUBLIC_URL": "https://ads.example.com",
        **box.settings,
    }
    made = Api(make_settings(database_url, valkey_url, tmp_path / "data", **more))
    made.person("alice", "admin")
    yield made
    made.close()


def place(ad: int) -> str:
    return f"/api/ads/{ad}/report/schedule"


def it_is_time(api: Api) -> None:
    """Nine o'clock has come for every order that waits for one."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    waits = ReportSchedule.due_at.is_not(None)
    with api.session() as session:
        session.execute(sa.update(ReportSchedule).where(waits).values(due_at=past))


def work(api: Api) -> None:
    """What a worker does each minute."""
    report_schedules.write_due(api.deps.sessions, api.deps.vault, api.settings)
    sending.work_off(api.deps.sessions, api.deps.vault, api.settings)


def become(api: Api, broadcast: int, status: str) -> None:
    step = sa.text("UPDATE broadcasts SET status = :status WHERE id = :id")
    with api.session() as session:
        session.execute(step, {"status": status, "id": broadcast})


def part_of(api: Api, broadcast: int) -> int:
    with api.session() as session:
        found = sa.text("SELECT id FROM deliveries WHERE broadcast_id = :id ORDER BY bot_id")
        return int(session.scalars(found, {"id": broadcast}).all()[-1])


def test_a_report_comes_by_mail_at_nine_where_there_is_something_new(
    api: Api, box: Mailbox
) -> None:
    confirm(api, box, api.oscar)
    ad, _, broadcast = sent_ad(api, title="Autumn fair")
    none = {"every": None, "tz": None, "next_at": None, "channel": "mail"}
    assert api.oscar.get(place(ad)).json == none
    told = api.oscar.put(place(ad), {"every": "day", "tz": "Europe/Berlin"}).json
    at = datetime.fromisoformat(told["next_at"])
    assert timedelta(0) < at - datetime.now(UTC) <= timedelta(hours=25)
    assert (told["every"], told["channel"], at.hour in (7, 8)) == ("day", "mail", True)
    work(api)
    assert len(box.mails) == 1, "it is not nine yet"
    for _ in range(2):
        it_is_time(api)
        work(api)
        work(api)
        assert len(box.mails) == 2, "there is nothing new in the second period"
    letter = box.mails[-1]
    assert (letter["To"], letter["Subject"]) == ("oscar@example.com", "Report: Autumn fair")
    text, file = letter.iter_parts()
    said = text.get_content()
    assert "1,102 sent" in said.splitlines()
    assert f"https://ads.example.com/ads/{ad}/broadcast?broadcast_id={broadcast}" in said.split()
    (page, *_) = PdfReader(io.BytesIO(file.get_content()), strict=True).pages
    assert "Sent 1,102" in page.extract_text()
    assert file.get_filename() == f"crier-ad-{ad}.pdf"
    assert datetime.fromisoformat(api.oscar.get(place(ad)).json["next_at"]) == at
    settle(api, part_of(api, broadcast), [SENT])
    it_is_time(api)
    work(api)
    assert "1,103 sent" in next(box.mails[-1].iter_parts()).get_content()
    assert api.oscar.delete(place(ad)).status_code == 204
    assert api.oscar.get(place(ad)).json == none
    with api.session() as session:
        assert session.scalars(sa.select(ReportSchedule)).all() == []


def test_a_report_comes_to_the_linked_chat_once_a_broadcast_has_ended(
    api: Api, sandbox: Sandbox
) -> None:
    sandbox.set_limits(chat_rate=0)
    bot_id, bot = bot_of(api, sandbox, api.alice)
    api.alice.patch(RULES, {"platform_bot_id": bot_id})
    sandbox.add_person(bot.id, ANN, status="started")
    ad, _, broadcast = sent_ad(api, title="Autumn fair")
    assert api.oscar.put(place(ad), {"every": "end"}).json["channel"] == "none"
    become(api, broadcast, "completed")
    work(api)
    link(api, api.oscar)
    api.oscar.patch(NOTICES, {"broadcast_ended": "none"})
    told = api.oscar.get(place(ad)).json
    assert (told["next_at"], told["channel"]) == (None, "telegram"), "that end is told to nobody"

    def files() -> list[dict[str, Any]]:
        work(api)
        return [one for one in sandbox.outbox(bot.id, ANN) if "document" in one]

    assert files() == []
    become(api, broadcast, "broadcasting")
    become(api, broadcast, "completed")
    for _ in range(2):
        (message,) = files()
        assert message["document"]["file_name"] == f"crier-ad-{ad}.pdf"
        assert message["caption"].startswith("Report: Autumn fair\n")
        assert "1,102 sent" in message["caption"]
    become(api, broadcast, "broadcasting")
    become(api, broadcast, "cancelled")
    assert "is cancelled" in files()[-1]["caption"]
    api.oscar.patch(NOTICES, {"report": "none"})
    become(api, broadcast, "failed")
    assert len(files()) == 2
    sandbox.set_limits(chat_rate=1)


@pytest.mark.parametrize("ends", ["commits", "dies"])
def test_of_two_workers_one_writes_a_report_and_one_that_dies_has_written_none(
    api: Api, box: Mailbox, ends: str
) -> None:
    confirm(api, box, api.oscar)
    ad, _, _ = sent_ad(api)
    api.oscar.put(place(ad), {"every": "week"})
    it_is_time(api)
    first = api.deps.sessions()
    (due,) = report_schedules._due(first)
    report_schedules._write(first, api.deps.vault, api.settings, due)
    arguments = (api.deps.sessions, api.deps.vault, api.settings)
    second = threading.Thread(target=report_schedules.write_due, args=arguments)
    second.start()

    def second_waits() -> bool:
        with api.session() as session:
            return bool(session.scalar(sa.text(BLOCKED_BY)) == 1)

    until(second_waits)
    if ends == "commits":
        first.commit()
    first.close()
    second.join()
    work(api)
    with api.session() as session:
        assert session.scalars(sa.select(Outgoing)).all() == []
    assert [letter["Subject"] for letter in box.mails][1:] == [f"Report: ad {ad}"]


def test_an_order_is_of_people_for_themselves_and_ends_with_what_it_rests_on(
    api: Api, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm(api, box, api.oscar)
    ad, _, _ = sent_ad(api)
    assert api.olga.put(place(ad), {"every": "day"}).status_code == 404
    program, _ = api.oscar.program(scopes=["read"])
    assert program.put(place(ad), {"every": "day"}).status_code == 403
    for wrong in ({"every": "hour"}, {"every": "day", "tz": "Mars/Base"}, {"every": None}):
        assert api.oscar.put(place(ad), wrong).status_code == 422
    assert api.alice.put(place(ad), {"every": "day"}).json["channel"] == "none"
    assert api.oscar.put(place(ad), {"every": "day"}).status_code == 200
    monkeypatch.setattr(report_schedules, "MOST", 1)
    assert api.oscar.put(place(ad), {"every": "week"}).status_code == 200, "in its place"
    other = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
    refused = api.oscar.put(place(other), {"every": "day"})
    assert (refused.status_code, "stop another" in refused.json["detail"]) == (409, True)
    api.alice.patch(f"/api/users/{api.oscar.id}", {"is_active": False})
    it_is_time(api)
    work(api)
    assert len(box.mails) == 1, "nothing for an account that is not active"
    with api.session() as session:
        orders = session.scalars(sa.select(ReportSchedule.user_id)).all()
    assert orders == [api.alice.id]
    assert api.alice.delete(place(ad)).status_code == 204


def test_one_report_that_fails_holds_up_no_other(
    api: Api, box: Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    confirm(api, box, api.oscar)
    bad, good = sent_ad(api)[0], sent_ad(api)[0]
    for ad in (bad, good):
        api.oscar.put(place(ad), {"every": "day"})
    it_is_time(api)
    with api.session() as session:
        broken = sa.update(ReportSchedule).where(ReportSchedule.ad_id == bad)
        session.execute(broken.values(tz="Nowhere/Left"))
    work(api)
    assert [letter["Subject"] for letter in box.mails][1:] == [f"Report: ad {good}"]
    assert "report_not_written" in caplog.text
