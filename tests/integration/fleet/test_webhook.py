"""Webhook mode: what the API stores is handled once, and switching modes loses nothing."""

import json
from collections.abc import Iterator

import psycopg
import pytest

from crier.fleet import retry_policy, webhook
from crier.storage.inbound import store_webhook
from crier.telegram.error_table import CONFIRM_AFTER_S
from tests.support.fleet import FleetRows, Worker, running_worker
from tests.support.listener import Listener, Post, listening
from tests.support.waiting import until


@pytest.fixture
def api(world: FleetRows) -> Iterator[Listener]:
    """As much of the API as takes webhooks: checks the secret, stores, answers 200."""

    def take(post: Post) -> tuple[int, bytes]:
        bot_id = int(post.path.rpartition("/")[2])
        if post.headers.get("x-telegram-bot-api-secret-token") != "whsec-of-the-bot":
            return 403, b""
        with psycopg.connect(world.database_url) as connection:
            mode = connection.execute(
                "SELECT receive_mode FROM bots WHERE id = %s", (bot_id,)
            ).fetchone()
            if mode != ("webhook",):
                return 404, b""
            update_id = json.loads(post.body)["update_id"]
            for text, parameters, _ in store_webhook(bot_id, update_id, post.body):
                connection.execute(text, parameters)
        return 200, b""

    with listening(take) as server:
        yield server


@pytest.fixture
def worker(world: FleetRows, api: Listener) -> Iterator[Worker]:
    with running_worker(world, CRIER_PUBLIC_URL=api.url) as running:
        yield running


def test_updates_come_by_webhook_and_are_answered(
    world: FleetRows, worker: Worker, api: Listener
) -> None:
    bot = world.add_bot(receive_mode="webhook", welcome="Hello")
    world.start(bot.id)
    person = world.sandbox.add_person(bot.id, 1001, first_name="Ann")
    world.sandbox.write(bot.id, person, "/start")
    until(lambda: world.chats(bot.id) == {person: "active"}, 5)
    until(lambda: [m["text"] for m in world.sandbox.outbox(bot.id)] == ["Hello"], 5)
    assert api.posts[0].path == f"/api/telegram/{bot.id}"
    assert world.value("SELECT count(*) FROM webhook_updates WHERE body IS NOT NULL") == 0
    assert "getupdates" not in world.sandbox.bot(bot.id)["methods"]


def test_an_update_that_is_posted_again_counts_once(
    world: FleetRows, worker: Worker, api: Listener
) -> None:
    bot = world.add_bot(receive_mode="webhook")
    world.start(bot.id)
    world.sandbox.add_people(bot.id, 5)
    world.sandbox.write_many(bot.id, 20)
    until(lambda: len(world.texts(bot.id)) == 20, 10)
    for post in reversed(api.posts[:20]):
        assert api.answer(post) == (200, b"")
    world.sandbox.write_many(bot.id, 1, "last")
    until(lambda: "last" in world.texts(bot.id), 5)
    assert len(world.texts(bot.id)) == 21


def test_a_stop_removes_the_webhook_and_a_start_brings_what_waited(
    world: FleetRows, worker: Worker
) -> None:
    bot = world.add_bot(receive_mode="webhook")
    world.start(bot.id)
    assert world.sandbox.call(bot.token, "getWebhookInfo")["result"]["url"]
    world.stop(bot.id)
    assert world.sandbox.call(bot.token, "getWebhookInfo")["result"]["url"] == ""
    world.sandbox.add_people(bot.id, 5)
    world.sandbox.write_many(bot.id, 5)
    world.start(bot.id)
    until(lambda: len(world.texts(bot.id)) == 5, 10)


def test_switching_between_the_modes_under_load_loses_and_repeats_nothing(
    world: FleetRows, worker: Worker
) -> None:
    bot = world.add_bot()
    world.start(bot.id)
    world.sandbox.add_people(bot.id, 20)
    sent = 0
    for mode in ("webhook", "polling", "webhook", "polling"):
        for _ in range(10):
            sent += world.sandbox.write_many(bot.id, 10, f"{sent} {{n}}")
        before = world.bot(bot.id)["instance_id"]
        world.change(bot.id, receive_mode=mode)
        sent += world.sandbox.write_many(bot.id, 10, f"{sent} {{n}}")
        until(lambda: world.bot(bot.id)["instance_id"] != before, 5)  # noqa: B023
        world.until_status(bot.id, "running")
    until(lambda: len(world.texts(bot.id)) >= sent, 90)
    assert len(world.texts(bot.id)) == len(set(world.texts(bot.id))) == sent


def test_webhook_mode_without_a_public_url_says_what_to_do(world: FleetRows) -> None:
    bot = world.add_bot(receive_mode="webhook")
    with running_worker(world):
        world.start(bot.id, wait=False)
        row = world.until_status(bot.id, "error", 5)
        assert "CRIER_PUBLIC_URL" in row["last_error"]


