"""Start, stop, restart and release take effect at once, in any order of requests."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from crier.domain import bot_state
from crier.domain.bot_state import BotState, BotStatus, Desired
from crier.fleet.session_store import Fence
from crier.services.bots import start_stop
from tests.support.fleet import FleetRows, Worker, running_worker
from tests.support.postgres import Cluster
from tests.support.sandbox import Sandbox, SandboxBot
from tests.support.waiting import until


@pytest.fixture
def bot(world: FleetRows, worker: Worker) -> SandboxBot:
    added = world.add_bot()
    world.start(added.id)
    return added


def test_a_stop_and_a_start_do_not_wait_for_the_long_poll(
    world: FleetRows, bot: SandboxBot
) -> None:
    until(lambda: world.sandbox.bot(bot.id)["is_polling"], 5)
    world.stop(bot.id)
    world.start(bot.id)
    polls = world.sandbox.bot(bot.id)["methods"]["getupdates"]
    until(lambda: world.sandbox.bot(bot.id)["is_polling"], 5)
    assert polls <= 3, "no poll came to its end"
    row = world.bot(bot.id)
    assert row["worker"] == "host:1"
    assert row["started_at"] is not None
    assert row["instance_id"] is not None


def test_a_stopped_bot_polls_no_more(world: FleetRows, bot: SandboxBot) -> None:
    until(lambda: world.sandbox.bot(bot.id)["is_polling"], 5)
    world.stop(bot.id)
    until(lambda: not world.sandbox.bot(bot.id)["is_polling"], 5)
    row = world.bot(bot.id)
    assert (row["instance_id"], row["worker"], row["started_at"]) == (None, None, None)


def test_a_restart_is_a_new_session_and_is_counted(world: FleetRows, bot: SandboxBot) -> None:
    before = world.bot(bot.id)
    world.ask(bot.id, start_stop.restart)
    until(lambda: world.bot(bot.id)["instance_id"] != before["instance_id"], 2)
    after = world.until_status(bot.id, "running", 2)
    assert after["restarts"] == before["restarts"] + 1
    assert after["started_at"] > before["started_at"]


def test_every_change_of_status_is_in_the_log_with_its_reason(
    world: FleetRows, bot: SandboxBot
) -> None:
    world.stop(bot.id)
    rows = world.run("SELECT message, context FROM logs WHERE source = 'fleet' ORDER BY id")
    assert [row["message"] for row in rows] == [
        "Telegram answers: polling for updates",
        "stopped as it was asked to",
    ]
    assert rows[0]["context"] == {"from": "starting", "to": "running"}


def test_what_people_wrote_while_the_bot_was_stopped_is_there_after_a_start(
    world: FleetRows, bot: SandboxBot
) -> None:
    world.sandbox.add_people(bot.id, 3)
    world.sandbox.write_many(bot.id, 10)
    until(lambda: len(world.texts(bot.id)) == 10, 5)
    world.stop(bot.id)
    world.sandbox.write_many(bot.id, 10)
    world.start(bot.id)
    until(lambda: len(world.texts(bot.id)) == 20, 5)


def test_a_stopping_worker_hands_its_bots_back_by_itself(world: FleetRows) -> None:
    bots = [world.add_bot().id for _ in range(20)]
    with running_worker(world) as worker:
        world.start(*bots)
        worker.stop()
        assert sorted(worker.handed_back) == sorted(bots)
    rows = world.run("SELECT status, desired_status, instance_id FROM bots")
    assert {tuple(row.values()) for row in rows} == {("starting", "running", None)}
    with running_worker(world, CRIER_LOG_LEVEL="info"):
        for bot_id in bots:
            world.until_status(bot_id, "running")


def test_replies_that_a_stopping_worker_did_not_get_to_are_sent_by_the_next(
    world: FleetRows,
) -> None:
    bot = world.add_bot(
        commands=[
            {"trigger": f"n{n}", "match": "command", "reply": {"text": f"{n}"}} for n in range(6)
        ]
    )
    person = world.sandbox.add_person(bot.id, 1001, first_name="Ann")

    def got() -> list[str]:
        return [message["text"] for message in world.sandbox.outbox(bot.id, person)]

    with running_worker(world) as worker:
        world.start(bot.id)
        for n in range(6):
            world.sandbox.write(bot.id, person, f"/n{n}")
        until(lambda: len(world.texts(bot.id)) == 6 and got(), 5)
        worker.stop()
    assert len(got()) < 6, "a chat gets a message a second"
    with running_worker(world):
        until(lambda: got() == ["0", "1", "2", "3", "4", "5"], 15)
    assert len(world.texts(bot.id)) == 6, "an unfinished reply is no second message"


def test_a_session_whose_fence_is_taken_stops_and_writes_nothing(
    world: FleetRows, worker: Worker
) -> None:
    bot = world.add_bot()
    world.start(bot.id)
    world.sandbox.add_people(bot.id, 1)
    other = "11111111-1111-4111-8111-111111111111"
    world.run("UPDATE bots SET instance_id = %s, worker = 'other' WHERE id = %s", other, bot.id)
    world.sandbox.write_many(bot.id, 5)
    until(lambda: worker.fleet.sessions == 0, 5)
    assert world.texts(bot.id) == []
    row = world.bot(bot.id)
    assert (str(row["instance_id"]), row["worker"], row["update_offset"]) == (other, "other", 0)
    assert row["status"] == "running"


def test_a_deleted_bot_ends_its_session(world: FleetRows, worker: Worker, bot: SandboxBot) -> None:
    world.run("UPDATE bots SET deleted_at = now(), instance_id = NULL WHERE id = %s", bot.id)
    until(lambda: worker.fleet.sessions == 0, 5)


@pytest.mark.parametrize("desired", list(Desired))
@pytest.mark.parametrize("status", ["starting", "running", "stopping"])
def test_releasing_a_bot_is_what_the_state_machine_says(
    world: FleetRows, worker: Worker, status: str, desired: Desired
) -> None:
    instance = uuid4()
    bot = world.add_bot(status=status, desired_status=desired, instance_id=instance)
    other = world.add_bot(status=status, desired_status=desired, instance_id=uuid4())
    before = BotState(BotStatus(status), desired, has_session=True)
    expected = bot_state.released(before).state.status
    releaser = worker.fleet.releaser
    assert worker.await_(releaser.release(Fence(bot.id, instance, "w"))) == expected
    assert worker.await_(releaser.release(Fence(other.id, instance, "w"))) is None
    row = world.bot(bot.id)
    assert (row["status"], row["instance_id"]) == (expected, None)
    assert world.bot(other.id)["status"] == status


class Requests(RuleBasedStateMachine):
    """Several people start, stop and restart two bots in any order, with and without pauses."""

    world: FleetRows

    def __init__(self) -> None:
        super().__init__()
        self.bots = [self.world.add_bot().id for _ in range(2)]
        self.wanted = dict.fromkeys(self.bots, False)

    @rule(which=st.integers(0, 1), pause=st.booleans())
    def start(self, which: int, pause: bool) -> None:
        self.world.ask(self.bots[which], start_stop.start)
        self.wanted[self.bots[which]] = True
        if pause:
            self.settle()

    @rule(which=st.integers(0, 1), pause=st.booleans())
    def stop(self, which: int, pause: bool) -> None:
        self.world.ask(self.bots[which], start_stop.stop)
        self.wanted[self.bots[which]] = False
        if pause:
            self.settle()

    @rule(which=st.integers(0, 1), pause=st.booleans())
    def restart(self, which: int, pause: bool) -> None:
        self.world.ask(self.bots[which], start_stop.restart)
        self.wanted[self.bots[which]] = True
        if pause:
            self.settle()

    @invariant()
    def a_bot_without_a_session_neither_runs_nor_stops(self) -> None:
        rows = self.world.run(
            """SELECT * FROM bots WHERE instance_id IS NULL AND status IN ('running', 'stopping')
               AND id = ANY(%s)""",
            self.bots,
        )
        assert rows == []

    def settle(self) -> None:
        for bot_id, wanted in self.wanted.items():
            self.world.until_status(bot_id, "running" if wanted else "stopped", 5)

    def teardown(self) -> None:
        self.settle()
        until(
            lambda: all(
                self.world.sandbox.bot(bot_id)["is_polling"] == wanted
                for bot_id, wanted in self.wanted.items()
            ),
            5,
        )
        for bot_id in self.bots:
            self.world.stop(bot_id)


@pytest.fixture
def shared_world(cluster: Cluster, sandbox: Sandbox) -> Iterator[FleetRows]:
    with cluster.database() as url:
        made = FleetRows(url, sandbox)
        yield made
        made.close()


def test_interleaved_requests_end_as_the_last_one_said(shared_world: FleetRows) -> None:
    with running_worker(shared_world):
        machine = type("Machine", (Requests,), {"world": shared_world})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=15,
                stateful_step_count=12,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
