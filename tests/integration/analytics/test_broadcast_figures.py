"""The kept sums of broadcasts are those of their deliveries, in every state."""

import random

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.slug import Click
from crier.services.broadcasts import clicks
from crier.storage.models.ads import Advertisement
from tests.support.ads import add_bot, add_broadcast, settle
from tests.support.api import Api

OUTCOMES = ("audience", "sent", "blocked", "failed", "unknown", "skipped")
CLICKS = ("clicks", "unique_clicks", "machine_clicks")


def add_ad(api: Api) -> int:
    ad = Advertisement(user_id=api.oscar.id, content="buy")
    with api.session() as session:
        session.add(ad)
    return ad.id


def figures(session: Session) -> list[tuple[int, ...]]:
    names = ", ".join((*OUTCOMES, *CLICKS))
    text = f"SELECT broadcast_id, {names} FROM broadcast_figures ORDER BY 1"
    return [tuple(row) for row in session.execute(sa.text(text))]


def added_up(session: Session) -> list[tuple[int, ...]]:
    outcomes = ", ".join(f"sum(d.{name})" for name in OUTCOMES)
    counted = ", ".join(f"coalesce(sum(c.{name}), 0)" for name in CLICKS)
    text = (
        f"SELECT d.broadcast_id, {outcomes}, {counted} FROM deliveries d"
        " LEFT JOIN click_counters c ON c.delivery_id = d.id GROUP BY 1 ORDER BY 1"
    )
    return [tuple(map(int, row)) for row in session.execute(sa.text(text))]


@pytest.mark.parametrize("end", ["completed", "cancelled", "failed"])
def test_sums_follow_a_broadcast_through_its_end_and_a_retry(api: Api, end: str) -> None:
    bots = [add_bot(api, api.oscar) for _ in range(2)]
    parts = {bot: [1, 2, 3] for bot in bots}
    broadcast, deliveries = add_broadcast(api, add_ad(api), api.oscar, parts)
    step = sa.text("UPDATE broadcasts SET status = :s WHERE id = :id")
    kept = sa.text("SELECT count(*) FROM broadcast_sums")
    for status in (end, "broadcasting", end):
        settle(api, deliveries[bots[0]], [("sent", None, None)])
        with api.session() as session:
            session.execute(step, {"s": status, "id": broadcast})
            assert session.scalar(kept) == int(status == end)
            assert figures(session) == added_up(session)


def test_clicks_of_many_deliveries_add_up_by_broadcast(api: Api) -> None:
    chance = random.Random(3)
    bots = [add_bot(api, api.oscar) for _ in range(3)]
    deliveries: list[int] = []
    for _ in range(2):
        parts = {bot: list(range(1, 9)) for bot in bots}
        _, found = add_broadcast(api, add_ad(api), api.oscar, parts)
        deliveries += found.values()
    with api.session() as session:
        engine = session.get_bind()
        assert isinstance(engine, sa.Engine)
    kinds: tuple[clicks.Kind, ...] = ("person", "person", "machine")
    for _ in range(5):
        hits = [
            clicks.Hit(Click(chance.choice(deliveries), chance.randrange(1, 9), 0), kind, "Firefox")
            for kind in chance.choices(kinds, k=40)
        ]
        clicks.write(engine, hits)
        with api.session() as session:
            assert figures(session) == added_up(session)
    with api.session() as session:
        assert session.scalar(sa.text("SELECT sum(clicks) FROM broadcast_clicks")) > 100
