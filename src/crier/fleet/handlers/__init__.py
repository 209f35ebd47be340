"""What a bot answers by itself: one module a behaviour, each a pure function from event to calls.

A behaviour is `answer(event, rules) -> list[Call] | None`; None leaves the event to the next one.
To add one: write its module, put it into `BEHAVIOURS` in its order, and test it by its events.
"""

from collections.abc import Callable

from crier.fleet.handlers import callbacks, commands, welcome
from crier.fleet.handlers.event import Call, Event, ReplyRules

__all__ = ["Call", "Event", "ReplyRules", "answer"]

Behaviour = Callable[[Event, ReplyRules], list[Call] | None]
BEHAVIOURS: tuple[Behaviour, ...] = (welcome.answer, commands.answer)


def answer(event: Event, rules: ReplyRules) -> list[Call]:
    """Everything that is to be called in answer to an event; a press is always acknowledged."""
    calls = callbacks.acknowledge(event)
    for behaviour in BEHAVIOURS:
        answered = behaviour(event, rules)
        if answered is not None:
            return calls + answered
    return calls
