"""Every row of the error table in a real broadcast: what its recipient and its chat become."""

import pytest

from crier.broadcast import sender
from crier.domain.outcomes import Action, chat_status_after
from crier.telegram import error_table
from tests.support.engine import AdRows, deliver, running_context
from tests.support.refusals import ROWS

AGAIN = {Action.WAIT, Action.BOT_STOP}
SENDS = [row for row in ROWS if row[2] is not Action.OK]  # that is for other methods
OTHERS = 2 * len(SENDS)
"""People with nothing to refuse: the broadcast is fine, and most of it gets through."""


def expected(code: int, description: str, action: Action) -> tuple[str, str]:
    """Outcome of the recipient who is answered so once, and status of the chat."""
    verdict = error_table.classify(code, description)
    status = chat_status_after(action, after_repeats=verdict.after_repeats)
    if code >= 500:
        outcome = "unknown"
    elif action in AGAIN or code == 409 or verdict.retries:
        outcome = "sent"
    else:
        outcome = "blocked" if action is Action.BLOCKED else "failed"
    return outcome, status.value if status else "active"


async def test_each_refusal_ends_its_recipient_and_its_chat_as_the_table_says(
    world: AdRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sender, error_table):
        monkeypatch.setattr(module, "PEER_FLOOD_PAUSE_S", 0.1)
    bot = world.add_bot(people=OTHERS + len(SENDS))
    people = sorted(row["chat_id"] for row in world.run("SELECT chat_id FROM subscribers"))
    refused = dict(zip(people[1::3], SENDS, strict=False))  # those between end every wait
    for chat, (code, description, _) in refused.items():
        answer = {"status": code, "description": description}
        world.sandbox.add_fault(
            "error", bot=bot.id, methods=["sendMessage"], chats=[chat], count=1, **answer
        )
    broadcast_id = world.launch()

    async with running_context(world) as context:
        await deliver(context, bot.id, limit_s=60)
    outcomes = {chat: outcome for (_, chat), outcome in world.outcomes(broadcast_id).items()}
    rows = world.run("SELECT chat_id, status FROM subscribers")
    statuses = {row["chat_id"]: row["status"] for row in rows}
    found = {row: (outcomes[chat], statuses[chat]) for chat, row in refused.items()}
    assert found == {row: expected(*row) for row in SENDS}
    got = {line.chat_id: line.accepted for line in world.sandbox.received(bot.id)}
    assert all(got[chat] == (outcome == "sent") for chat, outcome in outcomes.items())
    assert {outcomes[chat] for chat in people if chat not in refused} == {"sent"}
