"""What stops with an account, and that nothing of it starts again by itself."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from crier.services import account_state
from crier.services.broadcasts import launch
from crier.services.errors import ConflictError
from crier.storage.models.ads import Broadcast
from crier.storage.models.bots import Bot
from crier.storage.models.people import User
from tests.support.ads import add_bot
from tests.support.api import PASSWORD, Api, Person


def draft(person: Person) -> int:
    answer = person.post("/api/ads/create", {"content": "Sale!"}).json
    assert answer is not None
    return int(answer["id"])


def launched(person: Person, **order: Any) -> tuple[int, int]:
    """An ad that goes out, or will; its id and the broadcast's."""
    ad = draft(person)
    answer = person.post(f"/api/ads/{ad}/broadcast", order)
    assert answer.status_code == 202, answer.json
    return ad, answer.json["broadcast_id"]


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


def switch(api: Api, person: Person, **change: Any) -> None:
    answer = api.alice.patch(f"/api/users/{person.id}", change)
    assert answer.status_code == 200, answer.json


def bot_state(api: Api, bot_id: int) -> tuple[str, str]:
    with api.session() as session:
        bot = session.get_one(Bot, bot_id)
        return bot.status, bot.desired_status


def broadcast_state(api: Api, broadcast_id: int) -> tuple[str, str | None]:
    with api.session() as session:
        row = session.get_one(Broadcast, broadcast_id)
        return row.status, row.reason


def audited(api: Api, action: str) -> list[dict[str, Any]]:
    page = api.alice.get(f"/api/audit?action={action}").json
    return list(page["items"])


@pytest.fixture
def heard(api: Api) -> Iterator[Any]:
    """The topics that were notified when it is called."""
    with psycopg.connect(api.settings.database_url, autocommit=True) as listener:
        listener.execute("LISTEN crier")
        yield lambda: {note.payload for note in listener.notifies(timeout=2, stop_after=None)}


def test_bots_stop_schedules_end_and_broadcasts_pause(api: Api, heard: Any) -> None:
    bot, other = add_bot(api, api.oscar, chats=[1, 2]), add_bot(api, api.olga, chats=[3])
    scheduled_ad, scheduled = launched(api.oscar, scheduled_for=tomorrow())
    running_ad, running = launched(api.oscar)
    _, foreign = launched(api.olga)
    switch(api, api.oscar, is_active=False)
    why = "the account oscar was deactivated"
    assert bot_state(api, bot) == ("stopped", "stopped")
    assert bot_state(api, other) == ("running", "running")
    assert broadcast_state(api, scheduled) == ("cancelled", f"cancelled: {why}")
    assert broadcast_state(api, running) == ("paused", f"paused: {why}")
    assert broadcast_state(api, foreign)[0] == "broadcasting"
    for ad, status in [(scheduled_ad, "cancelled"), (running_ad, "paused")]:
        answer = api.alice.get(f"/api/ads/{ad}").json
        assert answer is not None
        assert answer["status"] == status
    assert {f"bot:{bot}", f"deliver:{bot}"} <= heard()
    (stop,), (pause,), (cancel,) = (
        audited(api, f"{n}") for n in ("bot.stop", "ad.pause", "ad.cancel")
    )
    assert (stop["actor"], stop["object_id"], stop["details"]["because"]) == (
        "alice",
        str(bot),
        why,
    )
    assert pause["details"] == {"broadcast_id": running, "because": why}
    assert cancel["details"] == {"broadcast_id": scheduled, "because": why}
    logs = api.alice.get(f"/api/bots/{bot}/logs").json
    assert logs is not None
    assert why in logs["items"][0]["message"]


