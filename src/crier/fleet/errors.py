"""How a session ends, as errors.

FleetError
├── HandedBack   the worker stops: the job goes back to the queue      (control flow)
├── FenceLost    another session has this bot: stop without a word     (control flow)
└── BotRefused   the bot cannot run before its owner does something
"""

from crier.errors import CrierError


class FleetError(CrierError):
    """Root of this package's errors."""


class HandedBack(FleetError):  # noqa: N818 (control flow, no failure)
    """The session has reached a safe point and given its bot up for any worker to take."""


class FenceLost(FleetError):  # noqa: N818 (control flow, no failure)
    """`bots.instance_id` names another session: nothing of this one may be written any more."""


class BotRefused(FleetError):  # noqa: N818
    """Telegram refuses the bot for good; the text says what its owner is to do."""
