"""What Telegram's answer to a send means: the action it calls for, and the recipient's outcome.

`crier.telegram.error_table` maps every known answer of Telegram's to an `Action`; here is only what
follows from one. The values are what API and database show.
"""

from enum import StrEnum


class Action(StrEnum):
    """The one reaction that an answer of Telegram calls for."""

    OK = "ok"
    BLOCKED = "blocked"
    """The person blocked this bot; they revive with any message."""
    DEAD = "dead"
    """The account or group is gone for good."""
    DROP = "drop"
    """The chat cannot be reached by this bot."""
    SKIP = "skip"
    """This message to this chat failed; the chat stays."""
    MIGRATE = "migrate"
    """The group has a new id: store it and send again there, once."""
    WAIT = "wait"
    """This bot pauses for `retry_after_s`, then the same recipient is tried again."""
    BACKOFF = "backoff"
    """Telegram or the way to it is down: try later."""
    BOT_STOP = "bot_stop"
    """The token does not work any more: nothing of this bot can be sent."""
    CONTENT_STOP = "content_stop"
    """The content is refused and would be for everybody: stop the broadcast."""


class Outcome(StrEnum):
    """How a recipient of a broadcast ended; exactly one for each recipient."""

    SENT = "sent"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class ChatStatus(StrEnum):
    """Whether a bot can write to a chat."""

    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BLOCKED = "blocked"
    GONE = "gone"


_FINAL = {
    Action.OK: Outcome.SENT,
    Action.BLOCKED: Outcome.BLOCKED,
    Action.DEAD: Outcome.FAILED,
    Action.DROP: Outcome.FAILED,
    Action.SKIP: Outcome.FAILED,
    Action.CONTENT_STOP: Outcome.FAILED,
}

_CHAT_AFTER = {
    Action.BLOCKED: ChatStatus.BLOCKED,
    Action.DEAD: ChatStatus.GONE,
    Action.DROP: ChatStatus.GONE,
}


def outcome_of(action: Action, *, doubtful: bool) -> Outcome | None:
    """Return the outcome of a recipient whose send was answered like this.

    None: nothing is settled (wait, back off, migrate, token refused), the recipient is to be
    tried again. A doubtful send is `unknown` whatever its action: nobody can say whether the
    message went out.
    """
    return Outcome.UNKNOWN if doubtful else _FINAL.get(action)


def chat_status_after(action: Action, *, after_repeats: bool = False) -> ChatStatus | None:
    """Return the chat status that an answer proves, or None where it proves nothing.

    `after_repeats` marks answers that one must see several times before they are believed
    (Telegram has sent some of them to everybody by mistake).
    """
    return None if after_repeats else _CHAT_AFTER.get(action)
