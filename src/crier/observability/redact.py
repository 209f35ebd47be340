"""What stands between everything that is reported and where it goes: no secret gets through.

Bot tokens are found by their shape (`domain/redact.py`); access and refresh tokens, API keys,
sealed texts and passwords in URLs by theirs; and fields by their names, whatever they hold.

All of it takes a time linear in the text, as `domain/redact.py` says.
"""

import re
from collections.abc import Callable, Mapping
from re import Pattern
from typing import Any, Final

from crier.domain import redact
from crier.domain.redact import scrub as scrub_tokens

HIDDEN: Final = "<hidden>"
NAME_MAX_CHARS: Final = 100
TEXT_MAX_CHARS: Final = 20_000
_SHAPES: Final[tuple[tuple[Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    # What begins like a token is taken to its end, whether it is one: nothing is read twice.
    (
        re.compile(r"\beyJ[\w-]{8,}+(\.[\w-]{8,}+\.[\w-]{8,}+)?"),
        lambda found: "<token>" if found[1] else found[0],
    ),
    (re.compile(r"\bcrier_[0-9a-f]{8}_[\w-]{20,}+"), "<key>"),
    (re.compile(r"\bjoin_[\w-]{20,}+"), "<invitation>"),
    (re.compile(r"\bv1\.[0-9a-f]{8}\.[\w=-]{20,}+"), "<sealed>"),
    (re.compile(r"(?<!\w)(\w++://[^\s:/@]*+):[^\s@/]++@"), r"\1:<hidden>@"),
    (re.compile(r"(?i)(bearer\s++)[\w.~+/=-]{8,}+"), r"\1<token>"),
)
_NAMES: Final[Pattern[str]] = re.compile(
    r"(?i)(password|passwd|secret|token(?!_hint|_type)|authorization|cookie|csrf|api_?key|dsn|"
    r"jwt|_keys?$|^key$|credential)"
)
_DEEP: Final = 8


def scrub(text: str) -> str:
    """`text` without anything that looks like a secret."""
    text = scrub_tokens(text)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def head(text: str, limit: int = TEXT_MAX_CHARS) -> str:
    """Return the first `limit` characters of `scrub(text)`, as `domain.redact.head` gives them."""
    return redact.head(text, limit, scrub)


def scrub_value(value: Any, name: str = "", depth: int = 0) -> Any:
    """Return the same for any value of a report; texts under a name that tells of a secret are
    hidden.

    Names are cut to `NAME_MAX_CHARS`, texts to `TEXT_MAX_CHARS`.
    """
    if depth > _DEEP:
        return "…"
    if isinstance(value, Mapping):
        return {
            head(str(key), NAME_MAX_CHARS): scrub_value(item, str(key), depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub_value(item, name, depth + 1) for item in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    if _NAMES.search(name[:TEXT_MAX_CHARS]):
        return HIDDEN
    return head(value if isinstance(value, str) else repr(value))
