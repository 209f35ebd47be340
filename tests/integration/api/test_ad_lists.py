"""The list of ads: what came of each one's latest broadcast, and the orders by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.ads import add_bot, add_broadcast, add_row, settle
from tests.support.api import Api, Person, wrong_fields

SENT = ("sent", None, None)
BLOCKED = ("blocked", 403, "Forbidden: bot was blocked by the user")


def make_ad(person: Person, title: str) -> int:
    number: int = person.post("/api/ads/create", {"content": "x", "title": title}).json["id"]
    return number


def titles(person: Person, sort: str, limit: int = 200) -> str:
    """The titles of all ads, page by page."""
    found, cursor = "", ""
    while True:
        answer = person.get(f"/api/ads/list?limit={limit}&sort={sort}{cursor}").json
        found += "".join(ad["title"] for ad in answer["items"])
        if answer["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer['next_cursor']}"


@pytest.fixture
def results(api: Api) -> Api:
    """Oscar's ads: A sent to 3 with 2 clicks, B to 4 with 1, C not yet launched, D scheduled, and E
    once to 5, then to nobody."""
    bot = add_bot(api, api.oscar)
    made = {title: make_ad(api.oscar, title) for title in "ABCDE"}

    def launch(title: str, sent: int, clicks: int, **columns: Any) -> None:
        chats = list(range(1, sent + 2))
        _, parts = add_broadcast(api, made[title], api.oscar, {bot: chats}, **columns)
        settle(api, parts[bot], [SENT] * sent + [BLOCKED])
        if clicks:
            with api.session() as session:
                counts = {"clicks": clicks + 1, "unique_clicks": clicks}
                add_row(session, "click_counters", delivery_id=parts[bot], **counts)

    launch("E", 5, 5, status="completed")
    launch("B", 4, 1)
    launch("A", 3, 2)
    add_broadcast(api, made["D"], api.oscar, {}, status="scheduled", audience=7, started_at=None)
    launch("E", 0, 0)
    return api


@contextmanager
def statements(api: Api) -> Iterator[list[str]]:
    """Collect the statements that read ads."""
    seen: list[str] = []

    def note(_: Any, __: Any, text: str, *___: Any) -> None:
        if "broadcast_figures" in text or "FROM broadcasts" in text:
            seen.append(text)

    engine = api.deps.sessions.kw["bind"]
    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


def test_each_ad_has_what_came_of_its_latest_broadcast_and_a_page_is_one_statement(
    results: Api,
) -> None:
    with statements(results) as seen:
        answer = results.oscar.get("/api/ads/list").json
    assert len(seen) == 1
    last = {ad["title"]: ad["last_broadcast"] for ad in answer["items"]}
    assert [last["A"][name] for name in ("status", "audience", "sent", "unique_clicks")] == [
        "broadcasting", 4, 3, 2,
    ]  # fmt: skip
    assert last["A"]["ctr"] == pytest.approx(2 / 3)
    assert last["C"] is None
    assert (last["D"]["status"], last["D"]["audience"], last["D"]["ctr"]) == ("scheduled", 7, None)
    assert (last["E"]["sent"], last["E"]["unique_clicks"]) == (0, 0)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("newest", "EDCBA"),
        ("last_broadcast", "EDABC"),
        ("sent", "BAEDC"),
        ("clicks", "ABEDC"),
        ("ctr", "ABEDC"),
    ],
)
def test_ads_are_ordered_by_their_results_in_pages_of_any_size(
    results: Api, sort: str, order: str
) -> None:
    assert titles(results.oscar, sort) == titles(results.oscar, sort, limit=1) == order
    assert results.vera.get(f"/api/ads/list?sort={sort}").status_code == 200


def test_an_order_that_there_is_not_is_refused(api: Api) -> None:
    assert wrong_fields(api.oscar.get("/api/ads/list?sort=price")) == {"sort"}
