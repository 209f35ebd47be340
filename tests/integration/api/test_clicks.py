"""Tracked links lead to the ad's own links, fast, and every click is counted durably."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from crier.domain import message as messages
from crier.domain.message import AdMessage, Button
from crier.domain.slug import Slugs
from crier.services import clicks
from crier.storage.slugs import slugs_of
from tests.support.ads import add_bot, add_broadcast
from tests.support.api import Api

PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"}
LINKS = ("https://shop.example.com/?a=1&b=2", "https://пример.example/ü")


class Sent:
    """A broadcast of one ad with two links to three chats."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.ad: int = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
        self.bot = add_bot(api, api.oscar)
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

    def click(self, chat: int, link: int = 0, method: str = "GET", **headers: str) -> Any:
        slug = self.slugs.sign(self.delivery, chat, link)
        return self.api.nobody.request(method, f"/r/{slug}", headers={**PHONE, **headers})

    def counted(self) -> tuple[int, int, int]:
        stats = self.api.oscar.get(f"/api/ads/{self.ad}/statistics").json
        return stats["clicks"], stats["unique_clicks"], stats["machine_clicks"]


@pytest.fixture
def sent(api: Api) -> Sent:
    return Sent(api)


def eventually(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def test_a_click_goes_to_the_ads_own_link_and_is_counted_before_the_answer(sent: Sent) -> None:
    answer = sent.click(11)
    assert (answer.status_code, answer.headers["Location"]) == (302, LINKS[0])
    assert answer.headers["Cache-Control"] == "no-store"
    assert sent.counted() == (1, 1, 0)
    assert sent.click(11, link=1).headers["Location"] == (
        "https://xn--e1afmkfd.example/%C3%BC"
    )  # fmt: skip
    sent.click(-33)
    assert sent.counted() == (3, 2, 0)


def test_machines_are_kept_apart(sent: Sent) -> None:
    assert sent.click(11, **{"User-Agent": "TelegramBot (like TwitterBot)"}).status_code == 302
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


def test_many_clicks_at_once_are_all_counted(sent: Sent) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: sent.click((11, 22, -33)[n % 3]), range(600)))
    assert {answer.status_code for answer in answers} == {302}
    assert sent.counted() == (600, 3, 0)


def test_people_are_sent_on_while_the_database_is_down_and_counted_after(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent.click(11)
    write, is_down = clicks.write, True

    def fails(*given: Any) -> None:
        if is_down:
            raise OperationalError("down", {}, Exception("down"))
        write(*given)

    monkeypatch.setattr(clicks, "write", fails)
    begun = time.monotonic()
    for _ in range(5):
        assert sent.click(22).status_code == 302
    assert time.monotonic() - begun < 3
    assert sent.counted() == (1, 1, 0)
    is_down = False
    eventually(lambda: sent.counted() == (6, 2, 0), "the kept clicks are written")


def test_a_link_answers_within_milliseconds(sent: Sent) -> None:
    sent.click(11)
    times = []
    for _ in range(100):
        begun = time.perf_counter()
        sent.click(22)
        times.append(time.perf_counter() - begun)
    assert sorted(times)[50] < 0.05
