"""How a session ends, as errors.

FleetError
├── FenceLost    another session has this bot: stop and write nothing     (control flow)
└── BotRefused   the bot cannot run before its owner does something
"""

from crier.errors import CrierError


class FleetError(CrierError):
    """Root of this package's errors."""


class FenceLost(FleetError):  # noqa: N818 (control flow, no failure)
    """`bots.instance_id` names another session: nothing of this one may be written any more."""


class BotRefused(FleetError):  # noqa: N818
    """The bot cannot run; the text says what its owner is to do."""
