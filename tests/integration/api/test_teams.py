"""Teams: how they come to be, in which one a sign-in acts, and what becomes of them."""

from typing import Any

import pytest
import sqlalchemy as sa

from crier.services import account_state
from crier.services.caller import Caller, Team
from crier.services.errors import ConflictError
from crier.services.system.changes import Change
from crier.storage.models.ads import Advertisement, Broadcast
from crier.storage.models.bots import Bot
from crier.storage.models.organisations import Membership, Organisation
from crier.storage.models.people import ApiKey
from tests.support.ads import add_bot
from tests.support.api import PASSWORD, Api, Person, wrong_fields
from tests.support.teams import acting, new_team, new_things


def me(person: Person) -> Any:
    return person.get("/api/auth/me").json


def bots_of(person: Person) -> set[int]:
    return {bot["id"] for bot in person.get("/api/bots").json["items"]}


def test_every_account_acts_in_an_organisation_of_its_own_that_has_its_id(api: Api) -> None:
    told = me(api.oscar)
    own = {"id": api.oscar.id, "name": "oscar", "is_team": False, "role": "operator"}
    assert told["organisation"] == own
    assert told["organisations"] == [own]
    assert "bots.edit" in told["permissions"]
    assert "members.edit" not in told["permissions"]
    assert api.oscar.get(f"/api/organisations/{api.oscar.id}").json["name"] is None
    refused = api.alice.post(
        f"/api/organisations/{api.oscar.id}/members", {"user_id": api.adam.id, "role": "operator"}
    )
    assert refused.status_code == 409
    assert "one account's alone" in refused.json["detail"]


def test_an_admin_makes_a_team_of_what_an_operator_has_and_all_of_it_stays(api: Api) -> None:
    things = new_things(api, api.oscar.id, api.oscar.id, "sale")
    path = f"/api/organisations/{api.oscar.id}"
    assert api.oscar.patch(path, {"name": "Acme"}).status_code == 403
    assert api.alice.patch(path, {"name": "Acme"}).status_code == 200
    assert api.alice.patch(f"/api/organisations/{api.adam.id}", {"name": "x"}).status_code == 409
    assert me(api.oscar)["organisation"]["role"] == "owner"
    assert bots_of(api.oscar) == {things["bot_id"]}
    member = {"user_id": api.adam.id, "role": "operator"}
    assert api.alice.post(f"{path}/members", member).status_code == 204
    assert api.alice.post(f"{path}/members", member).status_code == 409
    adam = acting(api, "adam", api.oscar.id)
    assert bots_of(adam) == {things["bot_id"]}
    answer = adam.post("/api/ads/create", {"content": "ours"}).json
    assert answer["user_id"] == api.oscar.id
    seen = {ad["id"] for ad in api.oscar.get("/api/ads/list").json["items"]}
    assert seen == {answer["id"], things["ad_id"]}
    assert api.adam.get(f"/api/ads/{answer['id']}").status_code == 404
    names = [row["username"] for row in adam.get(f"{path}/members").json["items"]]
    assert sorted(names) == ["adam", "oscar"]
    assert api.oscar.delete(f"{path}/membership").status_code == 409  # it has the account's id
    line = api.alice.get("/api/audit?action=ad.create").json["items"][0]
    assert (line["actor"], line["organisation_id"]) == ("adam", api.oscar.id)


def test_a_sign_in_acts_where_it_chose_and_a_page_that_believes_otherwise_is_told(api: Api) -> None:
    team = new_team(api, "Acme", oscar="owner")
    person = acting(api, "oscar", team)
    assert me(person)["organisation"] == {
        **{"id": team, "name": "Acme", "is_team": True, "role": "owner"}
    }
    assert [one["name"] for one in me(person)["organisations"]] == ["oscar", "Acme"]
    assert me(api.oscar)["organisation"]["id"] == api.oscar.id  # another sign-in
    draft, stale = {"content": "Buy!"}, {"X-Organisation": str(api.oscar.id)}
    refused = person.post("/api/ads/create", draft, headers=stale)
    assert refused.status_code == 409
    assert "another organisation" in refused.json["detail"]
    assert person.get("/api/auth/me", headers=stale).status_code == 200
    good = person.post("/api/ads/create", draft, headers={"X-Organisation": str(team)})
    assert good.json["user_id"] == team
    other = new_team(api, "Beta", olga="owner")
    for unknown in (other, api.olga.id, 4_000_000_000):
        choice = {"organisation_id": unknown}
        assert person.put("/api/auth/organisation", choice).status_code == 404
    back = person.put("/api/auth/organisation", {"organisation_id": api.oscar.id})
    assert back.status_code == 204
    assert me(person)["organisation"]["id"] == api.oscar.id


