"""/start is answered with the owner's welcome, where there is one."""

from crier.fleet.handlers.event import Call, Event, ReplyRules
from crier.fleet.handlers.reply import call


def answer(event: Event, rules: ReplyRules) -> list[Call] | None:
    """The welcome; None leaves /start to the owner's commands."""
    if event.command != "start" or rules.welcome is None:
        return None
    return [call(rules.welcome, event)]
