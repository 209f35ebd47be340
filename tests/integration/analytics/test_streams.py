"""Exports that nobody reads hold nothing, and nobody has more than two at a time."""

import gc
import json
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from crier.api.http import streams
from crier.api.http.streams import PLACES, Streams
from crier.services.errors import LimitedError
from crier.storage.engine import make_engine
from tests.support.ads import add_bot, add_chats
from tests.support.api import Api, Person, checked_out
from tests.support.postgres import owners
from tests.support.waiting import until

PATH = "/api/analytics/export?dataset=subscribers&format=json"
MANY = 5000


@pytest.fixture
def full(api: Api) -> Api:
    """Oscar's bot with more chats than a page has."""
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        add_chats(session, bot, list(range(1, MANY + 1)))
    return api


def begun(person: Person) -> Iterator[bytes]:
    """An export of which the first chunk was read, and the rest of it."""
    answer = person.get(PATH, buffered=False)
    assert answer.status_code == 200
    chunks = answer.iter_encoded()
    next(chunks)
    next(chunks)
    return chunks


def test_a_reader_that_stands_still_holds_no_snapshot_and_no_connection(full: Api) -> None:
    chunks = begun(full.oscar)
    with full.session() as session:
        busy = session.scalar(
            sa.text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND (state <> 'idle' OR backend_xmin IS NOT NULL)"
            )
        )
    assert busy == 0
    assert checked_out(full.deps.streams.engine) == 0
    assert sum(chunk.count(b"\n") for chunk in chunks) > 1000


def test_a_row_is_there_once_whatever_happens_meanwhile(full: Api) -> None:
    answer = full.oscar.get(PATH, buffered=False)
    chunks = answer.iter_encoded()
    data = next(chunks) + next(chunks)
    with full.session() as session:
        session.execute(sa.text("UPDATE subscribers SET status = 'blocked' WHERE chat_id % 2 = 0"))
    with psycopg.connect(owners(full.settings.database_url)) as connection:
        connection.execute("DELETE FROM subscribers WHERE chat_id > 4900")
    with full.session() as session:
        add_chats(session, 1, [-5, MANY + 1])
    found = [row["chat_id"] for row in json.loads(data + b"".join(chunks))]
    assert found == [*range(1, 4901), MANY + 1]


def test_a_third_export_is_429_until_one_has_ended(full: Api) -> None:
    first, second = begun(full.oscar), begun(full.oscar)
    refused = full.oscar.get(PATH)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert "2 exports" in refused.json["detail"]
    assert full.alice.get(PATH).status_code == 200, "others are not concerned"
    list(first)
    third = begun(full.oscar)
    assert full.oscar.get(PATH).status_code == 429
    for rest in (second, third):
        list(rest)
    assert full.oscar.get(PATH).status_code == 200


def test_what_is_refused_or_dropped_takes_no_place(full: Api) -> None:
    for _ in range(3):
        assert full.oscar.get(f"{PATH}&bot_id=999").status_code == 404
        assert full.oscar.head(PATH).status_code == 200
        begun(full.oscar)  # and never closed
        gc.collect()


@pytest.fixture
def others(full: Api) -> Iterator[Streams]:
    """Another API process."""
    engine = make_engine(full.settings.database_url, name="test")
    made = Streams(engine, full.settings.redis_url)
    yield made
    made.close()


def test_processes_count_together(full: Api, others: Streams) -> None:
    held = [others.take(full.oscar.id or 0, iter([b"x"])) for _ in range(PLACES)]
    assert full.oscar.get(PATH).status_code == 429
    held.pop().close()
    assert full.oscar.get(PATH).status_code == 200


def test_the_places_of_a_process_that_died_end_by_themselves(
    full: Api, others: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LEASE_S", 1)
    held = [others.take(full.oscar.id or 0, iter([b"x"])) for _ in range(PLACES)]
    with pytest.raises(LimitedError):
        full.deps.streams.take(full.oscar.id or 0, iter([]))
    key = f"crier:streams:{full.oscar.id}:1"
    until(lambda: not others._redis.exists(key), 10, "nobody renews it within its second")
    assert full.oscar.get(PATH).status_code == 200
    assert held


def test_without_redis_a_process_counts_by_itself(full: Api) -> None:
    alone = Streams(full.deps.engine, "redis://127.0.0.1:1")
    first, _second = (alone.take(7, iter([b"x"])) for _ in range(PLACES))
    with pytest.raises(LimitedError):
        alone.take(7, iter([]))
    first.close()
    first.close()
    alone.take(7, iter([]))
