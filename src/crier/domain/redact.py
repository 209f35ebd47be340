"""Bot tokens: how they look, and how to take them out of any text.

Stands below everything, because logs, error texts and the Telegram client all need it.
"""

import re
from re import Pattern

_TOKEN: Pattern[str] = re.compile(r"[1-9][0-9]{0,15}:[A-Za-z0-9_-]{24,}", re.ASCII)
_TOKEN_MAX_CHARS = 80

# The colon may be percent-encoded (once or more) or escaped as in JSON.
_ANYWHERE: Pattern[str] = re.compile(
    r"[0-9]+(?::|%(?:25)*3a|\\+u003a)[a-z0-9_-]{24,}", re.ASCII | re.IGNORECASE
)


def is_token(text: str) -> bool:
    """Whether `text` has the shape of a bot token (says nothing about its being valid)."""
    return len(text) <= _TOKEN_MAX_CHARS and _TOKEN.fullmatch(text) is not None


def scrub(text: str) -> str:
    """`text` with everything that looks like a bot token replaced by `<token>`."""
    return _ANYWHERE.sub("<token>", text)