def test_a_bot_that_has_a_session_is_told_to_stop(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        session.execute(sa.update(Bot).values(instance_id=sa.func.gen_random_uuid()))
    switch(api, api.oscar, is_active=False)
    assert bot_state(api, bot) == ("stopping", "stopped")


def test_nothing_comes_back_with_the_account(api: Api) -> None:
    bot = add_bot(api, api.oscar, chats=[1])
    _, running = launched(api.oscar)
    program, key = api.oscar.program()
    body = {"username": "oscar", "password": PASSWORD}
    pair = api.nobody.post("/api/auth/login", body).json
    assert pair is not None
    switch(api, api.oscar, is_active=False)
    assert api.nobody.post("/api/auth/login", body).status_code == 401
    switch(api, api.oscar, is_active=True)
    assert bot_state(api, bot) == ("stopped", "stopped")
    assert broadcast_state(api, running)[0] == "paused"
    assert program.get("/api/auth/me").status_code == 401
    refresh = {"Authorization": f"Bearer {pair['refresh_token']}"}
    assert api.nobody.post("/api/auth/refresh", headers=refresh).status_code == 401
    (line,) = audited(api, "key.revoke")
    assert (line["object_id"], line["details"]["name"]) == (str(key["id"]), "program")
    assert api.nobody.post("/api/auth/login", body).status_code == 200


def test_what_was_made_while_the_account_was_switched_off_does_not_come_to_life(api: Api) -> None:
    """A request that had begun before may still commit a key or a sign-in after."""
    program, _ = api.oscar.program()
    switch(api, api.oscar, is_active=False)
    with api.session() as session:
        session.execute(sa.text("UPDATE api_keys SET revoked_at = NULL"))
    switch(api, api.oscar, is_active=True)
    assert program.get("/api/auth/me").status_code == 401


def test_a_start_under_way_is_waited_for_and_then_undone(api: Api) -> None:
    bot_id = add_bot(api, api.oscar, status="stopped")
    done = threading.Event()

    def deactivate() -> None:
        switch(api, api.oscar, is_active=False)
        done.set()

    thread = threading.Thread(target=deactivate)
    with api.session() as session:
        account_state.hold(session, api.oscar.id)
        bot = session.get_one(Bot, bot_id, with_for_update=True)
        bot.status, bot.desired_status = "starting", "running"
        session.flush()
        thread.start()
        assert not done.wait(0.5)
    thread.join(10)
    assert done.is_set()
    assert bot_state(api, bot_id) == ("stopped", "stopped")


def test_nobody_starts_something_for_an_account_that_is_switched_off(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    switch(api, api.oscar, is_active=False)
    for step in ("start", "restart"):
        answer = api.alice.post(f"/api/bots/{bot}/{step}")
        assert answer.status_code == 409
        assert "oscar is deactivated" in answer.json["detail"]
    with api.session() as session, pytest.raises(ConflictError):
        account_state.hold(session, api.oscar.id)
    assert api.alice.post(f"/api/bots/{bot}/stop").status_code == 202


@pytest.mark.parametrize("state", ["is_active = false", "role = 'viewer'"])
def test_a_launch_whose_time_comes_looks_at_the_account(api: Api, state: str) -> None:
    """However the account came to be so: here by hand, in the database."""
    add_bot(api, api.oscar, chats=[1])
    _, scheduled = launched(api.oscar, scheduled_for=tomorrow())
    with api.session() as session:
        session.execute(sa.text(f"UPDATE users SET {state} WHERE username = 'oscar'"))
    with api.session() as session:
        reason = launch.launch_due(session, scheduled)
    assert reason is not None
    assert "the account oscar is" in reason
    assert broadcast_state(api, scheduled) == ("failed", reason)


def test_ads_of_a_deactivated_advertiser_stop_whoever_launched_them(api: Api) -> None:
    add_bot(api, api.oscar, chats=[1])
    ad = draft(api.adam)
    api.adam.post(f"/api/ads/{ad}/submit")
    api.oscar.post(f"/api/ads/{ad}/approve")
    assert api.oscar.post(f"/api/ads/{ad}/broadcast", {}).status_code == 202
    switch(api, api.adam, is_active=False)
    answer = api.oscar.get(f"/api/ads/{ad}").json
    assert answer is not None
    assert answer["status"] == "paused"
    assert api.oscar.post(f"/api/ads/{ad}/resume").status_code == 202, "its operator may decide"


@pytest.mark.parametrize("role", ["advertiser", "viewer"])
def test_a_role_without_bots_stops_them_too(api: Api, role: str) -> None:
    bot = add_bot(api, api.oscar, chats=[1])
    _, scheduled = launched(api.oscar, scheduled_for=tomorrow())
    _, running = launched(api.oscar)
    api.oscar.program()
    api.oscar.program(role="advertiser")
    switch(api, api.oscar, role=role)
    assert bot_state(api, bot) == ("stopped", "stopped")
    assert broadcast_state(api, scheduled) == (
        "cancelled",
        f"cancelled: the account oscar became {role}",
    )
    assert broadcast_state(api, running)[0] == "paused"
    revoked = {line["details"]["role"] for line in audited(api, "key.revoke")}
    assert revoked == {"operator"} | ({"advertiser"} if role == "viewer" else set())
    assert api.alice.post(f"/api/bots/{bot}/start").status_code == 409


def test_another_role_that_runs_bots_stops_nothing(api: Api) -> None:
    bot = add_bot(api, api.oscar, chats=[1])
    _, running = launched(api.oscar)
    program, _ = api.oscar.program()
    switch(api, api.oscar, role="admin")
    assert bot_state(api, bot) == ("running", "running")
    assert broadcast_state(api, running)[0] == "broadcasting"
    assert program.get("/api/bots").status_code == 200


def test_a_deactivation_that_fails_stops_nothing(api: Api) -> None:
    bot = add_bot(api, api.alice)
    program, _ = api.alice.program()
    answer = api.alice.patch(f"/api/users/{api.alice.id}", {"is_active": False})
    assert answer.status_code == 409
    assert bot_state(api, bot) == ("running", "running")
    assert program.get("/api/auth/me").status_code == 200


def test_keys_end_with_the_password(api: Api) -> None:
    program, _ = api.oscar.program()
    foreign, _ = api.olga.program()
    body = {"current_password": PASSWORD, "new_password": "nine dry badgers"}
    assert api.oscar.post("/api/auth/change-password", body).status_code == 204
    assert program.get("/api/auth/me").status_code == 401
    assert foreign.get("/api/auth/me").status_code == 200
    assert audited(api, "key.revoke")[0]["details"]["because"] == "the password was changed"


def test_an_admin_sees_and_revokes_the_keys_of_others(api: Api) -> None:
    program, made = api.oscar.program()
    path = f"/api/users/{api.oscar.id}/keys"
    listed = api.alice.get(path).json
    assert [key["id"] for key in listed["items"]] == [made["id"]]
    assert made["key"] not in str(listed)
    assert api.alice.get("/api/users/999/keys").status_code == 404
    assert api.alice.delete(f"/api/users/{api.olga.id}/keys/{made['id']}").status_code == 404
    assert api.oscar.delete(f"{path}/{made['id']}").status_code == 403
    assert api.alice.delete(f"{path}/{made['id']}").status_code == 204
    assert program.get("/api/auth/me").status_code == 401
    assert api.alice.delete(f"{path}/{made['id']}").status_code == 404
    assert audited(api, "key.revoke")[0]["details"]["user_id"] == api.oscar.id


def test_a_webhook_of_a_deactivated_owner_is_not_taken_in(api: Api) -> None:
    with api.session() as session:
        bot = session.get_one(Bot, add_bot(api, api.oscar))
        bot.receive_mode, bot.webhook_secret = "webhook", api.deps.vault.seal("s", "webhook secret")
        path = f"/api/telegram/{bot.public_key}"
    headers = {"X-Telegram-Bot-Api-Secret-Token": "s"}
    assert api.nobody.post(path, {"update_id": 1}, headers=headers).status_code == 200
    with api.session() as session:
        session.execute(sa.update(User).where(User.username == "oscar").values(is_active=False))
    assert api.nobody.post(path, {"update_id": 2}, headers=headers).status_code == 404
