"""The states of a bot as a state machine: pure, shared by the API (what people ask for) and the
fleet (what a session finds).

    stopped ──start──▶ starting ──Telegram answers──▶ running ──stop──▶ stopping ──ends──▶ stopped

`error` is where a refused token leads, from any state with a session; a start, a restart or a new
token leads out of it. `status` is what the bot does now, `desired` what the owner asked for last.
A request changes `status` itself only where no session would do it: everywhere else the session,
which reads `desired` and `generation`, does.

Invariants, held by running each function on the locked `bots` row and writing its result back in
the same transaction (`tests/unit/domain/test_bot_state.py` walks them all):

- a bot with a session is `starting`, `running` or `stopping`; or in `error`, where a delivery has
  found the token refused (`broadcast.sql`, refuse) and the session does not know yet;
- a bot that is to run and has no session is in `error`, or `starting` with a job that is waiting;
- a bot that is to stop and has no session is `stopped` (or in `error`, until it is asked to stop).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class BotStatus(StrEnum):
    """What a bot does now; the words of `bots.status`."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    ERROR = "error"


class Desired(StrEnum):
    """What the owner asked for last; the words of `bots.desired_status`."""

    RUNNING = "running"
    STOPPED = "stopped"


TRANSITIONS: Final[dict[BotStatus, frozenset[BotStatus]]] = {
    BotStatus.STOPPED: frozenset({BotStatus.STARTING}),
    BotStatus.STARTING: frozenset(
        {BotStatus.RUNNING, BotStatus.STOPPING, BotStatus.STOPPED, BotStatus.ERROR}
    ),
    # Back to starting: the session starts over, or was lost and waits for another worker.
    # To stopped at once: a row that somebody repaired by hand has no session.
    BotStatus.RUNNING: frozenset(
        {BotStatus.STARTING, BotStatus.STOPPING, BotStatus.STOPPED, BotStatus.ERROR}
    ),
    # Back to starting or running: somebody asked for a start before the session had ended.
    BotStatus.STOPPING: frozenset(
        {BotStatus.STOPPED, BotStatus.STARTING, BotStatus.RUNNING, BotStatus.ERROR}
    ),
    # To running or stopping: a delivery was refused first, and the session did not know yet.
    BotStatus.ERROR: frozenset(
        {BotStatus.STARTING, BotStatus.STOPPED, BotStatus.RUNNING, BotStatus.STOPPING}
    ),
}


class ForbiddenTransitionError(ValueError):
    """A change of status that the table does not have: a bug of ours, never a user's mistake."""


@dataclass(frozen=True, slots=True)
class BotState:
    """The columns of a bots row that the state machine reads and writes."""

    status: BotStatus
    desired: Desired
    has_session: bool
    """Whether `instance_id` is set."""
    generation: int = 0

    def to(self, status: BotStatus) -> "BotState":
        """This state with another status.

        Raises:
            ForbiddenTransitionError: the table does not allow it.
        """
        if status is not self.status and status not in TRANSITIONS[self.status]:
            raise ForbiddenTransitionError(f"{self.status} -> {status}")
        return replace(self, status=status)


@dataclass(frozen=True, slots=True)
class BotStep:
    """What follows from an event: the state to write, and whether to defer `run_bot`."""

    state: BotState
    defer: bool = False


def start(state: BotState) -> BotStep:
    """Somebody asks for the bot to run. Asking again changes nothing.

    Without a session the job is asked for every time: one that waits already makes that free.
    """
    state = replace(state, desired=Desired.RUNNING)
    if not state.has_session:
        return BotStep(state.to(BotStatus.STARTING), defer=True)
    if state.status is BotStatus.ERROR:  # the session starts over
        return BotStep(replace(state.to(BotStatus.STARTING), generation=state.generation + 1))
    return BotStep(state)


def stop(state: BotState) -> BotStep:
    """Somebody asks for the bot to stop; without a session it is stopped at once."""
    state = replace(state, desired=Desired.STOPPED)
    return BotStep(state.to(BotStatus.STOPPING if state.has_session else BotStatus.STOPPED))


def restart(state: BotState) -> BotStep:
    """Somebody asks for a fresh session: the one that runs starts over, else one is started."""
    return start(replace(state, generation=state.generation + 1))


def new_token(state: BotState) -> BotStep:
    """The bot has another token: the session starts over with it, and an error is forgotten."""
    state = replace(state, generation=state.generation + 1)
    if state.status is not BotStatus.ERROR:
        return BotStep(state)
    return start(state) if state.desired is Desired.RUNNING else stop(state)


def taken(state: BotState) -> BotStep:
    """A worker begins the bot's job. Take the fence only where the result has a session.

    Where the bot is not to run, or its token is refused, the job has nothing to do; a session
    that died without ending is ended here.
    """
    if state.desired is Desired.STOPPED:
        return ended(state)
    if state.status in {BotStatus.STOPPED, BotStatus.ERROR}:
        return BotStep(state)
    return BotStep(replace(state.to(BotStatus.STARTING), has_session=True))


def answered(state: BotState) -> BotStep:
    """The session heard from Telegram, or goes on because a stop was taken back."""
    return BotStep(state.to(BotStatus.RUNNING) if state.desired is Desired.RUNNING else state)


def ended(state: BotState) -> BotStep:
    """The session asks to end; it goes on where somebody has started the bot again."""
    if state.desired is Desired.RUNNING or state.status is BotStatus.ERROR:
        return BotStep(state)
    return BotStep(replace(state.to(BotStatus.STOPPED), has_session=False))


def released(state: BotState) -> BotStep:
    """The session's worker stops or died: its job waits again, for any worker.

    The job itself goes back to the queue (put back or reclaimed), so nothing is deferred here.
    """
    if state.desired is Desired.STOPPED:
        return ended(state)
    return BotStep(replace(state.to(BotStatus.STARTING), has_session=False))


def refused(state: BotState) -> BotStep:
    """Telegram refuses the token (401, 404): the session ends, and no worker tries again."""
    if state.desired is Desired.STOPPED:
        return ended(state)
    return BotStep(replace(state.to(BotStatus.ERROR), has_session=False))
