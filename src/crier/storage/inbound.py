"""Takes in what Telegram's webhook calls bring: durably stored, then handled by the bot's session.

The API answers 200 once `store_webhook` is committed; the session handles a stored update exactly
like a polled one. The primary key of `webhook_updates` holds that an update counts once: a handled
row stays, without its body, for longer than Telegram repeats an update (24 hours).
"""

from typing import Final

from crier.storage.queries import Statement, StatementTemplate
from crier.storage.queue import notify

_STORE: Final = StatementTemplate[None](
    """
    INSERT INTO webhook_updates (bot_id, update_id, body)
    VALUES (%(bot_id)s, %(update_id)s, %(body)s)
    ON CONFLICT (bot_id, update_id) DO NOTHING
    """
)

FORGET: Final = """
    DELETE FROM webhook_updates
    WHERE received_at < now() - interval '2 days'
      AND (body IS NULL OR bot_id IN (SELECT id FROM bots WHERE deleted_at IS NOT NULL))
"""
"""Lets go of handled updates that Telegram repeats no more, and of what came in the moment in which
a bot was deleted; once a day."""


def topic(bot_id: int) -> str:
    """Return what a session listens for, to hear of webhook updates."""
    return f"inbox:{bot_id}"


def store_webhook(
    bot_id: int, update_id: int, body: bytes
) -> tuple[Statement[None], Statement[None]]:
    """Statements that store one update as it came and nudge the bot's session.

    A repeated `update_id` changes nothing. Both numbers have to fit into 64 bits. Refuse the call
    before (404) where the bot is deleted or polls: Telegram keeps what was refused, and polling
    brings it.
    """
    stored = _STORE(bot_id=bot_id, update_id=update_id, body=body)
    return stored, notify(topic(bot_id))
