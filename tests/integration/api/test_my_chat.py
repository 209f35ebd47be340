"""My chat: the platform's bot, linking, test sends, notices by Telegram, a lost password."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crier.domain.chat_links import NOT_LINKED, LinkRequest
from crier.services.people import linked_chats, sending
from crier.services.privacy import requests
from crier.storage.models.bots import Bot
from crier.storage.models.notices import ChatLinkCode, LinkedChat, Outgoing
from tests.support import mailbox
from tests.support.ads import add_bot, add_broadcast
from tests.support.api import PASSWORD, Api, Person, make_settings
from tests.support.sandbox import Sandbox, SandboxBot

ANN = 424242
CHAT, LINK, NOTICES, RULES = (
    *("/api/auth/chat", "/api/auth/chat/link", "/api/auth/notices", "/api/workspace"),
)


@pytest.fixture
def api(database_url: str, valkey_url: str, tmp_path: Path, sandbox: Sandbox) -> Iterator[Api]:
    more = {"CRIER_TELEGRAM_API_URL": sandbox.url, "CRIER_PUBLIC_URL": "https://ads.example.com"}
    made = Api(make_settings(database_url, valkey_url, tmp_path / "data", **more))
    made.person("alice", "admin")
    yield made
    made.close()


def bot_of(api: Api, sandbox: Sandbox, owner: Person, **columns: Any) -> tuple[int, SandboxBot]:
    telegram = sandbox.create_bot()
    bot_id = add_bot(api, owner, token=telegram.token)
    columns = {"username": telegram.username, "bot_name": telegram.username, **columns}
    with api.session() as session:
        session.execute(sa.update(Bot).where(Bot.id == bot_id).values(**columns))
    return bot_id, telegram


@pytest.fixture
def fast(sandbox: Sandbox) -> Iterator[None]:
    """Telegram lets bots write to a chat as fast as they like."""
    sandbox.set_limits(chat_rate=0)
    yield
    sandbox.set_limits(chat_rate=1)


@pytest.fixture
def bot(api: Api, sandbox: Sandbox, fast: None) -> SandboxBot:
    """The platform's bot, which Ann has started."""
    bot_id, telegram = bot_of(api, sandbox, api.alice)
    assert api.alice.patch(RULES, {"platform_bot_id": bot_id}).status_code == 200
    sandbox.add_person(telegram.id, ANN, status="started")
    return telegram


def platform_bot(api: Api) -> int:
    number: int = api.alice.get(RULES).json["platform_bot"]["id"]
    return number


def code_of(person: Person) -> str:
    answer = person.post(LINK)
    assert answer.status_code == 201, answer.text
    return str(answer.json["url"].partition("?start=")[2])


def bring(api: Api, code: str | None, chat: int = ANN, bot_id: int | None = None) -> str:
    """What a worker does with a code that has come from a chat; what is answered."""
    with api.session() as session:
        asked = LinkRequest(code, "Ann @ann")
        of = bot_id or platform_bot(api)
        return linked_chats.take(session, api.deps.vault, of, chat, asked)


def link(api: Api, person: Person, chat: int = ANN) -> None:
    assert f"account {person.name}." in bring(api, code_of(person), chat)


def send(api: Api) -> None:
    sending.work_off(api.deps.sessions, api.deps.vault, api.settings)


def told(api: Api, sandbox: Sandbox, bot: SandboxBot, chat: int = ANN) -> list[str]:
    """What the platform's bot has written to a chat, once everything is sent."""
    send(api)
    return [message["text"] for message in sandbox.outbox(bot.id, chat)]


def waiting(api: Api) -> int:
    with api.session() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Outgoing)) or 0


