"""An ad takes two people, where an admin says so: one approves it, another one launches it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crier.services.broadcasts import launch
from crier.storage.models.ads import Broadcast
from tests.support.ads import add_bot
from tests.support.api import Api, ApiResponse, Person

RULES = "/api/workspace"


@pytest.fixture
def cast(api: Api) -> Api:
    """Everybody who may launch has a bot with an audience; an ad takes two people."""
    for person in (api.alice, api.oscar, api.olga):
        add_bot(api, person, chats=[1, 2])
    assert api.alice.patch(RULES, {"separate_launcher": True}).json["separate_launcher"] is True
    return api


def approved(author: Person, approver: Person) -> int:
    ad: int = author.post("/api/ads/create", {"content": "Sale!"}).json["id"]
    assert author.post(f"/api/ads/{ad}/submit").status_code == 200
    assert approver.post(f"/api/ads/{ad}/approve").status_code == 200
    return ad


def start(person: Person, ad: int, **body: object) -> ApiResponse:
    return person.post(f"/api/ads/{ad}/broadcast", body)


def is_refused(answer: ApiResponse) -> bool:
    return answer.status_code == 409 and "takes two people" in answer.json["detail"]


def test_whoever_approved_an_ad_may_not_launch_it(cast: Api) -> None:
    ad = approved(cast.adam, cast.oscar)
    program, _ = cast.oscar.program()
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert is_refused(start(cast.oscar, ad))
    assert is_refused(start(program, ad)), "a program is the person of its key"
    assert is_refused(start(cast.oscar, ad, scheduled_for=soon))
    told = cast.oscar.post(f"/api/ads/{ad}/preview", {}).json["refused"]
    assert "somebody else than its approver" in told
    assert cast.olga.post(f"/api/ads/{ad}/preview", {}).json["refused"] is None
    assert start(cast.olga, ad).status_code == 202
    assert cast.olga.get(f"/api/ads/{ad}").json["operator_id"] == cast.olga.id
    assert cast.olga.post(f"/api/ads/{ad}/pause").status_code == 202
    assert cast.oscar.get(f"/api/ads/{ad}").status_code == 404, "its launcher keeps it"
    cast.olga.post(f"/api/ads/{ad}/cancel")
    assert start(cast.olga, ad).status_code == 202, "again, for its approver is another one"


def test_what_nobody_has_approved_is_not_launched(cast: Api) -> None:
    ad = cast.oscar.post("/api/ads/create", {"content": "Sale!"}).json["id"]
    assert is_refused(start(cast.oscar, ad))
    cast.oscar.post(f"/api/ads/{ad}/submit")
    cast.oscar.post(f"/api/ads/{ad}/approve")
    assert is_refused(start(cast.oscar, ad)), "approved by oneself"
    own = approved(cast.oscar, cast.alice)
    assert start(cast.oscar, own).status_code == 202
    cast.alice.patch(RULES, {"separate_launcher": False})
    assert start(cast.oscar, ad).status_code == 202


def test_approved_ads_of_advertisers_are_seen_by_reviewers_only_then(cast: Api) -> None:
    ad = approved(cast.adam, cast.oscar)
    assert cast.olga.get(f"/api/ads/{ad}").status_code == 200
    cast.alice.patch(f"/api/users/{cast.olga.id}", {"may_review": False})
    assert cast.olga.get(f"/api/ads/{ad}").status_code == 404
    cast.alice.patch(f"/api/users/{cast.olga.id}", {"may_review": True})
    cast.alice.patch(RULES, {"separate_launcher": False})
    assert cast.olga.get(f"/api/ads/{ad}").status_code == 404


def test_a_schedule_asks_again_at_its_time(cast: Api) -> None:
    cast.alice.patch(RULES, {"separate_launcher": False})
    ad = approved(cast.adam, cast.oscar)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    number = start(cast.oscar, ad, scheduled_for=soon).json["broadcast_id"]
    cast.alice.patch(RULES, {"separate_launcher": True})
    with cast.session() as session:
        reason = launch.launch_due(session, number)
    assert reason is not None
    assert "takes two people" in reason
    with cast.session() as session:
        status = session.scalar(sa.select(Broadcast.status).where(Broadcast.id == number))
    assert status == "failed"
    assert cast.oscar.get(f"/api/ads/{ad}").json["status"] == "failed"
