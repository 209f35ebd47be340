"""The log of the platform: filters, numbers over time, equal messages, lines around a line."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from crier.storage.models.records import LogRow
from tests.support.ads import add_bot, add_broadcast
from tests.support.api import Api, wrong_fields

PATH = "/api/system/logs"
MINUTE = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
LINES: list[dict[str, Any]] = [
    {"log_level": "info", "source": "fleet", "bot_id": 1, "message": "started"},
    {
        **{"log_level": "error", "source": "fleet", "bot_id": 1, "message": "token_refused"},
        "context": {"request_id": "r-1"},
    },
    {"log_level": "error", "source": "worker", "message": "pool_lost 50%", "context": {"a": 1}},
    {"log_level": "error", "source": "fleet", "bot_id": 2, "message": "token_refused"},
    {"log_level": "warning", "source": "api", "message": "slow", "context": {"request_id": "r-1"}},
]
"""Ten minutes apart, from `MINUTE` on."""


@pytest.fixture
def ids(api: Api) -> list[int]:
    """The ids of `LINES`, in their order."""
    with api.session() as session:
        rows = [
            LogRow(**line, timestamp=MINUTE + timedelta(minutes=10 * number))
            for number, line in enumerate(LINES)
        ]
        for row in rows:
            session.add(row)
            session.flush()
        return [row.id for row in rows]


def get(api: Api, query: str) -> Any:
    answer = api.vera.get(PATH + query)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_the_log_is_filtered_by_what_its_lines_name_by_time_and_words(
    api: Api, ids: list[int]
) -> None:
    def found(query: str) -> list[int]:
        return [ids.index(line["id"]) for line in get(api, f"?{query}")["items"]]

    assert found("") == [4, 3, 2, 1, 0]
    assert found("level=error") == [3, 2, 1]
    assert found("source=fleet&level=error") == [3, 1]
    assert found("bot_id=1") == [1, 0]
    assert found("request_id=r-1") == [4, 1]
    assert found("since=2026-11-22T12:50:00Z") == [4, 3, 2]
    assert found("until=2026-11-22T12:40:00Z") == [0]
    assert found("q=50%25") == [2]
    assert found("q=T_") == []
    assert found(f"after={ids[2]}") == [4, 3]
    assert wrong_fields(api.vera.get(f"{PATH}?level=loud&after=-1")) == {"level", "after"}
    assert get(api, "?source=worker")["items"] == [
        {
            "id": ids[2],
            "timestamp": "2026-11-22T12:50:00Z",
            "log_level": "error",
            "message": "pool_lost 50%",
            "context": {"a": 1},
            "source": "worker",
            "bot_id": None,
            "broadcast_id": None,
            "ad_id": None,
        }
    ]


def test_a_line_that_names_a_broadcast_leads_to_its_ad(api: Api) -> None:
    ad = api.oscar.post("/api/ads/create", {"title": "t", "content": "t"}).json["id"]
    bot = add_bot(api, api.oscar)
    broadcast, _ = add_broadcast(api, ad, api.oscar, {bot: [1]}, message={"text": "t"})
    for number in (broadcast, broadcast + 1, "a word"):
        with api.session() as session:
            row = LogRow(log_level="error", message="m", context={"broadcast_id": number})
            session.add(row)
    named = [(line["broadcast_id"], line["ad_id"]) for line in get(api, "")["items"]]
    assert named == [(None, None), (broadcast + 1, None), (broadcast, ad)]
    (line,) = get(api, f"?broadcast_id={broadcast}")["items"]
    assert line["ad_id"] == ad
    around = get(api, f"/{line['id']}/around?same=broadcast")
    assert (around["before"], around["line"], around["after"]) == ([], line, [])


def test_the_histogram_counts_each_line_once_in_steps_without_gaps(
    api: Api, ids: list[int]
) -> None:
    found = get(api, "/histogram?since=2026-11-22T12:25:30Z&until=2026-11-22T13:10:00Z")
    assert (found["from"], found["to"]) == ("2026-11-22T12:25:30Z", "2026-11-22T13:10:00Z")
    assert found["step_seconds"] == 30
    series = found["series"]
    starts = [datetime.fromisoformat(bar["at"]) for bar in series]
    assert starts[0] == datetime(2026, 11, 22, 12, 25, 30, tzinfo=UTC)
    assert {late - early for early, late in pairwise(starts)} == {timedelta(seconds=30)}
    assert (
        starts[-1]
        < datetime(2026, 11, 22, 13, 10, tzinfo=UTC)
        <= starts[-1] + timedelta(seconds=30)
    )
    sums = {level: sum(bar[level] for bar in series) for level in series[0] if level != "at"}
    assert sums == {"debug": 0, "info": 1, "warning": 0, "error": 3, "critical": 0}
    (bar,) = (bar for bar in series if bar["info"])
    assert bar["at"] == "2026-11-22T12:30:00Z"
    of_one = get(api, "/histogram?bot_id=2&since=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z")
    assert sum(bar["error"] for bar in of_one["series"]) == 1
    assert len(of_one["series"]) <= 120


@pytest.mark.parametrize("path", ["histogram", "groups"])
def test_a_span_that_is_none_is_refused_by_its_field(api: Api, path: str) -> None:
    backwards = "since=2026-11-22T12:00:00Z&until=2026-11-22T12:00:00Z"
    assert wrong_fields(api.vera.get(f"{PATH}/{path}?{backwards}")) == {"since"}
    assert wrong_fields(
        api.vera.get(f"{PATH}/{path}?since=2026-01-01T00:00:00Z&until=2500-01-01T00:00:00Z")
    ) == {"until"}


def test_equal_messages_are_one_group_with_how_many_and_since_when(
    api: Api, ids: list[int]
) -> None:
    span = "since=2026-11-22T12:00:00Z&until=2026-11-22T14:00:00Z"
    first, *others = get(api, f"/groups?{span}")["items"]
    assert first == {
        "message": "token_refused",
        "log_level": "error",
        "source": "fleet",
        "count": 2,
        "first_seen": "2026-11-22T12:40:00Z",
        "last_seen": "2026-11-22T13:00:00Z",
        "last_id": ids[3],
    }
    assert [group["message"] for group in others] == ["slow", "pool_lost 50%", "started"]
    assert get(api, f"/groups?{span}&level=info")["items"] == [others[2]]
    assert get(api, "/groups?until=2026-11-22T12:00:00Z")["items"] == []


@pytest.mark.parametrize(
    ("same", "before", "after"),
    [
        ("source", [0], [3]),
        ("bot", [0], []),
        ("request", [], [4]),
        ("all", [0], [2]),
    ],
)
def test_around_a_line_are_those_that_have_the_same_in_common(
    api: Api, ids: list[int], same: str, before: list[int], after: list[int]
) -> None:
    found = get(api, f"/{ids[1]}/around?same={same}&lines=1")
    assert found["line"]["id"] == ids[1]
    for side, expected in (("before", before), ("after", after)):
        assert [ids.index(line["id"]) for line in found[side]] == expected


def test_lines_around_are_the_nearest_and_the_oldest_first(api: Api, ids: list[int]) -> None:
    found = get(api, f"/{ids[2]}/around?same=all&lines=2")
    assert [line["id"] for line in found["before"]] == ids[:2]
    assert [line["id"] for line in found["after"]] == ids[3:]
    assert wrong_fields(api.vera.get(f"{PATH}/{ids[2]}/around?same=bot")) == {"same"}
    assert api.vera.get(f"{PATH}/{ids[-1] + 1000}/around").status_code == 404


def test_the_lines_that_fit_are_exported(api: Api, ids: list[int]) -> None:
    answer = api.vera.get(f"{PATH}/export?level=error")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="crier-logs-' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [int(row["id"]) for row in rows] == [ids[3], ids[2], ids[1]]
    assert (rows[1]["message"], json.loads(rows[1]["context"])) == ("pool_lost 50%", {"a": 1})
    lines = api.vera.get(f"{PATH}/export?format=json&bot_id=1").json
    assert [line["message"] for line in lines] == ["token_refused", "started"]


def test_an_export_goes_on_over_its_pages(api: Api) -> None:
    many = sa.text(
        "INSERT INTO logs (log_level, message) SELECT 'info', 'n' || n"
        " FROM generate_series(1, 2300) AS n"
    )
    with api.session() as session:
        session.execute(many)
    lines = api.vera.get(f"{PATH}/export?format=json").json
    assert [line["message"] for line in lines] == [f"n{n}" for n in range(2300, 0, -1)]