def test_a_chat_is_linked_once_by_a_code(api: Api, sandbox: Sandbox, bot: SandboxBot) -> None:
    assert api.oscar.get(CHAT).json == {
        "bot": bot.username, "name": None, "linked_at": None, "is_blocked": False
    }  # fmt: skip
    code = code_of(api.oscar)
    with api.session() as session:
        assert code.encode() not in session.scalars(sa.select(ChatLinkCode.code_hash)).one()
    assert "account oscar" in bring(api, code)
    assert bring(api, code, 5) == NOT_LINKED, "it is good once"
    shown = api.oscar.get(CHAT).json
    assert (shown["name"], shown["is_blocked"]) == ("Ann @ann", False)
    assert told(api, sandbox, bot)[0].startswith("A Telegram chat was linked to your account")
    link(api, api.oscar, 5)
    with api.session() as session:
        assert session.scalars(sa.select(LinkedChat.chat_id)).all() == [5], "it takes its place"
    (line, _) = api.alice.get("/api/audit?action=user.link_chat").json["items"]
    assert (line["actor"], str(ANN) in str(line)) == ("oscar", False)
    assert api.oscar.delete(CHAT).status_code == 204
    assert api.oscar.get(CHAT).json["name"] is None
    link(api, api.oscar)
    assert "no account" in bring(api, None, ANN)
    assert api.oscar.get(CHAT).json["name"] is None, "unlinked by the person of the chat"


def test_a_code_is_good_for_its_time_bot_and_account_alone(
    api: Api, sandbox: Sandbox, bot: SandboxBot
) -> None:
    other, _ = bot_of(api, sandbox, api.oscar)
    code = code_of(api.adam)
    assert bring(api, code, bot_id=other) == NOT_LINKED
    assert bring(api, code) == NOT_LINKED, "the other bot's owner has read it"
    first, second = code_of(api.adam), code_of(api.adam)
    assert bring(api, first) == NOT_LINKED, "a later one voids it"
    with api.session() as session:
        late = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(sa.update(ChatLinkCode).values(expires_at=late))
    assert bring(api, second) == NOT_LINKED
    code = code_of(api.adam)
    api.alice.patch(f"/api/users/{api.adam.id}", {"is_active": False})
    assert bring(api, code) == NOT_LINKED
    assert bring(api, "mychat_" + "A" * 43) == NOT_LINKED
    with api.session() as session:
        assert session.scalars(sa.select(LinkedChat)).all() == []


def test_the_platforms_bot_is_an_admins_and_another_one_ends_the_links(
    api: Api, sandbox: Sandbox, bot: SandboxBot
) -> None:
    oscars, _ = bot_of(api, sandbox, api.oscar)
    refused = api.alice.patch(RULES, {"platform_bot_id": oscars})
    assert refused.status_code == 409
    assert "no active admin" in refused.json["detail"]
    assert api.alice.patch(RULES, {"platform_bot_id": 99}).status_code == 404
    link(api, api.oscar)
    assert api.alice.get(RULES).json["linked_chats"] == 1
    assert api.vera.get(RULES).json["platform_bot"]["username"] == bot.username
    second, _ = bot_of(api, sandbox, api.alice)
    assert api.alice.patch(RULES, {"platform_bot_id": second}).json["linked_chats"] == 0
    line = api.alice.get("/api/audit?action=workspace.change").json["items"][0]
    assert line["details"]["links_ended"] == 1
    link(api, api.oscar)
    assert api.alice.delete(f"/api/bots/{second}").status_code in (200, 202, 204)
    assert api.alice.get(RULES).json["platform_bot"] is None
    assert api.oscar.get(CHAT).json == {
        "bot": None, "name": None, "linked_at": None, "is_blocked": False
    }  # fmt: skip
    assert api.oscar.post(LINK).status_code == 409
    assert api.nobody.get("/api/auth/methods").json["reset"] is False


def test_erased_people_and_deleted_accounts_have_no_linked_chat(api: Api, bot: SandboxBot) -> None:
    link(api, api.oscar)
    link(api, api.adam, 5)
    with api.session() as session:
        requests.erase_person(session, "test", api.deps.vault, ANN)
    assert api.oscar.get(CHAT).json["name"] is None
    assert api.adam.get(CHAT).json["name"] == "Ann @ann"
    assert api.alice.delete(f"/api/users/{api.adam.id}").status_code == 204
    with api.session() as session:
        assert session.scalars(sa.select(LinkedChat)).all() == []


