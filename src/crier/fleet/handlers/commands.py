"""The owner's commands and auto-replies: a command first, then an exact text, then a part of one.

Within a kind the owner's order decides.
"""

from crier.fleet.handlers.event import Call, Event, ReplyRules, folded
from crier.fleet.handlers.reply import call


def answer(event: Event, rules: ReplyRules) -> list[Call] | None:
    """The reply of the first trigger that fits; None where none does."""
    if event.command is not None and event.command in rules.commands:
        return [call(rules.commands[event.command], event)]
    if not event.text or not (rules.exact or rules.contains):
        return None
    text = folded(event.text)
    reply = rules.exact.get(text) or next(
        (reply for part, reply in rules.contains if part in text), None
    )
    return None if reply is None else [call(reply, event)]
