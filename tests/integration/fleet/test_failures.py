"""Failures are waited out and shown; a refusal for good ends the session."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from crier.domain import bot_state
from crier.fleet import intake
from crier.services.bots import start_stop
from crier.telegram.updates import UpdateBatch
from tests.support.fleet import FleetRows, Worker
from tests.support.sandbox import Sandbox, SandboxBot
from tests.support.waiting import until


@pytest.fixture
def bot(world: FleetRows, worker: Worker) -> SandboxBot:
    added = world.add_bot()
    world.start(added.id)
    world.sandbox.add_people(added.id, 20)
    return added


def error_of(world: FleetRows, bot_id: int) -> str:
    return world.bot(bot_id)["last_error"] or ""


def test_a_revoked_token_is_shown_at_once_and_ends_in_error_once(
    world: FleetRows, worker: Worker, bot: SandboxBot
) -> None:
    world.sandbox.revoke(bot.id)
    until(lambda: "401" in error_of(world, bot.id), 5)
    row = world.until_status(bot.id, "error", 30)
    assert "@BotFather" in row["last_error"]
    assert row["error_at"] is not None
    assert (row["instance_id"], row["desired_status"]) == (None, "running")
    until(lambda: worker.fleet.sessions == 0, 5)
    assert len([line for line in world.logs(bot.id) if "was revoked or is wrong" in line]) == 1


@pytest.mark.parametrize("ask", ["a new token", "a start", "a stop"])
def test_what_a_delivery_found_before_the_session_is_undone_by_its_owner(
    world: FleetRows, bot: SandboxBot, ask: str
) -> None:
    if ask == "a new token":  # while the session's poll waits, which does not see it for a while
        sealed = world.vault.seal(world.sandbox.revoke(bot.id, new_token=True).token)
        world.run("UPDATE bots SET bot_token = %s", sealed)
    world.run("UPDATE bots SET status = 'error', error_at = now(), last_error = 'refused'")
    if ask == "a stop":
        world.stop(bot.id)
        return
    step = bot_state.new_token if ask == "a new token" else bot_state.start
    world.ask(bot.id, lambda session, _, row: start_stop.apply(session, row, step, ask))
    row = world.until_status(bot.id, "running")
    assert (row["error_at"], row["last_error"]) == (None, None)
    world.sandbox.write_many(bot.id, 3)
    until(lambda: len(world.texts(bot.id)) == 3, 5)


def test_a_token_that_is_refused_for_a_moment_only_goes_on(
    world: FleetRows, bot: SandboxBot
) -> None:
    world.sandbox.add_fault(
        "error", methods=["getUpdates"], count=1, status=401, description="Unauthorized"
    )
    world.sandbox.write_many(bot.id, 1)  # ends the poll that waits
    until(lambda: "401" in error_of(world, bot.id), 5)
    until(lambda: error_of(world, bot.id) == "", 10)
    world.sandbox.write_many(bot.id, 3)
    until(lambda: len(world.texts(bot.id)) == 4, 5)
    assert world.bot(bot.id)["status"] == "running"


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("error", {"status": 500, "description": "Internal Server Error: restart"}),
        ("html", {"status": 502}),
        ("cut_after", {}),
        ("cut_before", {}),
        ("truncate", {}),
        ("flood", {"retry_after": 1}),
    ],
)
def test_a_failing_telegram_is_shown_and_waited_out_with_nothing_lost(
    world: FleetRows, bot: SandboxBot, fault: str, options: dict[str, object]
) -> None:
    world.sandbox.add_fault(fault, methods=["getUpdates"], count=2, **options)
    world.sandbox.write_many(bot.id, 10, "first {n}")  # ends the poll that waits
    until(lambda: len(world.texts(bot.id)) == 10 or error_of(world, bot.id) != "", 5)
    world.sandbox.write_many(bot.id, 20, "then {n}")
    until(lambda: error_of(world, bot.id) != "", 5)
    until(lambda: len(world.texts(bot.id)) == 30, 20)
    assert len(set(world.texts(bot.id))) == 30
    until(lambda: error_of(world, bot.id) == "", 5)
    assert world.bot(bot.id)["status"] == "running"
    minutes = "SELECT sum(errors) FROM bot_minutes WHERE bot_id = %s"
    until(lambda: (world.value(minutes, bot.id) or 0) >= 2, 5)


def test_the_limit_on_first_uses_of_tokens_is_waited_out(world: FleetRows, worker: Worker) -> None:
    added = world.add_bot()
    world.sandbox.add_fault("flood", methods=["getMe"], count=1, retry_after=1)
    world.start(added.id, wait=False)
    until(lambda: "wait 1 s (429)" in error_of(world, added.id), 5)
    assert world.bot(added.id)["status"] == "starting"
    world.until_status(added.id, "running", 5)
    assert error_of(world, added.id) == ""


def test_a_bot_that_waits_can_still_be_stopped_at_once(world: FleetRows, worker: Worker) -> None:
    added = world.add_bot()
    world.sandbox.add_fault("flood", methods=["getMe"], retry_after=300)
    world.start(added.id, wait=False)
    until(lambda: "300 s" in error_of(world, added.id), 5)
    world.stop(added.id)  # which waits for a fifth of that at most


@contextmanager
def other_poller(sandbox: Sandbox, bot: SandboxBot) -> Iterator[None]:
    """Another program that polls the same token."""
    ended = threading.Event()
    own = Sandbox(sandbox.url)

    def poll() -> None:
        while not ended.is_set():
            own.call(bot.token, "getUpdates", timeout=2, offset=0)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        own._connection.close()


def test_another_poller_is_named_as_such(world: FleetRows, bot: SandboxBot) -> None:
    with other_poller(world.sandbox, bot):
        until(lambda: "something else is polling" in error_of(world, bot.id), 15)
    assert world.bot(bot.id)["status"] == "running"
    world.sandbox.write_many(bot.id, 5)
    until(lambda: len(world.texts(bot.id)) == 5, 40)


def test_a_webhook_that_another_program_sets_is_removed(world: FleetRows, bot: SandboxBot) -> None:
    world.sandbox.call(bot.token, "setWebhook", url="https://198.51.100.7/hook")
    until(lambda: "another program has set a webhook" in error_of(world, bot.id), 15)
    world.sandbox.write_many(bot.id, 5)
    until(lambda: len(world.texts(bot.id)) == 5, 20)


def test_a_failing_bot_does_not_slow_the_others(world: FleetRows, bot: SandboxBot) -> None:
    others = [world.add_bot() for _ in range(10)]
    world.start(*(other.id for other in others))
    for other in others:
        world.sandbox.add_fault("html", bot=other.id, status=502)
    world.sandbox.write_many(bot.id, 20)
    until(lambda: len(world.texts(bot.id)) == 20, 3)


def test_connections_that_break_under_load_lose_and_repeat_nothing(
    world: FleetRows, bot: SandboxBot
) -> None:
    with psycopg.connect(world.database_url, autocommit=True) as admin:
        for n in range(25):
            world.sandbox.write_many(bot.id, 40, f"{n}: {{n}}")
            admin.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE application_name = 'test worker'"""
            )
            time.sleep(0.02)  # spreads the breaks over the load
    until(lambda: len(world.texts(bot.id)) >= 1000, 30)
    texts = world.texts(bot.id)
    assert len(texts) == len(set(texts)) == 1000
    counted = world.value("SELECT sum(messages_in) FROM bot_minutes WHERE bot_id = %s", bot.id)
    assert counted == 1000


