"""Start, stop and restart: what people ask of a bot, on its locked row.

The transitions are `domain/bot_state.py`. Every function here is called with the
`bots` row locked (`FOR UPDATE`) by the caller's transaction, which also holds the job that is
deferred, the notification and the log line, so that either all of them happen or none.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from crier.domain import bot_state
from crier.domain.bot_state import BotState, BotStatus, BotStep, Desired
from crier.services import audit
from crier.services.caller import Caller
from crier.storage import queue
from crier.storage.engine import run
from crier.storage.models.bots import Bot
from crier.storage.models.records import LogRow

Transition = Callable[[BotState], BotStep]


def start(session: Session, caller: Caller, bot: Bot) -> None:
    """Ask for the bot to run."""
    _ask(session, caller, bot, "start", bot_state.start)


def stop(session: Session, caller: Caller, bot: Bot) -> None:
    """Ask for the bot to stop."""
    _ask(session, caller, bot, "stop", bot_state.stop)


def restart(session: Session, caller: Caller, bot: Bot) -> None:
    """Ask for a fresh session of the bot."""
    _ask(session, caller, bot, "restart", bot_state.restart)


def _ask(session: Session, caller: Caller, bot: Bot, action: str, event: Transition) -> None:
    apply(session, bot, event, f"{action} asked for by {caller.label}")
    audit.record(session, caller, f"bot.{action}", "bot", bot.id, {"status": bot.status})


def apply(session: Session, bot: Bot, event: Transition, reason: str) -> None:
    """Take a step of the bot's life, write down why, and nudge its session."""
    before = _state_of(bot)
    step = event(before)
    bot.status, bot.desired_status = step.state.status.value, step.state.desired.value
    bot.generation = step.state.generation
    if before.status is BotStatus.ERROR and step.state.status is not BotStatus.ERROR:
        bot.error_at = None
    if step.state != before:
        session.add(_log_row(bot, before, step.state, reason))
    session.flush()
    if step.defer:
        run(session, queue.defer_run_bot(bot.id))
    nudge(session, bot)


def nudge(session: Session, bot: Bot) -> None:
    """Have the bot's session and its deliveries read its row once this transaction is committed."""
    run(session, queue.notify(f"bot:{bot.id}", f"deliver:{bot.id}"))


def _state_of(bot: Bot) -> BotState:
    return BotState(
        status=BotStatus(bot.status),
        desired=Desired(bot.desired_status),
        has_session=bot.instance_id is not None,
        generation=bot.generation,
    )


def _log_row(bot: Bot, before: BotState, after: BotState, reason: str) -> LogRow:
    changed = before.status is not after.status
    return LogRow(
        bot_id=bot.id,
        log_level="info",
        message=f"{before.status} -> {after.status}: {reason}" if changed else reason,
        source="api",
        context={
            "status": after.status.value,
            "was": before.status.value,
            "desired": after.desired.value,
            "reason": reason,
        },
    )
