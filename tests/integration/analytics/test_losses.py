"""Changes of chats' status are recorded whoever makes them, and their sums equal the rows."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from crier.analytics import rollup
from crier.domain.slug import Click
from crier.services.broadcasts import clicks
from tests.support.ads import add_bot, add_broadcast, add_chats, add_row
from tests.support.api import Api

# At the end of a month, over the hour that Europe's clocks do not have.
START = datetime(2025, 3, 29, 22, tzinfo=UTC)
REASONS = ("returned", "stopped", "blocked", "gone", "moved", "unsubscribed")
DAY = timedelta(days=1)
FRESH = {"Cache-Control": "no-cache"}


def changes(api: Api) -> list[tuple[Any, ...]]:
    with api.session() as session:
        rows = session.execute(sa.text("SELECT chat_id, was, reason FROM status_changes"))
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("status = 'blocked'", "blocked"),
        ("status = 'gone'", "gone"),
        ("status = 'gone', migrated_to = -100123", "moved"),
        ("status = 'unsubscribed', opted_out = true", "stopped"),
        ("status = 'unsubscribed', opted_out = NULL", "unsubscribed"),
    ],
)
def test_a_change_leaves_a_row_in_its_own_transaction(api: Api, to: str, reason: str) -> None:
    bot = add_bot(api, api.oscar, chats=[1, 2])
    leave = sa.text(f"UPDATE subscribers SET {to} WHERE bot_id = {bot} AND chat_id = 1")
    with api.session() as session:
        session.execute(leave)
        session.rollback()
    assert changes(api) == []
    with api.session() as session:
        session.execute(leave)
        session.execute(sa.text("UPDATE subscribers SET title = 'x', last_seen_at = now()"))
    assert changes(api) == [(1, "active", reason)]
    with api.session() as session:
        session.execute(sa.text("UPDATE subscribers SET status = 'active', migrated_to = NULL"))
    was = "unsubscribed" if "unsubscribed" in to else "gone" if "gone" in to else "blocked"
    assert changes(api)[1:] == [(1, was, "returned")]


def fill(api: Api, some: random.Random) -> tuple[list[Any], list[Any]]:
    """Ads that were sent, and chats that left and came back; what both are."""
    bots = [add_bot(api, api.oscar), add_bot(api, api.olga)]
    sends, left = [], []
    ad = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
    with api.session() as session:
        session.execute(sa.text("SELECT make_partitions(3, 60)"))
        for bot in bots:
            add_chats(session, bot, range(1, 31))
            add_row(session, "bot_minutes", bot_id=bot, at=START)
    for _ in range(3):
        _, parts = add_broadcast(
            api, ad, api.oscar, {bot: [1] for bot in bots}, started_at=START, status="completed"
        )
        sends += [
            (bot, delivery, chat, START + some.random() * 3 * DAY, some.choice(["sent", "failed"]))
            for bot, delivery in parts.items() for chat in range(1, 31)
        ]  # fmt: skip
    for bot in bots:
        for chat in range(1, 31):
            ats = sorted(START + some.random() * 5 * DAY for _ in range(6))
            for number, at in enumerate(ats):
                reason = some.choice(REASONS[1:]) if number % 2 == 0 else "returned"
                was = "active" if number % 2 == 0 else some.choice(["blocked", "gone"])
                left.append((bot, chat, at, was, reason))
    with api.session() as session:
        for bot, delivery, chat, at, status in sends:
            add_row(session, "messages", bot_id=bot, chat_id=chat, delivery_id=delivery,
                    sent_at=at, status=status, direction="out")  # fmt: skip
        for bot, chat, at, was, reason in left:
            add_row(
                session, "status_changes", bot_id=bot, chat_id=chat, at=at, was=was, reason=reason
            )
    return sends, left


def expected_losses(sends: list[Any], left: list[Any]) -> Counter[tuple[int, str]]:
    """By delivery and reason: whoever's first leaving is within a day after the ad."""
    found: Counter[tuple[int, str]] = Counter()
    for bot, delivery, chat, sent_at, status in sends:
        after = sorted(
            (at, reason) for b, c, at, was, reason in left
            if (b, c) == (bot, chat) and was == "active" and reason in ("stopped", "blocked")
            and sent_at <= at <= sent_at + DAY
        )  # fmt: skip
        if status == "sent" and after:
            found[delivery, after[0][1]] += 1
    return found