def test_ids_that_begin_again_lower_do_not_stick_the_bot(world: FleetRows, bot: SandboxBot) -> None:
    world.stop(bot.id)
    world.run(
        """UPDATE bots SET update_offset = 2000000000, last_active = now() - interval '8 days'
           WHERE id = %s""",
        bot.id,
    )
    world.sandbox.write_many(bot.id, 5)
    world.start(bot.id)
    until(lambda: len(world.texts(bot.id)) == 5, 5)
    world.ask(bot.id, start_stop.restart)
    world.sandbox.write_many(bot.id, 5)
    until(lambda: len(world.texts(bot.id)) == 10, 5)
    assert world.bot(bot.id)["update_offset"] < 2_000_000_000


def test_a_bug_of_ours_is_shown_and_the_session_starts_over(
    world: FleetRows, worker: Worker, bot: SandboxBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled = intake.Intake.polled
    broken = iter([True])

    async def once(self: intake.Intake, batch: UpdateBatch) -> None:
        if next(broken, False):
            raise ZeroDivisionError
        await polled(self, batch)

    monkeypatch.setattr(intake.Intake, "polled", once)
    world.sandbox.write_many(bot.id, 5)
    until(lambda: "internal error (ZeroDivisionError)" in error_of(world, bot.id), 5)
    until(lambda: len(world.texts(bot.id)) == 5, 10)
    assert world.bot(bot.id)["status"] == "running"


def test_an_update_that_postgresql_refuses_costs_itself_only(
    world: FleetRows, worker: Worker, bot: SandboxBot
) -> None:
    world.run("ALTER TABLE messages ADD CHECK (content <> 'poison')")
    for text in ("one", "poison", "two"):
        world.sandbox.write(bot.id, 1_000_000_001, text)
    until(lambda: world.texts(bot.id)[-1:] == ["two"], 10)
    assert world.texts(bot.id) == ["one", "two"]
    assert any("cannot be recorded" in line for line in world.logs(bot.id))
