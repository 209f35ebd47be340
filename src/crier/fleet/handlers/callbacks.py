"""A press on a button is acknowledged, so that the person's client stops showing a spinner.

What it says is then answered as if the person had written it.
"""

from crier.fleet.handlers.event import Call, Event


def acknowledge(event: Event) -> list[Call]:
    """The call that ends the spinner; nothing for what is no press."""
    if event.callback_id is None:
        return []
    return [Call("answerCallbackQuery", {"callback_query_id": event.callback_id})]
