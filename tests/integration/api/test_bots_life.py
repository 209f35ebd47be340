"""Start, stop and restart: what people ask for, the job and the nudge that follow, and the log."""

import uuid
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from crier.domain import bot_state
from crier.domain.bot_state import BotState, BotStatus, Desired
from crier.storage.models.bots import Bot
from crier.storage.models.records import LogRow
from tests.support.ads import add_bot
from tests.support.api import Api

JOBS = sa.text(
    "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'run_bot' AND status = 'todo'"
)


def jobs(api: Api) -> int:
    with api.session() as session:
        return int(session.scalar(JOBS) or 0)


def give_session(api: Api, **columns: Any) -> None:
    """What the fleet does when a worker takes the bot and Telegram has answered."""
    with api.session() as session:
        values = {"status": "running", "instance_id": uuid.uuid4(), "worker": "w:1", **columns}
        session.execute(sa.update(Bot).values(values))


def ask(api: Api, bot_id: int, action: str) -> dict[str, Any]:
    answer = api.oscar.post(f"/api/bots/{bot_id}/{action}")
    assert answer.status_code == 202, answer.text
    return dict(answer.json)


def test_a_start_defers_the_session_and_says_so_in_the_log(api: Api) -> None:
    bot_id = add_bot(api, api.oscar, status="stopped")
    bot = ask(api, bot_id, "start")
    assert (bot["status"], bot["desired_status"]) == ("starting", "running")
    with api.session() as session:
        job = session.execute(
            sa.text("SELECT queue_name, lock, queueing_lock, args FROM procrastinate_jobs")
        ).one()
        assert tuple(job) == ("bots", f"bot:{bot_id}", f"bot:{bot_id}", {"bot_id": bot_id})
        line = session.query(LogRow).one()
        assert line.message == "stopped -> starting: start asked for by oscar"
        assert line.context["was"] == "stopped"
        assert line.source == "api"


def test_starting_a_running_bot_changes_nothing(api: Api) -> None:
    bot_id = add_bot(api, api.oscar, status="stopped")
    ask(api, bot_id, "start")
    give_session(api)
    bot = ask(api, bot_id, "start")
    assert bot["status"] == "running"
    assert jobs(api) == 1
    with api.session() as session:
        assert session.query(LogRow).count() == 1


def test_starting_twice_asks_for_one_session(api: Api) -> None:
    bot_id = add_bot(api, api.oscar, status="stopped")
    assert [ask(api, bot_id, "start")["status"] for _ in range(2)] == ["starting", "starting"]
    assert jobs(api) == 1


def test_a_bot_without_a_session_stops_at_once(api: Api) -> None:
    bot_id = add_bot(api, api.oscar, status="stopped")
    ask(api, bot_id, "start")
    bot = ask(api, bot_id, "stop")
    assert (bot["status"], bot["desired_status"]) == ("stopped", "stopped")
    assert ask(api, bot_id, "stop")["status"] == "stopped"


def test_a_bot_with_a_session_is_stopping_until_the_session_ends(api: Api) -> None:
    bot_id = add_bot(api, api.oscar)
    give_session(api)
    assert ask(api, bot_id, "stop")["status"] == "stopping"
    bot = ask(api, bot_id, "start")
    assert (bot["status"], bot["desired_status"]) == ("stopping", "running")
    assert jobs(api) == 0


def test_a_restart_raises_the_generation_of_a_running_bot_and_starts_a_stopped_one(
    api: Api,
) -> None:
    bot_id = add_bot(api, api.oscar)
    give_session(api)
    assert ask(api, bot_id, "restart")["status"] == "running"
    with api.session() as session:
        assert session.query(Bot).one().generation == 1
        session.execute(sa.update(Bot).values(status="stopped", instance_id=None))
    assert ask(api, bot_id, "restart")["status"] == "starting"
    assert jobs(api) == 1


@pytest.mark.parametrize("action", ["start", "stop", "restart"])
def test_every_ask_nudges_session_and_deliveries_when_it_is_committed(
    api: Api, database_url: str, action: str
) -> None:
    bot_id = add_bot(api, api.oscar)
    give_session(api)
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("LISTEN crier")
        ask(api, bot_id, action)
        notes = [note.payload for note in listener.notifies(timeout=10, stop_after=2)]
    assert notes == [f"bot:{bot_id}", f"deliver:{bot_id}"]


class Fleet(RuleBasedStateMachine):
    """People ask over HTTP while a fleet of one worker does its work on the rows."""

    api: Api

    def __init__(self) -> None:
        super().__init__()
        self.bot_id = add_bot(self.api, self.api.oscar, status="stopped")
        self.working = False

    @rule(action=st.sampled_from(["start", "stop", "restart"]))
    def somebody_asks(self, action: str) -> None:
        self.last = action
        ask(self.api, self.bot_id, action)

    @rule(event=st.sampled_from(["taken", "answered", "ended", "released", "refused"]))
    def the_worker_does(self, event: str) -> None:
        with self.api.session() as session:
            bot = session.get_one(Bot, self.bot_id, with_for_update=True)
            if event == "taken":
                waiting = sa.text(
                    "DELETE FROM procrastinate_jobs WHERE queueing_lock = :lock RETURNING id"
                )
                lock = {"lock": f"bot:{self.bot_id}"}
                if self.working or not session.execute(waiting, lock).all():
                    return
            elif not self.working:
                return
            step = getattr(bot_state, event)(self.state(bot))
            bot.status, had = step.state.status.value, bot.instance_id
            bot.instance_id = (had or uuid.uuid4()) if step.state.has_session else None
            self.working = step.state.has_session
            if event == "released" and step.state.desired is Desired.RUNNING:
                session.flush()
                session.execute(
                    sa.text(
                        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock) "
                        "VALUES ('bots', 'run_bot', :lock) ON CONFLICT DO NOTHING"
                    ),
                    {"lock": f"bot:{self.bot_id}"},
                )

    @invariant()
    def no_bot_that_is_to_run_is_forgotten(self) -> None:
        with self.api.session() as session:
            bot = session.get_one(Bot, self.bot_id)
            waiting = session.scalar(
                sa.text("SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock = :lock"),
                {"lock": f"bot:{self.bot_id}"},
            )
            state = self.state(bot)
        if state.has_session:
            assert state.status in {BotStatus.STARTING, BotStatus.RUNNING, BotStatus.STOPPING}
        elif state.desired is Desired.RUNNING:
            assert state.status is BotStatus.ERROR or (
                state.status is BotStatus.STARTING and waiting
            )
        else:
            assert state.status in {BotStatus.STOPPED, BotStatus.ERROR}

    @staticmethod
    def state(bot: Bot) -> BotState:
        return BotState(
            BotStatus(bot.status),
            Desired(bot.desired_status),
            bot.instance_id is not None,
            bot.generation,
        )


def test_whatever_people_ask_for_in_between_no_bot_is_forgotten(api: Api) -> None:
    Fleet.api = api
    run_state_machine_as_test(
        Fleet,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