def roll_up(api: Api, until: datetime) -> None:
    again = True
    while again:
        with api.session() as session:
            again = rollup.run(session, until)


def sums(api: Api) -> tuple[Counter[tuple[int, str]], Counter[tuple[int, str]]]:
    """What is kept of losses by delivery, and of changes by bot."""
    both: list[Counter[tuple[int, str]]] = [Counter(), Counter()]
    with api.session() as session:
        for found, table, names in (
            (both[0], "delivery_losses", REASONS[1:3]), (both[1], "bot_changes", REASONS),
        ):  # fmt: skip
            for row in session.execute(sa.text(f"SELECT * FROM {table}")).mappings():
                number = row["delivery_id"] if "delivery_id" in row else row["bot_id"]
                found.update({(number, name): row[name] for name in names if row[name]})
    return both[0], both[1]


@pytest.mark.parametrize("seed", range(2))
def test_sums_by_hour_equal_a_recomputation_and_stay_when_rows_go(api: Api, seed: int) -> None:
    sends, left = fill(api, random.Random(seed))
    roll_up(api, START + timedelta(hours=31))
    roll_up(api, START + 7 * DAY)
    whole = (expected_losses(sends, left), Counter((bot, reason) for bot, *_, reason in left))
    assert whole[0].total() >= 15
    assert sums(api) == whole
    with api.session() as session:
        rollup.rebuild(session)
    assert sums(api) == whole
    with api.session() as session:
        session.execute(sa.text("DELETE FROM bot_changes WHERE at < '2025-03-31'"))
        session.execute(sa.text("DELETE FROM delivery_losses"))
        rollup.rebuild(session)
    assert sums(api) == whole
    with api.session() as session:
        session.execute(sa.text("DELETE FROM status_changes"))
        session.execute(sa.text("DELETE FROM messages"))
        rollup.rebuild(session)
    assert sums(api) == whole


@pytest.mark.parametrize("seed", range(2))
def test_answers_equal_a_recomputation_whatever_is_rolled_up(api: Api, seed: int) -> None:
    some = random.Random(seed + 10)
    sends, left = fill(api, some)
    losses = expected_losses(sends, left)
    with api.session() as session:
        pairs = session.execute(
            sa.text("SELECT d.id, b.user_id FROM deliveries d JOIN bots b ON b.id = d.bot_id")
        )
        owners_of: dict[int, int] = {row.id: row.user_id for row in pairs}
        ad = session.scalar(sa.text("SELECT max(id) FROM advertisements"))
    bot = min(bot for bot, *_ in left)
    spans = [(START + DAY * some.random() * 2, START + DAY * (2.5 + some.random() * 3))
             for _ in range(4)]  # fmt: skip
    for until in (START, START + timedelta(hours=31), START + 7 * DAY):
        roll_up(api, until)
        for person, whose in ((api.alice, None), (api.oscar, api.oscar.id)):
            found = person.get(f"/api/analytics/ads/{ad}", headers=FRESH).json["losses"]
            assert found == {
                reason: sum(
                    count for (delivery, why), count in losses.items()
                    if why == reason and whose in (None, owners_of[delivery])
                ) for reason in ("stopped", "blocked")
            }  # fmt: skip
        for low, high in spans:
            query = f"from={low:%Y-%m-%dT%H:%M:%SZ}&to={high:%Y-%m-%dT%H:%M:%SZ}&tz=Europe/Berlin"
            answer = api.oscar.get(f"/api/analytics/bots/{bot}?{query}", headers=FRESH).json
            since, end = (datetime.fromisoformat(answer["counted"][n]) for n in ("from", "to"))
            counted = Counter(
                reason for number, _, at, _, reason in left if number == bot and since <= at < end
            )
            assert {name: answer["changes"][name] for name in REASONS} == {
                name: counted[name] for name in REASONS
            }


def test_lost_subscribers_are_the_sum_of_their_reasons(api: Api) -> None:
    bot = add_bot(api, api.oscar, chats=range(1, 9))
    with api.session() as session:
        for low, to in enumerate(["blocked", "gone", "unsubscribed", "active"], start=2):
            for status in (to, "active", to):
                session.execute(
                    sa.text("UPDATE subscribers SET status = :s, opted_out = true"
                            " WHERE bot_id = :b AND chat_id = :c"),
                    {"s": status, "b": bot, "c": low},
                )  # fmt: skip
    found = api.oscar.get(f"/api/analytics/bots/{bot}").json["changes"]
    assert found == {"joined": 8, "returned": 3, "stopped": 2, "blocked": 2, "gone": 2, "moved": 0,
                     "unsubscribed": 0, "unrecorded": 0}  # fmt: skip