def test_a_trial_goes_to_my_chat_or_says_which_bot_to_start(
    api: Api, sandbox: Sandbox, bot: SandboxBot
) -> None:
    number, telegram = bot_of(api, sandbox, api.oscar)
    ad = api.oscar.post("/api/ads/create", {"content": "Sale!"}).json["id"]
    path, body = f"/api/ads/{ad}/test", {"bot_id": number, "my_chat": True}
    unlinked = api.oscar.post(path, body)
    assert (unlinked.status_code, "link one" in unlinked.json["detail"]) == (409, True)
    assert api.oscar.post(path, {**body, "chat_id": 5}).status_code == 422
    assert api.oscar.post(path, {"bot_id": number}).status_code == 422
    link(api, api.oscar)
    sandbox.add_person(telegram.id, ANN, status="seen")
    refused = api.oscar.post(path, body)
    assert refused.status_code == 502
    assert f"press Start in https://t.me/{telegram.username}" in refused.json["detail"]
    sandbox.set_status(telegram.id, "started", ANN)
    assert api.oscar.post(path, body).status_code == 200
    (message,) = sandbox.outbox(telegram.id, ANN)
    assert message["text"] == "Sale!"


def test_a_lost_password_is_helped_by_the_linked_chat(
    api: Api, sandbox: Sandbox, bot: SandboxBot
) -> None:
    assert api.nobody.get("/api/auth/methods").json["reset"] is True
    link(api, api.oscar)
    before = len(told(api, sandbox, bot))
    for name in ("Oscar", "adam", "nobody"):
        path, body = "/api/auth/forgot-password", {"username": name}
        assert api.nobody.post(path, body).status_code == 202
    assert waiting(api) == 3, "the same work for every name"
    (text,) = told(api, sandbox, bot)[before:]
    assert waiting(api) == 0
    found = re.search(r"https://ads\.example\.com/reset-password#(\S+)", text)
    assert found is not None
    body = {"token": found[1], "password": "an otter's new phrase"}
    assert api.nobody.post("/api/auth/reset-password", body).status_code == 204
    assert api.nobody.post("/api/auth/reset-password", body).status_code == 403
    login = {"username": "oscar", "password": "an otter's new phrase"}
    assert api.nobody.post("/api/auth/login", login).status_code == 200
    assert "Your password was changed" in "".join(told(api, sandbox, bot))


def test_a_link_for_a_password_is_void_once_another_chat_is_linked(
    api: Api, sandbox: Sandbox, bot: SandboxBot
) -> None:
    link(api, api.oscar)
    api.nobody.post("/api/auth/forgot-password", {"username": "oscar"})
    (token,) = re.findall(r"reset-password#(\S+)", "".join(told(api, sandbox, bot)))
    link(api, api.oscar, 5)
    body = {"token": token, "password": "an otter's new phrase"}
    assert api.nobody.post("/api/auth/reset-password", body).status_code == 403


def test_operators_are_told_of_broadcasts_and_bots_by_the_way_that_they_choose(
    api: Api, sandbox: Sandbox, bot: SandboxBot
) -> None:
    number, _ = bot_of(api, sandbox, api.oscar, bot_name="Daily Bread")
    ad = api.oscar.post("/api/ads/create", {"title": "Autumn fair", "content": "!"}).json["id"]
    broadcast, _ = add_broadcast(api, ad, api.oscar, {number: [1, 2]}, status="broadcasting")

    def become(status: str, reason: str | None = None) -> None:
        step = sa.text("UPDATE broadcasts SET status = :status, reason = :reason WHERE id = :id")
        with api.session() as session:
            session.execute(step, {"status": status, "reason": reason, "id": broadcast})

    become("paused", "paused by itself: 9 of the last 10 sends failed")
    assert waiting(api) == 0, "nobody to tell"
    become("broadcasting")
    link(api, api.oscar)
    before = len(told(api, sandbox, bot))
    become("paused", "by hand")
    become("paused", "paused by itself: 9 of the last 10 sends failed")
    become("broadcasting")
    become("paused", "paused by itself: 9 of the last 10 sends failed")
    (stopped,) = told(api, sandbox, bot)[before:]
    assert stopped.startswith("Broadcast is paused: Autumn fair\n")
    assert "9 of the last 10 sends failed" in stopped
    assert f"https://ads.example.com/ads/{ad}/broadcast?broadcast_id={broadcast}" in stopped
    become("completed")
    assert "is finished" in told(api, sandbox, bot)[-1]
    with api.session() as session:
        error = {"status": "error", "last_error": "the token was refused"}
        session.execute(sa.update(Bot).where(Bot.id == number).values(**error))
    assert "Daily Bread has stopped: the token was refused" in told(api, sandbox, bot)[-1]
    shown = {one["kind"]: one for one in api.oscar.get(NOTICES).json["items"]}
    assert shown["bot_error"] == {"kind": "bot_error", "channel": "telegram", "chosen": False}
    count = len(told(api, sandbox, bot))
    answer = api.oscar.patch(NOTICES, {"broadcast_ended": "none", "bot_error": "mail"})
    chosen = {one["kind"]: (one["channel"], one["chosen"]) for one in answer.json["items"]}
    assert chosen["broadcast_ended"] == ("none", True)
    become("broadcasting")
    become("completed")
    assert len(told(api, sandbox, bot)) == count
    assert waiting(api) == 0
    api.oscar.patch(NOTICES, {"broadcast_ended": None})
    become("broadcasting")
    become("completed")
    assert len(told(api, sandbox, bot)) == count + 1
    assert api.oscar.patch(NOTICES, {"bot_error": "fax"}).status_code == 422


