"""The event stream of the real server: who hears what, where it goes on, and when it ends."""

import contextlib
import os
import signal
import threading
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crier.api.server.feed import A_PERSON
from tests.support.ads import add_bot, add_broadcast
from tests.support.api import LiveApi, Person
from tests.support.events import Event, EventStream, streaming
from tests.support.waiting import until


@contextlib.contextmanager
def listening(live: LiveApi, person: Person, after: str | None = None) -> Any:
    """A stream of a person's that has said where it stands."""
    connection = HTTPConnection("127.0.0.1", live.port, timeout=60)
    with streaming(connection, person.headers, after) as stream:
        assert stream.answer.status == 200, stream.answer.read()
        yield stream, stream.begin()


def make_ad(person: Person) -> int:
    number: int = person.post("/api/ads/create", {"content": "x"}).json["id"]
    return number


def run(live: LiveApi, statement: str, **values: Any) -> None:
    with live.session() as session:
        session.execute(sa.text(statement), values)


def hear(stream: EventStream, topic: str, number: int) -> dict[str, set[int]]:
    """What a stream says until it names an object: also what happened shortly before it began."""
    found: dict[str, set[int]] = {topic: set()}
    while number not in found[topic]:
        for name, numbers in stream.next().data.items():
            found.setdefault(name, set()).update(numbers)
    return found


def test_an_advertiser_hears_of_own_ads_alone(live_api: LiveApi) -> None:
    adam, other = live_api.adam, live_api.person("ada", "advertiser")
    with listening(live_api, adam) as (his, _), listening(live_api, live_api.alice) as (all_, _):
        bot = add_bot(live_api, live_api.oscar)
        foreign, draft = make_ad(other), make_ad(live_api.oscar)
        live_api.oscar.patch(f"/api/bots/{bot}", {"bot_name": "Renamed"})
        own = make_ad(adam)
        assert hear(his, "ads", own) == {"ads": {own}}
        heard = hear(all_, "ads", own)
        assert {foreign, draft} <= heard["ads"]
        assert bot in heard["bots"]


def test_a_reviewer_hears_of_what_is_handed_in_and_an_operator_who_does_not_review_nothing(
    live_api: LiveApi,
) -> None:
    blind = live_api.person("blind", "operator")
    run(live_api, "UPDATE users SET may_review = false WHERE id = :id", id=blind.id)
    ad = make_ad(live_api.adam)
    with listening(live_api, live_api.oscar) as (sees, _), listening(live_api, blind) as (not_, _):
        assert live_api.adam.post(f"/api/ads/{ad}/submit").status_code == 200
        hear(sees, "ads", ad)
        own = make_ad(blind)
        assert hear(not_, "ads", own) == {"ads": {own}}


def test_what_workers_change_is_heard_as_well(live_api: LiveApi) -> None:
    oscar = live_api.oscar
    bot, ad = add_bot(live_api, oscar), make_ad(oscar)
    broadcast, _ = add_broadcast(live_api, ad, oscar, {bot: [1, 2, 3]})
    with listening(live_api, oscar) as (stream, _):
        run(live_api, "UPDATE bots SET status = 'starting' WHERE id = :id", id=bot)
        hear(stream, "bots", bot)
        run(live_api, "UPDATE deliveries SET claimed = 2 WHERE broadcast_id = :id", id=broadcast)
        hear(stream, "broadcasts", ad)
        run(live_api, "UPDATE broadcasts SET status = 'completed' WHERE id = :id", id=broadcast)
        hear(stream, "ads", ad)


def test_a_stream_goes_on_after_the_last_event_that_was_received(live_api: LiveApi) -> None:
    adam = live_api.person("forgetful", "advertiser")
    with listening(live_api, adam) as (stream, _):
        first = make_ad(adam)
        last = stream.next()
        assert last.data == {"ads": [first]}
        missed = make_ad(adam)
        assert stream.next().data == {"ads": [missed]}
    with listening(live_api, adam, last.id) as (stream, begin):
        assert begin == Event(last.id, "ready", {})
        assert stream.next().data == {"ads": [missed]}


