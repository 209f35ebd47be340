"""`Idempotency-Key`: once done, twice answered."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from crier.api.schemas.base import Answer
from crier.storage.models.people import ApiKey, IdempotencyKey
from tests.support.api import Api, ApiResponse, Person


def make_key(person: Person, key: str = "one", name: str = "k") -> ApiResponse:
    return person.post("/api/auth/keys", {"name": name}, headers={"Idempotency-Key": key})


def count(api: Api) -> int:
    with api.session() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(ApiKey)) or 0


def test_the_same_key_and_body_give_the_first_answer_again(api: Api) -> None:
    headers, ad = {"Idempotency-Key": "one"}, {"content": "x"}
    first, second = (api.alice.post("/api/ads/create", ad, headers=headers) for _ in "ab")
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert first.status_code == 201
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_replay_does_not_show_a_secret_again(api: Api) -> None:
    first, second = make_key(api.alice), make_key(api.alice)
    assert first.status_code == second.status_code == 201
    assert first.json
    assert first.json["key"].startswith("crier_")
    assert second.json == {**first.json, "key": None}
    assert second.headers["Idempotency-Replayed"] == "true"
    assert count(api) == 1


def test_no_answer_that_can_be_replayed_has_a_secret_that_is_not_shown_once(api: Api) -> None:
    """By their names, in the schemas of all of them."""
    schemas = api.app.api_doc["components"]["schemas"]
    classes = {c.model_config.get("title", c.__name__): c for c in everything_below(Answer)}
    seen = 0
    for rule in api.app.url_map.iter_rules():
        if not getattr(api.app.view_functions[rule.endpoint], "idempotent", False):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for status, answer in api.app.api_doc["paths"][path]["post"]["responses"].items():
            content = answer.get("content", {}).get("application/json")
            if not status.startswith("2") or not content:
                continue
            name = content["schema"]["$ref"].rpartition("/")[2]
            secret = {n for n in schemas[name]["properties"] if SECRET.search(n)} - HARMLESS
            assert secret <= classes[name].SHOWN_ONCE, (path, secret)
            seen += 1
    assert seen > 5


SECRET = re.compile("key|secret|token|password|invit")
HARMLESS = {"token_hint", "public_key"}


def everything_below(kind: type[Answer]) -> Iterator[type[Answer]]:
    for below in kind.__subclasses__():
        yield below
        yield from everything_below(below)


def test_the_same_key_with_another_body_is_409(api: Api) -> None:
    make_key(api.alice)
    assert make_key(api.alice, name="other").status_code == 409
    assert count(api) == 1


def test_a_key_belongs_to_its_user(api: Api) -> None:
    assert make_key(api.alice).status_code == make_key(api.oscar).status_code == 201
    assert count(api) == 2


def test_an_error_is_not_kept_so_that_the_next_try_counts(api: Api) -> None:
    headers = {"Idempotency-Key": "one"}
    bad = api.oscar.post("/api/auth/keys", {"name": "k", "role": "admin"}, headers=headers)
    assert bad.status_code == 422
    assert make_key(api.oscar).status_code == 201


def test_many_at_once_do_it_once(api: Api) -> None:
    alice = api.alice
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(make_key(alice).json)) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(api) == 1
    assert len({answer["id"] for answer in answers}) == 1
    assert sum(answer["key"] is not None for answer in answers) == 1


def test_a_key_is_forgotten_after_a_day(api: Api) -> None:
    make_key(api.alice)
    with api.session() as session:
        day = sa.text("created_at - interval '25 hours'")
        session.execute(sa.update(IdempotencyKey).values(created_at=day))
    assert make_key(api.alice, name="other").status_code == 201


def test_neither_the_answer_nor_the_body_is_kept_in_clear(api: Api) -> None:
    body = {"username": "bob", "password": "nine dry badgers"}
    api.nobody.post("/api/auth/register", body, headers={"Idempotency-Key": "r"})
    secret = make_key(api.alice).json["key"]
    with api.session() as session:
        rows = str(session.execute(sa.text("SELECT * FROM idempotency_keys")).all())
    assert secret not in rows
    assert "badgers" not in rows


def test_an_insane_key_is_422(api: Api) -> None:
    assert make_key(api.alice, "x" * 201).status_code == 422
    assert make_key(api.alice, "two words").status_code == 422
