"""`compare=previous`: the sums of the period directly before equal a recount of its minutes."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tests.integration.analytics.test_analytics import NOW, add_minutes
from tests.support.ads import add_bot, add_broadcast, settle
from tests.support.api import Api

FIGURES = ("messages_in", "messages_out", "new_subscribers", "lost_subscribers", "clicks", "errors")
ZONE = ZoneInfo("America/Santiago")
TODAY = NOW.astimezone(ZONE).replace(hour=0, minute=0, second=0)
"""Its days begin at other hours than those of UTC."""


def zulu(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")


def recount(api: Api, start: datetime, end: datetime, bot: int | None = None) -> dict[str, int]:
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in FIGURES)
    with api.session() as session:
        row = session.execute(
            sa.text(
                f"SELECT {sums} FROM bot_minutes WHERE at >= :start AND at < :end"
                " AND (CAST(:bot AS bigint) IS NULL OR bot_id = :bot)"
            ),
            {"start": start, "end": end, "bot": bot},
        )
        return dict(row.mappings().one())


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [
        (TODAY - timedelta(days=3), TODAY, TODAY - timedelta(days=6)),
        (NOW - timedelta(hours=30), NOW, NOW - timedelta(hours=60)),
    ],
)
def test_sums_of_the_period_before_equal_a_recount(
    api: Api, start: datetime, end: datetime, before: datetime
) -> None:
    bots = [add_bot(api, api.oscar) for _ in range(2)]
    with api.session() as session:
        for bot in bots:
            add_minutes(session, bot, 2000, days=8, seed=bot)
    asked = f"from={zulu(start)}&to={zulu(end)}&tz={ZONE.key}&compare=previous"
    low, high = (moment.replace(second=0) for moment in (before, start))

    def previous(path: str) -> dict[str, Any]:
        answer = api.oscar.get(f"/api/{path}?{asked}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json["previous"]
        assert (found["counted"]["from"], found["counted"]["to"][:16]) == (
            zulu(low),
            zulu(start + timedelta(seconds=59))[:16],  # whole minutes
        )
        return found

    board = previous("analytics/dashboard")
    high = datetime.fromisoformat(board["counted"]["to"])
    everything = recount(api, low, high)
    assert {name: board[name] for name in FIGURES} == everything
    assert everything["messages_in"] > 0
    of_bot = recount(api, low, high, bots[0])
    found = previous(f"analytics/bots/{bots[0]}")
    assert {name: found[name] for name in FIGURES} == of_bot
    found = previous(f"bots/{bots[0]}/metrics")
    for name in ("messages_in", "messages_out", "errors"):
        assert found[name] == of_bot[name]
    assert api.oscar.get(f"/api/analytics/dashboard?from={zulu(start)}").json["previous"] is None


def test_an_ad_is_compared_with_its_broadcasts_of_the_period_before(api: Api) -> None:
    bot = add_bot(api, api.oscar, chats=[1, 2])
    ad = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
    for days, outcomes in ((1, ["sent", "sent"]), (8, ["sent", "blocked"]), (15, ["sent", "sent"])):
        began = NOW - timedelta(days=days)
        done = {"status": "completed", "started_at": began, "completed_at": began}
        _, ids = add_broadcast(api, ad, api.oscar, {bot: [1, 2]}, **done)
        settle(api, ids[bot], [(outcome, None, None) for outcome in outcomes])
    query = f"from={zulu(NOW - timedelta(days=7))}&to={zulu(NOW)}&compare=previous"
    (row,) = api.oscar.get(f"/api/analytics/ads?{query}").json["items"]
    assert (row["sent"], row["blocked"]) == (2, 0)
    assert (row["previous"]["sent"], row["previous"]["blocked"]) == (1, 1)


def test_performance_of_a_span_and_of_the_one_before(api: Api) -> None:
    hour = NOW.replace(minute=0, second=0) - timedelta(hours=3)
    with api.session() as session:
        insert = sa.text(
            "INSERT INTO performance (resolution, kind, name, process, at, writer, count, errors)"
            " VALUES ('minute', 'api', '', '', :at, 0, :count, :errors)"
        )
        for minutes, count, errors in ((0, 60, 0), (1, 60, 6), (2, 30, 3), (3, 90, 0)):
            given = {"at": hour + timedelta(minutes=minutes), "count": count, "errors": errors}
            session.execute(insert, given)
        session.execute(sa.text("UPDATE performance_state SET until = :at"), {"at": NOW})
    start, end = hour + timedelta(minutes=2), hour + timedelta(minutes=4)
    query = f"from={zulu(start)}&to={zulu(end)}&bucket=minute&compare=previous"
    found = api.alice.get(f"/api/system/performance?{query}").json
    assert (found["whole"]["request_rate"], found["whole"]["error_rate"]) == (1.0, 0.025)
    assert (found["previous"]["request_rate"], found["previous"]["error_rate"]) == (1.0, 0.05)
    assert found["previous"]["counted"] == {"from": zulu(hour), "to": zulu(start)}
    assert found["previous"]["at"] == zulu(hour)
