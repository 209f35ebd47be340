"""Deleting a team: what goes and what stays is said before, and it is all of it or nothing."""

import psycopg

from crier.storage.models.ads import Advertisement
from crier.storage.models.bots import Bot
from crier.storage.models.people import ApiKey
from tests.support.ads import add_bot
from tests.support.api import Api, Person
from tests.support.postgres import owners
from tests.support.teams import acting, new_team, new_things

FAIL = """
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the disk is full'; END $$;
    CREATE TRIGGER fail BEFORE UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION fail();
"""


def run(api: Api, text: str) -> None:
    with psycopg.connect(owners(api.settings.database_url)) as connection:
        connection.execute(text)


def launch(api: Api, owner: Person, team: int, ad_id: int) -> int:
    """Return a bot of the team that broadcasts an ad."""
    bot = add_bot(api, owner, chats=[1, 2])
    with api.session() as session:
        session.get_one(Bot, bot).user_id = team
    launched = owner.post(f"/api/ads/{ad_id}/broadcast", {"bot_ids": [bot]})
    assert launched.status_code == 202, launched.text
    return bot


def test_a_team_goes_with_what_it_has_and_its_members_act_for_themselves(api: Api) -> None:
    team = new_team(api, "Acme", oscar="owner", adam="operator", vera="viewer")
    beta = new_things(api, new_team(api, "Beta", olga="owner"), api.olga.id, "beta")
    things = new_things(api, team, api.oscar.id, "acme")
    owner, member = acting(api, "oscar", team), acting(api, "adam", team)
    running = launch(api, owner, team, things["ad_id"])
    draft = owner.post("/api/ads/create", {"content": "never sent"}).json["id"]
    program, _ = member.program()
    path = f"/api/organisations/{team}"
    by_admin = {"organisation_id": team, "member_role": "viewer"}
    invited = [
        owner.post(f"{path}/invitations", {"role": "viewer"}).json["token"],
        api.alice.post("/api/users/invitations", by_admin).json["token"],
    ]
    told = owner.get(f"{path}/deletion").json
    assert (told["bots"], told["drafts"], told["ads"]) == (2, 1, 1)
    assert (told["members"], told["keys"], told["stays_with"]) == (3, 1, None)
    assert told["goes"]["chats"] == 3
    assert member.delete(path).status_code == 403
    assert acting(api, "olga", beta["organisation_id"]).delete(path).status_code == 404

    run(api, FAIL)
    assert owner.delete(path).status_code == 500
    assert len(owner.get("/api/bots").json["items"]) == 2
    assert owner.get(f"/api/ads/{draft}").status_code == 200
    assert program.get("/api/bots").status_code == 200
    run(api, "DROP FUNCTION fail() CASCADE")

    assert owner.delete(path).status_code == 204
    for person in (owner, member):
        me = person.get("/api/auth/me").json
        assert me["organisation"]["id"] == person.id
        assert [one["is_team"] for one in me["organisations"]] == [False]
    assert program.get("/api/auth/me").status_code == 401
    for token in invited:
        assert api.olga.post("/api/organisations/join", {"invitation": token}).status_code == 403
    with api.session() as session:
        assert session.get_one(Bot, running).deleted_at is not None
        assert session.get(Advertisement, draft) is None
        assert session.get_one(Bot, beta["bot_id"]).deleted_at is None
    assert api.alice.get(f"/api/ads/{things['ad_id']}").json["status"] == "completed"
    assert api.alice.get(path).status_code == 404
    assert api.alice.delete(path).status_code == 404
    lines = api.alice.get("/api/audit?action=organisation.delete").json["items"]
    assert [(line["actor"], line["details"]) for line in lines] == [("oscar", {"name": "Acme"})]


def test_a_team_that_grew_out_of_an_account_is_that_accounts_alone_again(api: Api) -> None:
    things = new_things(api, api.oscar.id, api.oscar.id, "old")
    path = f"/api/organisations/{api.oscar.id}"
    assert api.alice.delete(path).status_code == 409  # there is no team yet
    assert api.alice.patch(path, {"name": "Acme"}).status_code == 200
    body = {"user_id": api.adam.id, "role": "owner"}
    assert api.alice.post(f"{path}/members", body).status_code == 204
    assert api.alice.patch(f"{path}/members/{api.oscar.id}", {"role": "viewer"}).status_code == 204
    adam = acting(api, "adam", api.oscar.id)
    program, key = adam.program()
    assert adam.get(f"{path}/deletion").json["stays_with"] == "oscar"
    assert adam.delete(path).status_code == 204
    assert program.get("/api/bots").status_code == 401
    with api.session() as session:
        assert session.get_one(ApiKey, key["id"]).revoked_at is not None
    me = api.oscar.get("/api/auth/me").json
    assert me["organisation"] == {
        **{"id": api.oscar.id, "name": "oscar", "is_team": False, "role": "operator"}
    }
    assert api.oscar.get("/api/bots").json["items"] == []
    assert api.oscar.get(f"/api/ads/{things['ad_id']}").status_code == 200  # it was launched
    assert adam.get(f"/api/ads/{things['ad_id']}").status_code == 404
    assert api.oscar.post("/api/ads/create", {"content": "again"}).status_code == 201