def test_mail_comes_first_for_the_account_where_it_is_confirmed(
    database_url: str, valkey_url: str, tmp_path: Path, sandbox: Sandbox, fast: None
) -> None:
    with mailbox.running(tmp_path / "mails") as box:
        more = {"CRIER_TELEGRAM_API_URL": sandbox.url, **box.settings}
        api = Api(make_settings(database_url, valkey_url, tmp_path / "data", **more))
        bot_id, telegram = bot_of(api, sandbox, api.alice)
        api.alice.patch(RULES, {"platform_bot_id": bot_id})
        sandbox.add_person(telegram.id, ANN, status="started")
        link(api, api.oscar)
        assert len(told(api, sandbox, telegram)) == 1
        api.oscar.put("/api/auth/mail", {"address": "oscar@example.com"})
        send(api)
        token = {"token": box.link("confirm-mail")}
        assert api.nobody.post("/api/auth/mail/confirm", token).status_code == 204
        login = {"username": "oscar", "password": PASSWORD}
        agent = {"User-Agent": "Firefox"}
        assert api.nobody.post("/api/auth/login", login, headers=agent).status_code == 200
        api.nobody.post("/api/auth/forgot-password", {"username": "oscar"})
        assert len(told(api, sandbox, telegram)) == 1
        subjects = [letter["Subject"] for letter in box.mails][1:]
        assert sorted(subjects) == ["A new device has signed in", "A new password"]
        api.oscar.patch(NOTICES, {"account": "telegram"})
        agent = {"User-Agent": "Chrome"}
        assert api.nobody.post("/api/auth/login", login, headers=agent).status_code == 200
        assert "by Chrome" in told(api, sandbox, telegram)[-1]
        assert len(box.mails) == 3
        api.close()


def test_a_chat_that_blocks_the_bot_is_given_up_and_a_telegram_away_is_tried_again(
    api: Api, sandbox: Sandbox, bot: SandboxBot
) -> None:
    link(api, api.oscar)
    sandbox.add_fault("flood", bot=bot.id, count=1, retry_after=3)
    assert told(api, sandbox, bot) == []
    with api.session() as session:
        row = session.scalars(sa.select(Outgoing)).one()
        wait = row.due_at - datetime.now(UTC)
        assert (row.tries, timedelta(0) < wait < timedelta(seconds=10)) == (0, True)
        row.due_at = datetime.now(UTC)
    sandbox.add_fault("error", bot=bot.id, count=1, status=502, description="Bad Gateway")
    assert told(api, sandbox, bot) == []
    with api.session() as session:
        row = session.scalars(sa.select(Outgoing)).one()
        assert (row.tries, row.due_at > datetime.now(UTC)) == (1, True)
        row.due_at = datetime.now(UTC)
    sandbox.block(bot.id, ANN)
    assert told(api, sandbox, bot) == []
    assert waiting(api) == 0


def test_mail_of_a_process_of_the_release_before_is_sent(api: Api) -> None:
    old = sa.text("INSERT INTO outgoing_mails (user_id, sealed) VALUES (:id, 'x') RETURNING id")
    with api.session() as session:
        assert session.execute(old, {"id": api.oscar.id}).one().id
        row = session.scalars(sa.select(Outgoing)).one()
        assert (row.channel, row.user_id, row.sealed) == ("mail", api.oscar.id, "x")
        left = session.execute(sa.text("SELECT count(*) FROM outgoing_mails"))
        assert left.scalar_one() == 0