def test_an_id_of_elsewhere_or_of_nobody_means_that_everything_may_have_changed(
    live_api: LiveApi,
) -> None:
    for after in ("0badcafe.1", "nothing", "0badcafe.99999999999999999999"):
        with listening(live_api, live_api.adam, after) as (_, begin):
            assert begin.name == "reset"


def test_after_the_database_was_away_everything_may_have_changed(live_api: LiveApi) -> None:
    with listening(live_api, live_api.adam) as (stream, begin):
        run(
            live_api,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'crier api events' AND datname = current_database()",
        )
        again = stream.next("reset")
        assert again.id.split(".")[0] != begin.id.split(".")[0]
        hear(stream, "ads", make_ad(live_api.adam))


def test_a_stream_ends_with_its_sign_in_its_key_and_its_role(live_api: LiveApi) -> None:
    live_api.person("leaver")
    for end in ("session", "key", "role"):
        person = live_api.sign_in("leaver")
        by = person.program(role="operator", scopes=["read"])[0] if end == "key" else person
        with listening(live_api, by) as (stream, _), listening(live_api, live_api.alice) as (on, _):
            if end == "session":
                assert person.post("/api/auth/logout").status_code == 204
            elif end == "key":
                run(
                    live_api, "UPDATE api_keys SET revoked_at = now() WHERE user_id = :id", id=by.id
                )
            else:
                changed = live_api.alice.patch(f"/api/users/{person.id}", {"role": "viewer"})
                assert changed.status_code == 200, changed.text
            assert "changed" not in {event.name for event in stream.events()}
            hear(on, "ads", make_ad(live_api.alice))


def test_each_account_has_ten_streams_at_a_time(live_api: LiveApi) -> None:
    vera = live_api.vera
    with contextlib.ExitStack() as stack:
        for _ in range(A_PERSON):
            stack.enter_context(listening(live_api, vera))
        assert live_api.status("/api/events", vera) == 429
        assert live_api.status("/api/auth/me", vera) == 200
    until(lambda: opens(live_api, vera), 30, "a place that was given back")


def opens(live: LiveApi, person: Person) -> bool:
    with streaming(HTTPConnection("127.0.0.1", live.port, timeout=60), person.headers) as stream:
        return stream.answer.status == 200


def threads(live: LiveApi) -> int:
    """How many threads the server's processes have."""
    children = Path(f"/proc/{live.pid()}/task/{live.pid()}/children").read_text().split()
    return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in [live.pid(), *children])


def test_two_hundred_open_streams_hold_no_thread(live_api: LiveApi) -> None:
    def ask() -> None:
        assert live_api.status("/api/auth/me", live_api.alice) == 200

    askers = [threading.Thread(target=ask) for _ in range(40)]
    for asker in askers:  # all threads that the server may have
        asker.start()
    for asker in askers:
        asker.join()
    people = [live_api.person(f"many{number}", "advertiser") for number in range(20)]
    with contextlib.ExitStack() as stack:
        before = threads(live_api)
        streams = [
            stack.enter_context(listening(live_api, person))[0]
            for person in people
            for _ in range(A_PERSON)
        ]
        assert threads(live_api) <= before + 1
        ad = make_ad(people[0])
        assert [stream.next().data for stream in streams[:A_PERSON]] == [{"ads": [ad]}] * A_PERSON
        assert live_api.status("/api/auth/me", people[0]) == 200


def test_streams_end_whole_when_the_server_is_stopped(own_live_api: LiveApi) -> None:
    with listening(own_live_api, own_live_api.alice) as (stream, _):
        os.kill(own_live_api.pid(), signal.SIGTERM)
        assert all(event.name == "beat" for event in stream.events())
