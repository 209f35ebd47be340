"""The numbers that replace the chat ids of people who were erased.

Rows that are counted stay, with a number in the place of the chat id, so that every sum and every
count of different chats is what it was. The number is below -2^52: Telegram's ids have at most 52
significant bits, so none is ever a chat, and above -2^53, so that it is exact in JSON. It is a
hash of a salt, which is forgotten with the end of the erasure; until then an erasure that was
interrupted goes on with the same number. A bot has a number of its own for the same person.
"""

import hashlib
from typing import Final
from uuid import UUID

LAST: Final = -(2**52) - 1
"""Chat ids up to this one stand for nobody."""
NOBODY: Final = 0
"""The chat of a click whose person was erased before it."""


def stand_in(salt: UUID, bot_id: int) -> int:
    """Return the number that replaces a chat in the rows of one bot."""
    digest = hashlib.sha256(salt.bytes + bot_id.to_bytes(8)).digest()
    return LAST - (int.from_bytes(digest[:7]) >> 5)
