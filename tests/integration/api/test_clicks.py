"""Tracked links lead to the ad's own links, fast, and every click is counted durably."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from crier.domain import message as messages
from crier.domain.message import AdMessage, Button
from crier.domain.slug import Click, Slugs
from crier.secrets.slugs import slugs_of
from crier.services.broadcasts import clicks
from tests.support.ads import add_bot, add_broadcast
from tests.support.api import Api, ApiResponse, LiveApi, make_settings
from tests.support.waiting import until

PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"}
LINKS = ("https://shop.example.com/?a=1&b=2", "https://Faß.example/ü")


class Sent:
    """A broadcast of one ad with two links to three chats."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.ad: int = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
        self.bot = add_bot(api, api.oscar, chats=[11, 22, -33])
        text = f'<a href="{LINKS[0].replace("&", "&amp;")}">x</a>'
        message = messages.tracked(
            AdMessage(text=text, parse_mode="HTML", buttons=((Button("b", LINKS[1]),),))
        )
        assert message.links == LINKS
        _, ids = add_broadcast(
            api, self.ad, api.oscar, {self.bot: [11, 22, -33]}, message=messages.to_json(message)
        )
        self.delivery = ids[self.bot]
        self.slugs = slugs_of(api.deps.vault.keys)

    def click(
        self, chat: int, link: int = 0, method: str = "GET", headers: Mapping[str, str] = PHONE
    ) -> ApiResponse:
        slug = self.slugs.sign(self.delivery, chat, link)
        return self.api.nobody.request(method, f"/r/{slug}", headers=headers)

    def counted(self) -> tuple[int, int, int]:
        stats = self.api.oscar.get(f"/api/ads/{self.ad}/statistics").json
        return stats["clicks"], stats["unique_clicks"], stats["machine_clicks"]


@pytest.fixture
def sent(api: Api) -> Sent:
    return Sent(api)


def test_a_click_goes_to_the_ads_own_link_and_is_counted_before_the_answer(sent: Sent) -> None:
    answer = sent.click(11)
    assert (answer.status_code, answer.headers["Location"]) == (302, LINKS[0])
    assert answer.headers["Cache-Control"] == "no-store"
    assert sent.counted() == (1, 1, 0)
    assert sent.click(11, link=1).headers["Location"] == (
        "https://xn--fa-hia.example/%C3%BC"
    )  # fmt: skip
    sent.click(-33)
    assert sent.counted() == (3, 2, 0)


def test_machines_are_kept_apart(sent: Sent) -> None:
    assert (
        sent.click(11, headers={"User-Agent": "TelegramBot (like TwitterBot)"}).status_code == 302
    )
    assert sent.click(11, method="HEAD").status_code == 302
    assert sent.counted() == (0, 0, 2)
    sent.click(11)
    assert sent.counted() == (1, 1, 2)
    recipients = sent.api.oscar.get(f"/api/ads/{sent.ad}/recipients").json["items"]
    assert [r["clicked_at"] is not None for r in recipients] == [True, False, False]


def test_clicks_reach_timeline_and_bot(sent: Sent) -> None:
    for chat in (11, 22):
        sent.click(chat)
    stats = sent.api.oscar.get(f"/api/ads/{sent.ad}/statistics").json
    assert sum(point["clicks"] for point in stats["timeline"]) == 2
    assert stats["per_bot"][0]["clicks"] == 2
    with sent.api.session() as session:
        assert session.scalar(sa.text("SELECT sum(clicks) FROM bot_minutes")) == 2
        rows = session.execute(sa.text("SELECT chat_id, link, kind FROM clicks ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [(11, 0, "person"), (22, 0, "person")]


def test_a_click_that_waited_for_the_database_counts_when_it_came(sent: Sent) -> None:
    two_hours_ago = time.monotonic() - 7200
    hit = clicks.Hit(Click(sent.delivery, 11, 0), "person", "Firefox", taken_at=two_hours_ago)
    with sent.api.session() as session:
        engine = session.get_bind()
        assert isinstance(engine, sa.Engine)
    clicks.write(engine, [hit, hit._replace(taken_at=None)])
    with sent.api.session() as session:
        ages = "SELECT round(extract(epoch FROM now() - {}) / 3600)::int FROM {} ORDER BY at"
        for at in ("bot_minutes WHERE clicks > 0", "delivery_minutes", "clicks"):
            assert session.scalars(sa.text(ages.format("at", at))).all() == [2, 0], at
        assert session.scalars(sa.text(ages.format("at", "late_hours"))).all() in ([2], [3])
        assert session.scalars(sa.text(ages.format("at", "first_clicks"))).all() == [2]


def test_forged_foreign_and_outdated_slugs_are_404_and_never_redirect(sent: Sent) -> None:
    good = sent.slugs.sign(sent.delivery, 11, 0)
    bad = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        Slugs([b"x" * 32]).sign(sent.delivery, 11, 0),
        sent.slugs.sign(sent.delivery, 11, 2),  # no such link
        sent.slugs.sign(sent.delivery + 1, 11, 0),  # no such delivery
        "https:%2F%2Fevil.example",
        "x" * 3000,
    ]
    for slug in bad:
        answer = sent.api.nobody.get(f"/r/{slug}", headers=PHONE)
        assert answer.status_code == 404, slug
        assert "Location" not in answer.headers
    assert sent.counted() == (0, 0, 0)


def stored(sent: Sent) -> int:
    with sent.api.session() as session:
        return session.scalar(sa.text("SELECT count(*) FROM clicks")) or 0


def test_of_many_clicks_of_a_recipient_a_few_are_stored_and_all_counted(sent: Sent) -> None:
    for n in range(30):
        assert sent.click(11, link=n % 2).status_code == 302
    sent.click(11, method="HEAD")
    assert sent.counted() == (30, 1, 1)
    most = clicks.ROWS[0][1]
    assert most <= stored(sent) <= 2 * most, "of at most two minutes"
    before = stored(sent)
    sent.click(22)
    assert stored(sent) == before + 1, "others are not concerned"
    sent.counted()


def test_rows_are_few_a_minute_and_a_day_for_each_recipient() -> None:
    rows, one, other = clicks.Rows(), Click(1, 11, 0), Click(1, 22, 0)
    assert [rows.take(one, 0.0) for _ in range(7)] == [True] * 5 + [False] * 2
    assert rows.take(one._replace(link=1), 1.0) is False, "another link of the same recipient"
    assert rows.take(other, 1.0)
    assert sum(rows.take(one, 60.0 * n) for n in range(1, 1000)) == 45
    assert rows.take(one, 24 * 3600.0)


def test_what_remembers_recipients_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clicks, "MAX_REMEMBERED", 10)
    rows = clicks.Rows()
    assert all(rows.take(Click(1, chat, 0), 0.0) for chat in range(100))
    assert len(rows._recipients) == 10


