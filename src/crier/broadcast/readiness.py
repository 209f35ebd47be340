"""What of a bot's row keeps it from sending, for now or for good."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from crier.broadcast.delivery_state import Wait

TOKEN_GRACE = timedelta(minutes=10)
"""How long a bot whose token was refused may get a new one."""


class SendingBot(NamedTuple):
    """What a delivery runner needs to know of its bot; `bot_token` is sealed."""

    bot_token: str
    desired_status: str
    flood_until: datetime | None
    error_at: datetime | None
    last_error: str | None
    deleted_at: datetime | None
    send_rate: float | None
    replies: int
    """Those that a session elsewhere sent lately (`rows.LATELY_S`)."""


def reason_to_wait(bot: SendingBot) -> Wait | None:
    """Return why the bot cannot send now, if it cannot."""
    if bot.error_at:
        until = (bot.error_at + TOKEN_GRACE).timestamp()
        return Wait("a new token: Telegram refuses the bot's", until)
    if bot.desired_status != "running":
        return Wait("the bot to be started")
    return None


def reason_to_end(bot: SendingBot) -> str | None:
    """Return why the bot will not send any more, if so."""
    if bot.deleted_at:
        return "the bot was deleted"
    if bot.error_at and datetime.now(UTC) - bot.error_at > TOKEN_GRACE:
        return "the bot's token was refused"
    return None
