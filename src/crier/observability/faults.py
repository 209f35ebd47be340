"""What kind an error is, which is what Sentry groups errors by.

Errors of our own are one kind for each class. Others are one for each class and function of ours in
which they came up, wherever they were raised: a `KeyError` of two places is two kinds. What was
logged without an exception is the constant name of its event.
"""

from types import TracebackType

from crier.errors import CrierError


def kind_of(event: str, error: BaseException | None) -> str:
    """Return the kind of an error that was logged as `event`, with or without an exception."""
    if error is None:
        return event
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    place = None if isinstance(error, CrierError) else _place(error.__traceback__)
    return f"{name} in {place}" if place else name


def _place(trace: TracebackType | None) -> str | None:
    """The innermost function of ours."""
    place = None
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.partition(".")[0] == "crier":
            place = f"{module}.{trace.tb_frame.f_code.co_qualname}"
        trace = trace.tb_next
    return place
