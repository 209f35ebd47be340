"""What kind an error is, which is what the console and Sentry group errors by.

Errors of our own are one kind for each class. Others are one for each class, function of ours in
which they came up, and function of another module that called it: a `KeyError` of two places is two
kinds, and so is one that two callers of a shared helper cause. What was logged without an exception
is the constant name of its event; of a library, whose words may differ each time, the function that
logged it.
"""

import logging
from types import TracebackType

from crier.errors import CrierError


def kind_of_record(record: logging.LogRecord) -> str:
    """Return the kind of an error that was logged."""
    error = record.exc_info[1] if record.exc_info else None
    ours = record.name.partition(".")[0] in ("crier", "root")
    return kind_of(record.getMessage() if ours else f"{record.name}.{record.funcName}", error)


def kind_of(event: str, error: BaseException | None) -> str:
    """Return the kind of an error that was logged as `event`, with or without an exception."""
    if error is None:
        return event
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    places = [] if isinstance(error, CrierError) else _places(error.__traceback__)
    return f"{name} in {', called by '.join(places)}" if places else name


def _places(trace: TracebackType | None) -> list[str]:
    """Return the innermost function of ours, and the one of another module that called it."""
    ours: list[tuple[str, str]] = []
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.partition(".")[0] == "crier":
            ours.insert(0, (module, trace.tb_frame.f_code.co_qualname))
        trace = trace.tb_next
    callers = [place for place in ours if place[0] != ours[0][0]]
    return [f"{module}.{name}" for module, name in ours[:1] + callers[:1]]
