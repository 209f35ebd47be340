"""Answers that are kept for seconds: never another account's, never from before a change."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from crier.api.http.answers import Answers, Question
from crier.services.caller import Caller
from tests.support.ads import add_bot
from tests.support.api import Api, Person, make_settings
from tests.support.valkey import running_valkey

SPAN = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
BOARD = f"/api/analytics/dashboard?{SPAN}"
KEPT = {"Cache-Control": "max-age=0"}  # whatever the tests send by default
OSCAR = Caller(user_id=1, username="oscar", role="operator")
OLGA = Caller(user_id=2, username="olga", role="operator")
ALICE = Caller(user_id=3, username="alice", role="admin")
VERA = Caller(user_id=4, username="vera", role="viewer")


@pytest.fixture
def other(api: Api, valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    """A second process of the same platform."""
    url = api.settings.database_url
    made = Api(make_settings(url, valkey_url, tmp_path / "data"))
    yield made
    made.close()


@pytest.fixture
def answers(valkey_url: str) -> Iterator[Answers]:
    kept = Answers(valkey_url)
    yield kept
    kept.close()


def bots(person: Person, **headers: str) -> int:
    answer = person.get(BOARD, headers={**KEPT, **headers})
    assert answer.status_code == 200, answer.text
    return int(answer.json["totals"]["bots"])


def as_asked_of(other: Api, person: Person) -> Person:
    return Person(other, person.name, person.id, person.headers)


def text(kept: Answers, who: Caller, text: str, question: str = "q") -> str:
    """Return the answer that is given where `text` would be made."""
    asked = Question(question, who, 60)
    body, _ = kept.give(asked, text.encode, release=lambda: None)
    return body.decode()


def test_processes_share_an_answer_until_one_of_them_changes_something(
    api: Api, other: Api
) -> None:
    there = as_asked_of(other, api.oscar)
    assert bots(api.oscar) == 0
    bot = add_bot(api, api.oscar)  # past the API
    assert (bots(api.oscar), bots(there)) == (0, 0)
    assert bots(there, **{"Cache-Control": "no-cache"}) == 1
    assert bots(api.oscar) == 1
    assert there.delete(f"/api/bots/{bot}").status_code in (200, 202, 204)
    assert (bots(api.oscar), bots(there)) == (0, 0)


def test_an_answer_says_how_old_it_is_and_ends(api: Api) -> None:
    first = api.oscar.get("/api/analytics/dashboard", headers=KEPT)
    assert first.headers["Age"] == "0"
    kept = api.deps.answers._redis
    (key,) = [key for key in kept.keys("crier:answers:*") if b":mark:" not in key]
    assert 0 < kept.ttl(key) <= 2
    past = api.oscar.get(BOARD, headers=KEPT)
    assert past.status_code == 200
    ages = [kept.ttl(k) for k in kept.keys("crier:answers:*") if b":mark:" not in k and k != key]
    assert [2 < age <= 30 for age in ages] == [True]


def test_nobody_is_given_what_another_account_was(answers: Answers) -> None:
    for who in (OSCAR, OLGA, ALICE, VERA):
        assert text(answers, who, who.username) == who.username
    assert text(answers, OSCAR, "changed") == "oscar"


@pytest.mark.parametrize(
    ("changer", "renewed"),
    [(OSCAR, {OSCAR, ALICE, VERA}), (ALICE, {OSCAR, OLGA, ALICE, VERA})],
)
def test_a_change_renews_the_answers_that_may_depend_on_it(
    answers: Answers, changer: Caller, renewed: set[Caller]
) -> None:
    everybody = (OSCAR, OLGA, ALICE, VERA)
    for who in everybody:
        text(answers, who, "before")
    answers.forget(changer)
    found = {who: text(answers, who, "after") for who in everybody}
    assert {who for who in everybody if found[who] == "after"} == renewed


def test_an_answer_that_was_begun_before_a_change_is_not_given_after_it(answers: Answers) -> None:
    def changed_meanwhile() -> bytes:
        answers.forget(OSCAR)
        return b"before"

    answers.give(Question("q", OSCAR, 60), changed_meanwhile, release=lambda: None)
    assert text(answers, OSCAR, "after") == "after"


def test_who_asks_the_same_at_once_waits_for_one_computation(answers: Answers) -> None:
    begun, may_end = threading.Event(), threading.Event()
    made: list[int] = []
    released = threading.Barrier(3)

    def make() -> bytes:
        made.append(1)
        begun.set()
        assert may_end.wait(20)
        return b"once"

    def ask(found: list[bytes], release: bool) -> None:
        wait = (lambda: (released.wait(20), None)[1]) if release else (lambda: None)
        found.append(answers.give(Question("q", OSCAR, 60), make, release=wait)[0])

    found: list[bytes] = []
    first = threading.Thread(target=ask, args=(found, False))
    first.start()
    assert begun.wait(20)
    others = [threading.Thread(target=ask, args=(found, True)) for _ in range(2)]
    for thread in others:
        thread.start()
    released.wait(20)  # both have given their connection back
    may_end.set()
    for thread in (first, *others):
        thread.join(20)
    assert (found, made) == ([b"once"] * 3, [1])
    assert answers._turns == {}


def test_a_computation_that_fails_lets_the_next_one_try(answers: Answers) -> None:
    def fail() -> bytes:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        answers.give(Question("q", OSCAR, 60), fail, release=lambda: None)
    assert text(answers, OSCAR, "made") == "made"


def test_without_redis_answers_are_computed(api: Api) -> None:
    with running_valkey() as url:
        api.deps.answers._redis = Answers(url)._redis
        assert bots(api.oscar) == 0
    add_bot(api, api.oscar)
    assert (bots(api.oscar), bots(api.oscar)) == (1, 1)


@pytest.mark.parametrize(
    "path",
    ["system/performance?", "analytics/ads?", "system/performance/breakdown?by=bot&"],
)
def test_every_answer_with_a_span_is_kept(api: Api, path: str) -> None:
    path = f"/api/{path}{SPAN}"
    assert api.alice.get(path, headers=KEPT).status_code == 200
    executed: list[str] = []
    sa.event.listen(api.deps.engine, "before_cursor_execute", lambda *a: executed.append(a[2]))
    again = api.alice.get(path, headers=KEPT)
    assert again.status_code == 200
    assert not [text for text in executed if "performance" in text or "advertisements" in text]
