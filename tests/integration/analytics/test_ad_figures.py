"""An ad's figures by bot and by hour of the week equal those worked out row by row."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa

from crier.domain.intervals import newcombe, wilson
from crier.storage import queries
from tests.support.ads import add_bot, add_broadcast, add_row
from tests.support.api import Api, Person
from tests.support.postgres import owners

SQL = queries.load("analytics")
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe")
# Each of them holds changes of the clock, one of half an hour (Lord Howe), and ends of months.
STARTS = (datetime(2025, 3, 30, tzinfo=UTC), datetime(2025, 10, 26, tzinfo=UTC),
          datetime(2025, 4, 5, 12, tzinfo=UTC), datetime(2025, 10, 4, 12, tzinfo=UTC),
          datetime(2024, 2, 29, 20, tzinfo=UTC), datetime(2025, 3, 9, 3, tzinfo=UTC))  # fmt: skip
OUTCOMES = ("sent", "blocked", "failed", "unknown", "skipped")
CLICKS = ("clicks", "unique_clicks", "machine_clicks")


def make_ad(person: Person) -> int:
    number: int = person.post("/api/ads/create", {"content": "x"}).json["id"]
    return number


def minutes_of(api: Api, broadcast: int, start: datetime, some: random.Random) -> list[Any]:
    """Minutes of a broadcast at random; what they hold."""
    found = []
    for after in some.sample(range(48 * 60), 150):
        figures = {name: some.randrange(20) for name in ("sent", "failed", "clicks")}
        found.append((start + timedelta(minutes=after), figures))
    with api.session() as session:
        for at, figures in found:
            add_row(session, "delivery_minutes", broadcast_id=broadcast, at=at, **figures)
    return found


def set_part(api: Api, delivery: int, some: random.Random) -> dict[str, int]:
    """Outcomes and clicks of a bot's part at random; what they are."""
    figures = {name: some.randrange(50) for name in OUTCOMES}
    figures["audience"] = sum(figures.values())
    clicks = {name: some.randrange(9) for name in CLICKS}
    columns = ", ".join(f"{name} = :{name}" for name in figures)
    with api.session() as session:
        session.execute(
            sa.text(f"UPDATE deliveries SET {columns} WHERE id = :id"), {**figures, "id": delivery}
        )
        add_row(session, "click_counters", delivery_id=delivery, **clicks)
    return figures | clicks


@pytest.mark.parametrize("seed", range(2))
def test_hours_and_bots_equal_a_recomputation_in_every_zone(api: Api, seed: int) -> None:
    some = random.Random(seed)
    bots = [add_bot(api, api.oscar), add_bot(api, api.oscar), add_bot(api, api.alice)]
    ad, other = make_ad(api.oscar), make_ad(api.oscar)
    minutes: list[Any] = []
    by_bot: dict[int, Counter[str]] = {bot: Counter() for bot in bots}
    for number in (ad, other):
        for start in STARTS:
            broadcast, parts = add_broadcast(
                api, number, api.oscar, {bot: [] for bot in bots}, started_at=start,
                status="completed",
            )  # fmt: skip
            held = minutes_of(api, broadcast, start, some)
            for bot, delivery in parts.items():
                figures = set_part(api, delivery, some)
                if number == ad:
                    by_bot[bot].update({**figures, "broadcasts": 1})
            minutes += held if number == ad else []
    for zone in ZONES:
        expected: dict[tuple[int, int], Counter[str]] = {}
        for at, figures in minutes:
            local = at.astimezone(ZoneInfo(zone))
            key = (local.isoweekday(), local.hour)
            expected.setdefault(key, Counter()).update(figures)
        found = api.oscar.get(f"/api/analytics/ads/{ad}?tz={zone}").json
        assert [(row["weekday"], row["hour"]) for row in found["hours"]] == [
            (weekday, hour) for weekday in range(1, 8) for hour in range(24)
        ]
        for row in found["hours"]:
            sums = expected.get((row["weekday"], row["hour"]), Counter())
            assert all(row[name] == sums[name] for name in ("sent", "failed", "clicks")), row
    everybody = api.alice.get(f"/api/analytics/ads/{ad}").json["bots"]
    for row in everybody:
        assert all(row[name] == value for name, value in by_bot[row["bot_id"]].items())
        assert row["ctr"] == pytest.approx(min(1, row["unique_clicks"] / row["sent"]))
    assert [row["bot_id"] for row in everybody] == bots
    own = api.oscar.get(f"/api/analytics/ads/{ad}").json["bots"]
    assert own == everybody[:2]  # not the admin's bot