def test_links_and_prices_of_an_ad_stand_by_themselves(api: Api) -> None:
    bots = [add_bot(api, api.oscar), add_bot(api, api.olga)]
    ad = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
    urls = ["https://a.example/", "https://b.example/"]
    for currency, price in (("USD", 10), ("EUR", 7), ("USD", 5), ("EUR", None)):
        _, parts = add_broadcast(
            api, ad, api.oscar, {bot: [1, 2] for bot in bots}, price=price, currency=currency,
            message={"text": "x", "links": urls}, status="completed",
        )  # fmt: skip
        with api.session() as session:
            connection = session.get_bind()
            assert isinstance(connection, sa.Engine)
        first, second = parts[bots[0]], parts[bots[1]]
        hits = [
            clicks.Hit(Click(first, 1, 1), "person", "x"),
            clicks.Hit(Click(first, 1, 0), "machine", "x"),
            clicks.Hit(Click(second, 1, 1), "person", "x"),
            clicks.Hit(Click(second, 1, 0), "person", "x"),
        ]
        clicks.write(connection, hits)
    found = api.alice.get(f"/api/analytics/ads/{ad}").json
    assert found["prices"] == [
        {"currency": "USD", "amount": "15.00"}, {"currency": "EUR", "amount": "7.00"},
    ]  # fmt: skip
    assert found["links"] == [
        {"url": urls[1], "clicks": 8, "machine_clicks": 0},
        {"url": urls[0], "clicks": 4, "machine_clicks": 4},
    ]
    assert api.oscar.get(f"/api/analytics/ads/{ad}").json["links"] == [
        {"url": urls[1], "clicks": 4, "machine_clicks": 0},
        {"url": urls[0], "clicks": 0, "machine_clicks": 4},
    ]


def test_origins_tell_what_became_of_those_who_came(api: Api) -> None:
    some, bot = random.Random(3), add_bot(api, api.oscar)
    now = datetime.now(UTC).replace(microsecond=0)
    rows: list[dict[str, Any]] = [
        {"chat_id": n, "source": some.choice(["spring", "fair", None]),
         "language_code": some.choice(["de", "en", None]),
         "status": some.choice(["active", "unsubscribed", "blocked", "gone"]),
         "joined_at": now - timedelta(days=some.randrange(60)), "clicked": some.random() < 0.4}
        for n in range(1, 200)
    ]  # fmt: skip
    ad = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
    parts = [add_broadcast(api, ad, api.oscar, {bot: [1]}, status="completed")[1]
             for _ in range(2)]  # fmt: skip
    with api.session() as session:
        for row in rows:
            asked = {name: value for name, value in row.items() if name != "clicked"}
            add_row(session, "subscribers", bot_id=bot, **asked)
            for part in parts if row["clicked"] else []:
                add_row(session, "first_clicks", delivery_id=part[bot], chat_id=row["chat_id"],
                        at=now)  # fmt: skip
    since, until = now - timedelta(days=45), now - timedelta(days=3)
    path = f"/api/analytics/bots/{bot}/origins"
    span = f"from={since:%Y-%m-%dT%H:%M:%SZ}&to={until:%Y-%m-%dT%H:%M:%SZ}"
    found = api.oscar.get(f"{path}?{span}").json
    for kind, column in (("sources", "source"), ("languages", "language_code")):
        joined = [row for row in rows if since <= row["joined_at"] < until]
        assert {row["name"] for row in found[kind]} == {row[column] for row in joined}
        for answer in found[kind]:
            ours = [row for row in joined if row[column] == answer["name"]]
            assert answer["joined"] == len(ours)
            assert answer["clicked"] == sum(row["clicked"] for row in ours)
            for status in ("active", "unsubscribed", "blocked", "gone"):
                assert answer[status] == sum(row["status"] == status for row in ours)
        assert sorted(row["joined"] for row in found[kind])[::-1] == [
            row["joined"] for row in found[kind]
        ]
    assert [person.get(path).status_code for person in (api.olga, api.adam, api.vera)] == [
        404, 403, 200,
    ]  # fmt: skip
