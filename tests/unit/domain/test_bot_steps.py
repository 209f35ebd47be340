"""What each event makes of a bot's state, said in full."""

import pytest

from crier.domain import bot_state
from crier.domain.bot_state import TRANSITIONS, BotState, BotStatus, BotStep, Desired

STOPPED, STARTING, RUNNING = BotStatus.STOPPED, BotStatus.STARTING, BotStatus.RUNNING
STOPPING, ERROR = BotStatus.STOPPING, BotStatus.ERROR
RUN, HALT = Desired.RUNNING, Desired.STOPPED


def test_the_table_of_statuses() -> None:
    assert {
        STOPPED: {STARTING},
        STARTING: {RUNNING, STOPPING, STOPPED, ERROR},
        RUNNING: {STARTING, STOPPING, STOPPED, ERROR},
        STOPPING: {STOPPED, STARTING, RUNNING, ERROR},
        ERROR: {STARTING, STOPPED, RUNNING, STOPPING},
    } == TRANSITIONS


@pytest.mark.parametrize("status", BotStatus)
def test_a_status_that_the_table_does_not_lead_to_is_refused(status: BotStatus) -> None:
    for to in BotStatus:
        if to is status or to in TRANSITIONS[status]:
            assert BotState(status, RUN, has_session=True).to(to).status is to
        else:
            with pytest.raises(bot_state.ForbiddenTransitionError):
                BotState(status, RUN, has_session=True).to(to)


def test_a_state_begins_with_no_generation_and_a_step_defers_nothing() -> None:
    state = BotState(STOPPED, HALT, has_session=False)
    assert state.generation == 0
    assert BotStep(state).defer is False


def test_what_makes_a_session_start_over_is_one_generation_more() -> None:
    failed = BotState(ERROR, RUN, has_session=True, generation=5)
    runs = BotState(RUNNING, RUN, has_session=True, generation=5)
    assert bot_state.start(failed).state == BotState(STARTING, RUN, True, 6)
    assert bot_state.restart(runs).state == BotState(RUNNING, RUN, True, 6)
    assert bot_state.new_token(runs).state == BotState(RUNNING, RUN, True, 6)


def test_a_job_takes_a_bot_only_where_it_is_to_run() -> None:
    for status in (STARTING, RUNNING, STOPPING):
        taken = bot_state.taken(BotState(status, RUN, has_session=False)).state
        assert taken == BotState(STARTING, RUN, has_session=True)
    for status in (STOPPED, ERROR):
        left = BotState(status, RUN, has_session=False)
        assert bot_state.taken(left).state == left
    died = BotState(RUNNING, HALT, has_session=True)
    assert bot_state.taken(died).state == BotState(STOPPED, HALT, has_session=False)


def test_an_end_and_a_release_leave_no_session_and_an_error_stays() -> None:
    failed = BotState(ERROR, HALT, has_session=True)
    assert bot_state.ended(failed).state == failed
    runs = BotState(RUNNING, RUN, has_session=True)
    assert bot_state.ended(runs).state == runs
    stopping = BotState(STOPPING, HALT, has_session=True)
    assert bot_state.ended(stopping).state == BotState(STOPPED, HALT, has_session=False)
    assert bot_state.released(runs).state == BotState(STARTING, RUN, has_session=False)
    assert bot_state.released(stopping).state == BotState(STOPPED, HALT, has_session=False)


def test_a_refused_token_is_an_error_unless_the_bot_is_to_stop() -> None:
    runs = BotState(RUNNING, RUN, has_session=True)
    assert bot_state.refused(runs).state == BotState(ERROR, RUN, has_session=False)
    stopping = BotState(STOPPING, HALT, has_session=True)
    assert bot_state.refused(stopping).state == BotState(STOPPED, HALT, has_session=False)
