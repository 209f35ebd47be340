"""Bot tokens: how they look, and how to take them out of any text.

Stands below everything, because logs, error texts and the Telegram client all need it.

Strangers write what is scrubbed, and Python's `re` lets nothing else run meanwhile. So each pattern
takes a time linear in the text (it begins at the first character of a run and gives nothing back),
and of a text that is cut anyway only what can show is looked at (`head`).
"""

import re
from collections.abc import Callable
from re import Pattern
from typing import Final

_TOKEN: Pattern[str] = re.compile(r"[1-9][0-9]{0,15}:[A-Za-z0-9_-]{24,}", re.ASCII)
_TOKEN_MAX_CHARS = 80

# The colon may be percent-encoded (once or more) or escaped as in JSON.
_ANYWHERE: Pattern[str] = re.compile(
    r"(?<![0-9])[0-9]++(?::|%(?:25)*+3[aA]|\\++[uU]003[aA])[A-Za-z0-9_-]{24,}+", re.ASCII
)
MARGIN: Final = 2000
"""Characters behind a cut that are looked at, so that a secret across it is known as one."""


def is_token(text: str) -> bool:
    """Return whether `text` has the shape of a bot token (says nothing about its being valid)."""
    return len(text) <= _TOKEN_MAX_CHARS and _TOKEN.fullmatch(text) is not None


def scrub(text: str) -> str:
    """`text` with everything that looks like a bot token replaced by `<token>`."""
    return _ANYWHERE.sub("<token>", text)


def head(text: str, limit: int, clean: Callable[[str], str] = scrub) -> str:
    """Return the first `limit` characters of what `clean` leaves of `text`; cut, it ends in `…`.

    Takes a time that depends on the limit alone. Shows no part of a secret of up to `MARGIN`
    characters, also where the cut goes through it.
    """
    if len(text) <= limit + MARGIN:
        cleaned = clean(text)
        return cleaned if len(cleaned) <= limit else f"{cleaned[: limit - 1]}…"
    # The end of what is looked at may be the beginning of a secret that nobody can know there.
    safe = clean(text[: limit + MARGIN])[:-MARGIN]
    return f"{safe[: limit - 1]}…"
