"""The id of a request: in its answer, in its log lines and in the problem that it gets."""

import re
import secrets
from re import Pattern
from typing import Final

from crier.observability.redact import scrub

HEADER: Final = "X-Request-ID"
_SANE: Pattern[str] = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)


def sane_id(given: str) -> str:
    """Return the id that a request came with if that is sane, else a new one."""
    sane = _SANE.fullmatch(given) and scrub(given) == given
    return given if sane else secrets.token_hex(8)
