"""What stands between everything that is reported and where it goes: no secret gets through.

Bot tokens are found by their shape (`domain/redact.py`); access and refresh tokens, API keys,
sealed texts and passwords in URLs by theirs; and fields by their names, whatever they hold.
"""

import re
from collections.abc import Mapping
from re import Pattern
from typing import Any, Final

from crier.domain.redact import scrub as scrub_tokens

HIDDEN: Final = "<hidden>"
_SHAPES: Final[tuple[tuple[Pattern[str], str], ...]] = (
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"), "<token>"),
    (re.compile(r"\bcrier_[0-9a-f]{8}_[\w-]{20,}"), "<key>"),
    (re.compile(r"\bv1\.[0-9a-f]{8}\.[\w=-]{20,}"), "<sealed>"),
    (re.compile(r"(\w+://[^\s:/@]*):[^\s@/]+@"), r"\1:<hidden>@"),
    (re.compile(r"(?i)(bearer\s+)[\w.~+/=-]{8,}"), r"\1<token>"),
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


def scrub_value(value: Any, name: str = "", depth: int = 0) -> Any:
    """The same for any value of a report; texts under a name that tells of a secret are hidden."""
    if depth > _DEEP:
        return "…"
    if isinstance(value, Mapping):
        return {
            scrub(str(key)): scrub_value(item, str(key), depth + 1) for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub_value(item, name, depth + 1) for item in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    return (
        HIDDEN if _NAMES.search(name) else scrub(value if isinstance(value, str) else repr(value))
    )
