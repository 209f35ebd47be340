"""Compares what the API answers on a large database with a count of all rows."""

import http.client
import itertools
import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import psycopg

from bench import large_data
from bench.large_data import Size
from tests.support.api import LiveApi, Person

Figures = dict[str, Any]
Pair = tuple[str, Figures, Figures]
"""What was asked, what the answer says, and what the rows say."""
CHANGES = ("returned", "stopped", "blocked", "gone")
LANGUAGE = ("sent", "clicks", "unique_clicks")


def check(api: LiveApi, database_url: str, size: Size, spans: int = 40) -> None:
    """Compare figures of bots, owners, ads and people over spans with edges anywhere.

    Raises:
        RuntimeError: one differs.
    """
    chance, admin = random.Random(1), api.sign_in("alice")
    compared = 0
    with psycopg.connect(database_url) as connection:
        parts = (
            activity(api, admin, connection, size, chance, spans),
            ads(api, admin, connection, size, chance),
            people(api, connection, size, chance),
        )
        for asked, told, wanted in itertools.chain(*parts):
            if told != wanted:
                raise RuntimeError(f"{asked}: {told} and not {wanted}")
            compared += len(told)
    print(f"{compared} figures compared with the rows, all equal", flush=True)


def activity(
    api: LiveApi,
    admin: Person,
    connection: psycopg.Connection[Any],
    size: Size,
    chance: random.Random,
    spans: int,
) -> Iterator[Pair]:
    """What bots did, and who left them and why."""
    for _ in range(spans):
        end = datetime.now(UTC) - timedelta(seconds=chance.randrange(size.days * 43_200))
        start = end - timedelta(seconds=chance.randrange(60, size.days * 43_200))
        given = urlencode({"from": start, "to": end, "bucket": "day", "tz": "Asia/Kolkata"})
        bot = chance.randrange(1, size.bots)
        for who, path in (
            (bot, f"/api/bots/{bot}/metrics"),
            (bot, f"/api/analytics/bots/{bot}"),
            (None, "/api/analytics/dashboard"),
        ):
            answer = get(api, admin, f"{path}?{given}")
            since, until = map(datetime.fromisoformat, answer["counted"].values())
            wanted = large_data.recount(connection, who, since, until)
            told = dict.fromkeys(wanted.keys() & answer["series"][0].keys(), 0)
            for point, name in itertools.product(answer["series"], told):
                told[name] += point[name]
            yield path, told, {name: wanted[name] for name in told}
            if "changes" in answer:
                (row,) = large_data.rows(connection, "changes", bot=bot, since=since, until=until)
                yield f"{path}?{given}", {n: answer["changes"][n] for n in CHANGES}, row


def ads(
    api: LiveApi,
    admin: Person,
    connection: psycopg.Connection[Any],
    size: Size,
    chance: random.Random,
) -> Iterator[Pair]:
    """What ads lost, and what was sent and clicked by link and by language."""
    for ad in chance.sample(range(1, size.broadcasts + 1), min(size.broadcasts, 8)):
        path = f"/api/analytics/ads/{ad}"
        answer = get(api, admin, path)
        yield path, answer["losses"], large_data.rows(connection, "losses", ad=ad)[0]
        links = large_data.rows(connection, "links", ad=ad)
        for found, row in zip(answer["links"], links, strict=True):
            yield path, {name: found[name] for name in row}, row
        by_language = {
            row.pop("name"): row for row in large_data.rows(connection, "languages", ad=ad)
        }
        told = {row["name"]: {n: row[n] for n in LANGUAGE} for row in answer["languages"]}
        yield path, told | {"pending": answer["languages_pending"]}, by_language | {"pending": 0}
        sums = {n: sum(row[n] for row in answer["bots"]) for n in LANGUAGE}
        yield path, sums, {n: sum(row[n] for row in by_language.values()) for n in LANGUAGE}
        hours = {n: sum(hour[n] for hour in answer["hours"]) for n in ("sent", "clicks")}
        yield path, hours, {n: sums[n] for n in hours}


def people(
    api: LiveApi, connection: psycopg.Connection[Any], size: Size, chance: random.Random
) -> Iterator[Pair]:
    """Who wrote in days, weeks and months, and who is subscribed, over all bots once."""
    for name, bucket in itertools.product(("alice", "olga"), ("day", "week", "month")):
        person = api.sign_in(name)
        owner = person.id if name == "olga" else None
        end = datetime.now(UTC) - timedelta(days=chance.randrange(size.days - 40))
        given = urlencode({"from": end - timedelta(days=35), "to": end, "bucket": bucket})
        answer = get(api, person, f"/api/analytics/people?{given}")
        for period, following in itertools.pairwise(answer["series"]):
            since, until = (
                datetime.combine(date.fromisoformat(row["start"]), datetime.min.time(), UTC)
                for row in (period, following)
            )
            (row,) = large_data.rows(connection, "people", owner=owner, since=since, until=until)
            yield f"{name} {bucket} {since}", {"people": period["people"]}, row
        (row,) = large_data.rows(connection, "subscribed", owner=owner)
        yield f"{name} subscribed", {"people": answer["subscribed"]["people"]}, row


def get(api: LiveApi, person: Person, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=120)
    connection.request("GET", path, headers=person.headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"{path}: {response.status} {body[:300]!r}")
    return json.loads(body)
