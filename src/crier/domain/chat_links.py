"""What links a Telegram chat to an account: codes in deep links, and what is said about them.

A code is `PREFIX` and 256 random bits, 50 characters of the 64 that Telegram takes behind
`?start=`. Nothing else has this shape, so every other payload stays what it is: where somebody came
from.
"""

import re
import secrets
from typing import Final, NamedTuple

PREFIX: Final = "mychat_"
_CODE: Final = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}", re.ASCII)
UNLINK: Final = "crier:unlink"
"""What the button under `linked` sends."""
BUTTON: Final = "Not my account: unlink"
UNLINKED: Final = "This chat is linked to no account any more."
NOT_LINKED: Final = (
    "This link is not good: it was used, is older than 15 minutes, or is not whole. Take a new one "
    "in Crier under Notices."
)


class LinkRequest(NamedTuple):
    """What a person asks of the platform's bot: to link their chat, or to unlink it."""

    code: str | None
    """None: to unlink."""
    name: str
    """What the person calls themselves."""


def new_code() -> str:
    """Return a code that nobody can guess."""
    return f"{PREFIX}{secrets.token_urlsafe(32)}"


def is_code(payload: str | None) -> bool:
    """Return whether the payload of a deep link has the shape of a code."""
    return payload is not None and _CODE.fullmatch(payload) is not None


def without_codes(text: str | None) -> str | None:
    """Return a text as it may be kept: a code in it could still be good."""
    return text and _CODE.sub(PREFIX + "…", text)


def linked(username: str) -> str:
    """Return what is said to the person of a chat that was linked."""
    return (
        f"This chat is linked to the account {username}. Notices come here; you choose which in "
        "Crier under Notices."
    )
