"""What a worker holds of one recipient: before its send, and once its outcome is known."""

from typing import NamedTuple

import msgspec

from crier.domain.outcomes import Action, ChatStatus, Outcome


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """A claimed position and what its send needs; `chat_id` is the snapshot's."""

    position: int
    chat_id: int
    gone: str | None
    """Why the chat is not to be sent to any more."""
    first_name: str | None
    username: str | None
    migrated_to: int | None
    tries: int = 0
    kept: Outcome | None = None
    """What a `gone` recipient of a retry was before it, and stays."""


class Kept(NamedTuple):
    """A recipient of a retry that is not reached any more: the last try's outcome holds."""

    position: int
    chat_id: int
    outcome: Outcome


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """How one recipient ended; a line of the ledger."""

    position: int
    chat_id: int
    outcome: Outcome
    at: float
    message_id: int | None = None
    code: int | None = None
    error: str | None = None
    action: Action | None = None
    chat_status: ChatStatus | None = None
    migrated_to: int | None = None
