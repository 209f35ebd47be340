"""The state machine of a bot, walked through every state that it can reach."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crier.domain import bot_state
from crier.domain.bot_state import BotState, BotStatus, BotStep, Desired

FRESH = BotState(BotStatus.STOPPED, Desired.STOPPED, has_session=False)
ASKED = (bot_state.start, bot_state.stop, bot_state.restart, bot_state.new_token)
OF_A_SESSION = (
    bot_state.answered,
    bot_state.ended,
    bot_state.released,
    bot_state.refused,
)


def refused_elsewhere(state: BotState) -> BotStep:
    """What a delivery writes whose token was refused, in SQL."""
    return BotStep(replace(state, status=BotStatus.ERROR) if state.desired == "running" else state)


World = tuple[BotState, bool]  # the row, and whether a job waits or runs


def events(world: World) -> list[Callable[[BotState], BotStep]]:
    state, job = world
    found: list[Callable[[BotState], BotStep]] = list(ASKED)
    if job:
        found.append(bot_state.taken)  # again, too: the job of a worker that died
    return [*found, *OF_A_SESSION, refused_elsewhere] if state.has_session else found


def after(world: World, event: Callable[[BotState], BotStep]) -> World:
    step = event(world[0])
    finished = event is not bot_state.released and event not in ASKED
    job = step.defer or (world[1] and not (finished and not step.state.has_session))
    plain = BotState(step.state.status, step.state.desired, step.state.has_session)
    return plain, job


def reachable() -> set[World]:
    found: set[World] = set()
    todo: list[World] = [(FRESH, False)]
    while todo:
        world = todo.pop()
        if world not in found:
            found.add(world)
            todo += [after(world, event) for event in events(world)]
    return found


def test_every_reachable_state_keeps_the_invariants() -> None:
    for state, job in reachable():
        if state.has_session:
            assert job, state
            assert state.status is not BotStatus.STOPPED
            for ask in (bot_state.start, bot_state.restart, bot_state.new_token):
                woken = ask(state).state
                if woken.desired is Desired.RUNNING:
                    assert woken.status is not BotStatus.ERROR, "asking leads out of an error"
                    assert bot_state.answered(woken).state.status is BotStatus.RUNNING
        elif state.desired is Desired.RUNNING:
            assert state.status is BotStatus.ERROR or (state.status is BotStatus.STARTING and job)
        else:
            assert state.status in {BotStatus.STOPPED, BotStatus.ERROR}


def test_every_status_can_be_reached_and_no_event_breaks_the_table() -> None:
    assert {state.status for state, _ in reachable()} == set(BotStatus)


def test_the_last_wish_wins_once_the_session_has_looked() -> None:
    for state, job in reachable():
        running, _ = after((state, job), bot_state.start)
        assert running.desired is Desired.RUNNING
        stopped, _ = after((state, job), bot_state.stop)
        end = bot_state.ended(stopped).state if stopped.has_session else stopped
        assert (end.status, end.has_session) == (BotStatus.STOPPED, False)


@pytest.mark.parametrize("ask", [bot_state.start, bot_state.stop])
def test_asking_twice_is_asking_once(ask: Callable[[BotState], BotStep]) -> None:
    for state, _ in reachable():
        once = ask(state)
        assert ask(once.state).state == once.state


def test_a_stop_that_is_taken_back_keeps_the_session() -> None:
    stopping = BotState(BotStatus.STOPPING, Desired.STOPPED, has_session=True)
    again = bot_state.start(stopping).state
    assert bot_state.ended(again).state.has_session
    assert bot_state.answered(again).state.status is BotStatus.RUNNING


@pytest.mark.parametrize("status", list(BotStatus))
@pytest.mark.parametrize("desired", list(Desired))
def test_asking_repairs_a_row_that_lost_its_session(status: BotStatus, desired: Desired) -> None:
    lost = BotState(status, desired, has_session=False)
    assert bot_state.stop(lost).state.status is BotStatus.STOPPED
    for ask in (bot_state.start, bot_state.restart):
        assert (ask(lost).state.status, ask(lost).defer) == (BotStatus.STARTING, True)


def test_a_new_token_leads_out_of_error_to_what_the_owner_wants() -> None:
    broken = BotState(BotStatus.ERROR, Desired.RUNNING, has_session=False)
    assert bot_state.new_token(broken).defer
    assert bot_state.new_token(broken).state.status is BotStatus.STARTING


def test_a_change_that_the_table_does_not_have_is_an_error() -> None:
    with pytest.raises(bot_state.ForbiddenTransitionError, match="stopped -> running"):
        FRESH.to(BotStatus.RUNNING)
