"""Personal fields: `{first_name}` and `{username}` in a text, filled in for each recipient.

`\\{first_name}` is none.
"""

import re
from typing import Final

from crier.domain.markup import escape

FIELD: Final = re.compile(r"(?<!\\)\{(first_name|username)\}")
# Telegram's own limits of the two fields, in characters.
FIELD_MAX_CHARS: Final = {"first_name": 64, "username": 32}

_WORST: Final = {"first_name": "<&\"'_*[]()~`>#+-=|{}.!\\ xxxxxxxx" * 2, "username": "a_" * 16}


def samples(text: str, parse_mode: str | None) -> tuple[str, str]:
    """`text` for somebody without names, and for somebody whose names are as long and as full of
    markup as names can be."""

    def worst(field: re.Match[str]) -> str:
        return escape(_WORST[field[1]], parse_mode)

    return FIELD.sub("", text), FIELD.sub(worst, text)