def test_what_cannot_be_understood_is_handled_too(world: FleetRows, worker: Worker) -> None:
    bot = world.add_bot(receive_mode="webhook")
    world.start(bot.id)
    bodies = [b"", b"\x00\xff", b"[" * 100_000, b'{"update_id": 3, "message": 7}', b"null"]
    with psycopg.connect(world.database_url) as connection:
        for number, body in enumerate(bodies):
            for text, parameters, _ in store_webhook(bot.id, number, body):
                connection.execute(text, parameters)
    until(
        lambda: world.value("SELECT count(*) FROM webhook_updates WHERE body IS NOT NULL") == 0, 5
    )
    assert world.bot(bot.id)["status"] == "running"
    assert any("could not be understood" in line for line in world.logs(bot.id))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch looks twice a second, and a token is confirmed at once."""
    monkeypatch.setattr(webhook, "CHECK_EVERY_S", 0.5)
    monkeypatch.setattr(retry_policy, "CONFIRM_AFTER_S", (0.1, 0.1, 0.1))


def hook(world: FleetRows, token: str) -> dict[str, object]:
    found: dict[str, object] = world.sandbox.call(token, "getWebhookInfo")["result"]
    return found


def meddle(world: FleetRows, token: str, method: str, **arguments: object) -> None:
    """What another program with the token does; Telegram takes one setWebhook a second."""
    until(lambda: world.sandbox.call(token, method, **arguments)["ok"], 10)


def test_a_dead_token_shows_within_a_minute() -> None:
    latest = webhook.CHECK_EVERY_S * 1.2 + sum(CONFIRM_AFTER_S)
    assert latest <= 55, "and some seconds for four answers"


def test_a_webhook_bot_whose_token_was_revoked_ends_in_error_as_a_polling_one_does(
    world: FleetRows, quick: None, worker: Worker
) -> None:
    bot, other = (world.add_bot(receive_mode=mode) for mode in ("webhook", "polling"))
    world.start(bot.id, other.id)
    for one in (bot, other):
        world.sandbox.revoke(one.id)
    rows = [world.until_status(one.id, "error", 30) for one in (bot, other)]
    for row in rows:
        assert "was revoked or is wrong" in row["last_error"]
        assert (row["instance_id"], row["desired_status"]) == (None, "running")
        assert row["error_at"] is not None
    assert rows[0]["last_error"] == rows[1]["last_error"]
    until(lambda: worker.fleet.sessions == 0, 5)


def test_a_refusal_that_is_taken_back_leaves_a_webhook_bot_running(
    world: FleetRows, quick: None, worker: Worker
) -> None:
    bot = world.add_bot(receive_mode="webhook")
    world.start(bot.id)
    world.sandbox.add_fault(
        "error", methods=["getWebhookInfo"], count=1, status=401, description="Unauthorized"
    )
    until(lambda: any("asking again to be sure" in line for line in world.logs(bot.id)), 10)
    until(lambda: world.bot(bot.id)["last_error"] is None, 10)
    assert world.bot(bot.id)["status"] == "running"


def test_what_comes_in_is_handled_while_telegram_cannot_be_asked(
    world: FleetRows, quick: None, worker: Worker
) -> None:
    bot = world.add_bot(receive_mode="webhook")
    world.start(bot.id)
    world.sandbox.add_people(bot.id, 3)
    world.sandbox.add_fault("html", methods=["getWebhookInfo"], count=1000, status=502)
    until(lambda: "trying again" in (world.bot(bot.id)["last_error"] or ""), 10)
    world.sandbox.write_many(bot.id, 5)
    until(lambda: len(world.texts(bot.id)) == 5, 10)
    world.sandbox.clear_faults()
    until(lambda: world.bot(bot.id)["last_error"] is None, 60)


@pytest.mark.parametrize("by", ["deleteWebhook", "setWebhook"])
def test_a_webhook_that_another_program_takes_away_is_set_again_and_told(
    world: FleetRows, quick: None, worker: Worker, api: Listener, by: str
) -> None:
    bot = world.add_bot(receive_mode="webhook")
    world.start(bot.id)
    ours = hook(world, bot.token)["url"]
    meddle(world, bot.token, by, url=f"{api.url}/elsewhere")
    until(lambda: any("another program" in line for line in world.logs(bot.id)), 10)
    until(lambda: hook(world, bot.token)["url"] == ours, 10)
    world.sandbox.add_people(bot.id, 1)
    world.sandbox.write_many(bot.id, 2)
    until(lambda: len(world.texts(bot.id)) == 2, 10)


def test_a_webhook_with_anothers_secret_is_told_and_set_right(
    world: FleetRows, quick: None, worker: Worker
) -> None:
    bot = world.add_bot(receive_mode="webhook")
    world.start(bot.id)
    world.sandbox.add_people(bot.id, 1)
    url = hook(world, bot.token)["url"]
    meddle(world, bot.token, "setWebhook", url=url, secret_token="stolen")
    world.sandbox.write_many(bot.id, 3)
    until(lambda: any("Telegram cannot deliver updates" in line for line in world.logs(bot.id)), 15)
    until(lambda: len(world.texts(bot.id)) == 3, 30)
    until(lambda: world.bot(bot.id)["last_error"] is None, 30)
    assert world.bot(bot.id)["pending_updates"] == 0