def test_trying_links_out_is_limited(database_url: str, valkey_url: str, tmp_path: Path) -> None:
    more = {"CRIER_API_LIMITS": "on"}
    api = Api(make_settings(database_url, valkey_url, tmp_path / "data", **more))
    statuses = [api.nobody.get(f"/r/forged{n}").status_code for n in range(601)]
    assert statuses == [404] * 600 + [429]
    api.close()


def test_many_clicks_at_once_are_all_counted(sent: Sent) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: sent.click((11, 22, -33)[n % 3]), range(600)))
    assert {answer.status_code for answer in answers} == {302}
    assert sent.counted() == (600, 3, 0)


@pytest.mark.parametrize("how", ["refuses", "stands still"])
def test_people_are_sent_on_while_the_database_is_down_and_counted_after(
    sent: Sent, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    sent.click(11)
    write, is_back = clicks.write, threading.Event()

    def fails(*given: Any) -> None:
        if how == "refuses" and not is_back.is_set():
            raise OperationalError("down", {}, Exception("down"))
        is_back.wait()
        write(*given)

    monkeypatch.setattr(clicks, "write", fails)
    for _ in range(5):
        assert sent.click(22).status_code == 302  # though nothing is written until it is back
    assert sent.counted() == (1, 1, 0)
    is_back.set()
    until(lambda: sent.counted() == (6, 2, 0), what="the kept clicks are written")
    sent.click(22)
    assert sent.counted() == (7, 2, 0), "clicks are waited for again"


def ask(api: LiveApi, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
    """One request to the real server: its status and headers."""
    connection = HTTPConnection("127.0.0.1", api.port, timeout=20)
    try:
        connection.request(method, path, headers={**PHONE, **headers})
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def test_a_known_link_is_answered_as_a_new_one_is(live_api: LiveApi) -> None:
    sent = Sent(live_api)
    slug = sent.slugs.sign(sent.delivery, 11, 1)
    first, second = (ask(live_api, f"/r/{slug}", **{"X-Request-ID": "mine"}) for _ in "ab")
    for _, headers in (first, second):
        headers.pop("date")
        headers.pop("content-type", None)
    assert first == second
    assert first[0] == 302
    assert first[1]["location"] == "https://xn--fa-hia.example/%C3%BC"
    assert first[1]["x-request-id"] == "mine"
    assert ask(live_api, f"/r/{slug}", "HEAD")[0] == 302
    assert ask(live_api, f"/r/{slug}", **{"X-Moz": "prefetch"})[0] == 302
    assert sent.counted() == (2, 1, 2)
    forged = slug[:-1] + ("A" if slug[-1] != "A" else "B")
    for path, method, status in (
        (f"/r/{forged}", "GET", 404),
        (f"/r/{slug}/", "GET", 404),
        (f"/r//{slug}", "GET", 404),
        ("/r/", "GET", 404),
        (f"/r/{slug}", "POST", 405),
    ):
        answer = ask(live_api, path, method)
        assert answer[0] == status, path
        assert "location" not in answer[1]
    assert sent.counted() == (2, 1, 2)


def test_many_links_at_once_are_answered_and_counted(live_api: LiveApi) -> None:
    """How fast that goes, `make bench` measures."""
    sent = Sent(live_api)
    paths = [f"/r/{sent.slugs.sign(sent.delivery, chat, 0)}" for chat in (11, 22, -33)]

    def follow(many: int) -> None:
        connection = HTTPConnection("127.0.0.1", live_api.port, timeout=20)
        for n in range(many):
            connection.request("GET", paths[n % 3], headers=PHONE)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 302
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(follow, [100] * 8))
    assert sent.counted() == (800, 3, 0)


def test_a_click_that_was_answered_outlives_a_kill(own_live_api: LiveApi) -> None:
    sent = Sent(own_live_api)
    path = f"/r/{sent.slugs.sign(sent.delivery, 11, 0)}"
    answered: list[int] = []

    def follow(_: int) -> None:
        with contextlib.suppress(OSError, HTTPException):
            while ask(own_live_api, path)[0] == 302:
                answered.append(1)

    with ThreadPoolExecutor(8) as pool:
        done = pool.map(follow, range(8))
        until(lambda: len(answered) > 100, what="clicks are answered")
        os.kill(own_live_api.pid(), signal.SIGKILL)
        list(done)
    counted = sent.counted()[0]
    assert len(answered) <= counted <= len(answered) + 8, "all, and who was on the way"