def test_a_member_that_is_removed_or_less_is_so_from_the_next_request_on(api: Api) -> None:
    team = new_team(api, "Acme", oscar="owner", adam="operator")
    things = new_things(api, team, api.adam.id, "x")
    owner, member = acting(api, "oscar", team), acting(api, "adam", team)
    program, key = member.program(role="operator")
    export = f"/api/analytics/exports/{things['export_id']}"
    path = f"/api/organisations/{team}/members/{api.adam.id}"
    assert bots_of(member) == bots_of(program) == {things["bot_id"]}
    assert program.get("/api/auth/me").json["organisations"] == [me(member)["organisation"]]
    assert member.get(export).status_code == 200
    assert owner.patch(path, {"role": "advertiser"}).status_code == 204
    assert member.get("/api/bots").status_code == 403
    assert member.get(export).status_code == 403
    assert program.get("/api/bots").status_code == 401
    with api.session() as session:
        assert session.get_one(ApiKey, key["id"]).revoked_at is not None
    assert member.get(f"/api/ads/{things['ad_id']}").status_code == 200
    assert owner.delete(path).status_code == 204
    assert member.get(f"/api/ads/{things['ad_id']}").status_code == 404
    assert me(member)["organisation"]["id"] == api.adam.id
    assert owner.delete(path).status_code == 404


def test_a_team_keeps_an_active_owner(api: Api) -> None:
    team = new_team(api, "Acme", oscar="owner", olga="owner", adam="advertiser")
    owner, path = acting(api, "oscar", team), f"/api/organisations/{team}"
    assert owner.delete(f"{path}/members/{api.olga.id}").status_code == 204
    for method, at, body in (
        ("PATCH", f"{path}/members/{api.oscar.id}", {"role": "viewer"}),
        ("DELETE", f"{path}/members/{api.oscar.id}", None),
        ("DELETE", f"{path}/membership", None),
    ):
        refused = owner.request(method, at, json=body)
        assert refused.status_code == 409
        assert "last active owner of Acme" in refused.json["detail"]
    assert api.alice.delete(f"/api/users/{api.oscar.id}").status_code == 409
    assert owner.patch(f"{path}/members/{api.adam.id}", {"role": "owner"}).status_code == 204
    assert owner.delete(f"{path}/membership").status_code == 204
    with api.session() as session:
        rows = session.scalars(sa.select(Membership.user_id).filter_by(organisation_id=team))
        assert list(rows) == [api.adam.id]


def test_an_owner_invites_by_a_link_that_makes_an_account_or_joins_one(api: Api) -> None:
    team = new_team(api, "Acme", oscar="owner", olga="owner")
    owner, path = acting(api, "oscar", team), f"/api/organisations/{team}/invitations"
    assert api.oscar.post(path, {"role": "operator"}).status_code == 403  # acts for itself
    token = owner.post(path, {"role": "operator"}).json["token"]
    assert [row["member_role"] for row in owner.get(path).json["items"]] == ["operator"]
    body = {"invitation": token, "username": "nina", "password": PASSWORD}
    assert api.nobody.post("/api/auth/join", body).json["role"] == "advertiser"
    assert me(acting(api, "nina", team))["organisation"]["role"] == "operator"
    assert api.adam.post("/api/organisations/join", {"invitation": token}).status_code == 403

    token = owner.post(path, {"role": "viewer"}).json["token"]
    joined = api.adam.post("/api/organisations/join", {"invitation": token})
    assert (joined.status_code, joined.json["name"]) == (200, "Acme")
    assert me(acting(api, "adam", team))["organisation"]["role"] == "viewer"

    left = owner.post(path, {"role": "viewer"}).json
    assert owner.delete(f"/api/organisations/{team}/membership").status_code == 204
    late = api.vera.post("/api/organisations/join", {"invitation": left["token"]})
    assert late.status_code == 403  # its maker is no owner any more
    account = api.alice.post("/api/users/invitations", {}).json["token"]
    assert api.vera.post("/api/organisations/join", {"invitation": account}).status_code == 403
    fields = wrong_fields(api.alice.post("/api/users/invitations", {"member_role": "viewer"}))
    assert fields == {"member_role"}


def test_a_team_stops_with_its_last_active_runner_and_goes_with_its_last_member(api: Api) -> None:
    team = new_team(api, "Acme", oscar="owner", olga="operator", adam="advertiser")
    person = acting(api, "oscar", team)
    bot, ad = add_bot(api, person, chats=[1]), new_things(api, team, api.oscar.id, "x")["ad_id"]
    with api.session() as session:
        session.get_one(Bot, bot).user_id = team
    launched = person.post(f"/api/ads/{ad}/broadcast", {"bot_ids": [bot]})
    assert launched.status_code == 202, launched.text
    with api.session() as session:
        row = session.get_one(Broadcast, launched.json["broadcast_id"])
        assert (row.user_id, row.launched_by) == (team, api.oscar.id)

    def switch(account: Person, active: bool) -> None:
        answer = api.alice.patch(f"/api/users/{account.id}", {"is_active": active})
        assert answer.status_code == 200, answer.text

    def state() -> tuple[str, str]:
        with api.session() as session:
            broadcast = session.get_one(Broadcast, launched.json["broadcast_id"])
            return session.get_one(Bot, bot).desired_status, broadcast.status

    switch(api.oscar, active=False)
    assert state() == ("running", "broadcasting")  # olga can look after it
    switch(api.olga, active=False)
    assert state() == ("stopped", "paused")
    with api.session() as session, pytest.raises(ConflictError, match="nobody who is active"):
        account_state.hold(session, team)
    switch(api.oscar, active=True)
    assert state() == ("stopped", "paused")
    for account in (api.adam, api.olga, api.oscar):
        assert api.alice.delete(f"/api/users/{account.id}").status_code == 204
    with api.session() as session:
        assert session.get_one(Bot, bot).deleted_at is not None
        assert session.get_one(Organisation, team).deleted_at is not None
        assert session.get(Advertisement, ad) is not None  # it was launched


