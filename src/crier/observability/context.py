"""What every log line of a request or a job carries: `with bound(request_id="…"):`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_fields: ContextVar[dict[str, Any]] = ContextVar("crier_log_fields", default={})  # noqa: B039


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Add fields to every log line of this thread or task until the block ends."""
    token = _fields.set({**_fields.get(), **fields})
    try:
        yield
    finally:
        _fields.reset(token)


def bind(**fields: Any) -> None:
    """Add fields until `clear`; for where begin and end are in different functions."""
    _fields.set({**_fields.get(), **fields})


def clear() -> None:
    """Forget all fields of this thread or task."""
    _fields.set({})


def current() -> dict[str, Any]:
    """Return the fields in force."""
    return _fields.get()