def test_only_the_broadcasts_of_the_span_count_and_only_of_seen_ads(api: Api) -> None:
    bot, ad = add_bot(api, api.oscar), make_ad(api.oscar)
    for start in STARTS[:2]:
        broadcast, _ = add_broadcast(
            api, ad, api.oscar, {bot: []}, started_at=start, status="completed"
        )
        with api.session() as session:
            add_row(session, "delivery_minutes", broadcast_id=broadcast, at=start, sent=3)
    path = f"/api/analytics/ads/{ad}"
    found = api.oscar.get(f"{path}?from=2025-03-30T00:00:00Z&to=2025-10-26T00:00:00Z").json
    assert sum(row["sent"] for row in found["hours"]) == 3
    assert found["bots"][0]["broadcasts"] == 1
    assert [p.get(path).status_code for p in (api.olga, api.adam, api.vera)] == [404, 404, 200]
    assert api.oscar.get(f"{path}?tz=Mars").status_code == 422


def test_two_ads_are_compared_by_their_click_rates(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    ads = [make_ad(api.oscar) for _ in range(3)]
    for ad, sent, clicked in ((ads[0], 70, 56), (ads[1], 80, 48)):
        _, parts = add_broadcast(api, ad, api.oscar, {bot: list(range(1, sent + 1))})
        with api.session() as session:
            given = {"sent": sent, "id": parts[bot]}
            session.execute(sa.text("UPDATE deliveries SET sent = :sent WHERE id = :id"), given)
            add_row(
                session, "click_counters", delivery_id=parts[bot], clicks=99, unique_clicks=clicked
            )
    path = f"/api/analytics/ads/compare?ad_id={ads[0]}&other_id="
    found = api.oscar.get(f"{path}{ads[1]}").json
    low_high = found["difference_interval"]
    assert (low_high["low"], low_high["high"]) == newcombe(56, 70, 48, 80)
    assert found["differs"] is True
    assert found["difference"] == pytest.approx(0.2)
    one = found["ad"]
    assert (one["sent"], one["unique_clicks"], one["ctr"]) == (70, 56, 0.8)
    assert (one["ctr_interval"]["low"], one["ctr_interval"]["high"]) == wilson(56, 70)
    nothing = api.oscar.get(f"{path}{ads[2]}").json
    assert (nothing["difference"], nothing["differs"]) == (None, False)
    assert nothing["other"]["ctr_interval"] is None
    assert api.oscar.get(f"{path}{make_ad(api.olga)}").status_code == 404
    assert api.adam.get(f"{path}{ads[1]}").status_code == 404


@pytest.mark.parametrize(
    ("name", "indexes"),
    [
        ("ad_bots", ("broadcasts_ad_idx", "deliveries_broadcast_id_bot_id_key")),
        ("ad_week", ("broadcasts_ad_idx", "delivery_minutes_pkey")),
    ],
)
def test_an_ad_is_read_by_its_own_rows(api: Api, name: str, indexes: tuple[str, ...]) -> None:
    bot, ad = add_bot(api, api.oscar), make_ad(api.oscar)
    fills = (
        "INSERT INTO advertisements (user_id, content)"
        " SELECT {user}, 'x' FROM generate_series(1, 2000)",
        "INSERT INTO broadcasts (ad_id, user_id, status, message, started_at)"
        " SELECT {ad} + n % 2000, {user}, 'completed', '{{}}', now()"
        " FROM generate_series(1, 10000) AS n",
        "INSERT INTO deliveries (broadcast_id, bot_id, length, audience, status)"
        " SELECT id, {bot}, 0, 0, 'done' FROM broadcasts",
        "INSERT INTO delivery_minutes (broadcast_id, at, sent) SELECT id,"
        " now() - n * interval '1 minute', 1 FROM broadcasts, generate_series(1, 10) AS n",
    )
    with psycopg.connect(owners(api.settings.database_url), autocommit=True) as connection:
        for fill in fills:
            connection.execute(fill.format(user=api.oscar.id, ad=ad, bot=bot).encode())
        connection.execute("ANALYZE")
        asked = {
            "ad_id": ad,
            "start": STARTS[0],
            "end": datetime.now(UTC),
            "owner": None,
            "zone": "UTC",
        }
        rows = connection.execute(f"EXPLAIN {SQL.texts[name]}".encode(), asked)
        plan = "\n".join(row[0] for row in rows)
    assert all(index in plan for index in indexes), plan
    assert "Seq Scan on broadcasts" not in plan