def test_a_reviewer_sees_no_ad_of_a_team_and_keeps_an_advertisers_for_the_team(api: Api) -> None:
    team = new_team(api, "Acme", oscar="owner", adam="advertiser")
    inside = acting(api, "adam", team)
    ours = inside.post("/api/ads/create", {"content": "ours"}).json["id"]
    alone = api.adam.post("/api/ads/create", {"content": "alone"}).json["id"]
    assert inside.post(f"/api/ads/{ours}/submit").status_code == 200
    assert api.adam.post(f"/api/ads/{alone}/submit").status_code == 200
    assert api.olga.get(f"/api/ads/{ours}").status_code == 404
    assert api.olga.get(f"/api/ads/{alone}").status_code == 200
    owner = acting(api, "oscar", team)
    assert owner.post(f"/api/ads/{ours}/approve").status_code == 200
    assert owner.post(f"/api/ads/{alone}/approve").status_code == 200
    assert api.olga.get(f"/api/ads/{alone}").status_code == 404
    assert api.oscar.get(f"/api/ads/{alone}").status_code == 404  # the team keeps it
    assert owner.get(f"/api/ads/{alone}").status_code == 200


def test_an_idempotency_key_gives_no_answer_of_another_organisation(api: Api) -> None:
    team = new_team(api, "Acme", oscar="owner")
    person, key = api.sign_in("oscar"), {"Idempotency-Key": "once"}
    draft = {"content": "Buy!"}
    assert person.post("/api/ads/create", draft, headers=key).status_code == 201
    assert person.put("/api/auth/organisation", {"organisation_id": team}).status_code == 204
    assert person.post("/api/ads/create", draft, headers=key).status_code == 409


def test_an_open_page_hears_of_the_organisation_it_acts_in(api: Api) -> None:
    change = Change("ads", 1, owner=9)
    member = Caller(user_id=1, username="x", role="operator", team=Team(9, "operator"))
    assert change.is_for(member)
    assert not Change("ads", 1, owner=1).is_for(member)
    assert not change.is_for(Caller(user_id=1, username="x", role="operator"))
    viewer = Caller(user_id=1, username="x", role="viewer", team=Team(9, "viewer"))
    assert not Change("bots", 1, owner=1).is_for(viewer)
    assert not Change("system").is_for(viewer)


def test_a_team_withholds_from_a_member_some_of_what_its_role_may(api: Api) -> None:
    team = new_team(api, "Acme", oscar="owner", olga="operator", vera="viewer")
    things = new_things(api, team, api.oscar.id, "x")
    owner, member = acting(api, "oscar", team), acting(api, "olga", team)
    path = f"/api/organisations/{team}/members"
    chats, ad = f"/api/bots/{things['bot_id']}/chats", f"/api/ads/{things['ad_id']}"
    program, _ = member.program()
    assert program.get(chats).status_code == member.get(chats).status_code == 200
    change = {"withheld": ["money", "people"]}
    assert owner.patch(f"{path}/{api.olga.id}", change).status_code == 204
    found = {row["username"]: row["withheld"] for row in owner.get(path).json["items"]}
    assert found == {"oscar": [], "olga": ["people", "money"], "vera": []}
    for one in (program, member):
        refused = one.get(chats)
        assert (refused.status_code, one.get(ad).status_code) == (403, 200)
        assert "withholds people from you" in refused.json["detail"]
    assert not {"people.read", "people.edit", "money.read"} & set(me(member)["permissions"])
    assert owner.patch(f"{path}/{api.olga.id}", {"role": "viewer"}).status_code == 204
    assert member.get(chats).status_code == 403  # another role is as it was withheld before
    line = api.alice.get("/api/audit?action=organisation.change_member").json["items"][0]
    kept = {"role": "operator", "withheld": ["people", "money"]}
    told = line["details"]
    assert (told["before"], told["after"]) == (kept, kept | {"role": "viewer"})
    for wrong in ({"withheld": ["read"]}, {"role": "owner", "withheld": ["ads"]}):
        assert wrong_fields(owner.patch(f"{path}/{api.vera.id}", wrong))
    assert owner.patch(f"{path}/{api.olga.id}", {"role": "owner"}).status_code == 204
    assert member.get(chats).status_code == 200
    bots = {"role": "operator", "withheld": ["bots"]}
    assert owner.patch(f"{path}/{api.vera.id}", bots).status_code == 204
    for person in (api.oscar, api.olga):
        api.alice.patch(f"/api/users/{person.id}", {"is_active": False})
    with api.session() as session:
        assert not account_state.team_works(session, team)
