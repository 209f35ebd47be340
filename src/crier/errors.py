"""The root of every error that Crier raises on purpose.

CrierError
├── SettingsError          a setting is wrong                    (crier.settings)
├── StackError             a part of the platform cannot start   (crier.stack.errors)
├── HandedBack             the worker stops: its job goes back to the queue (control flow)
└── each package's own tree extends CrierError in its `errors.py`

The text of a `CrierError` is one line for a person: what is wrong and what to do. It never holds a
token, a password or a URL that could hold one; the command line prints it as it is.
"""


class CrierError(Exception):
    """Something that Crier foresaw went wrong; its text may be shown to the user."""


class HandedBack(CrierError):  # noqa: N818 (control flow, no failure)
    """The worker stops: what it did is at a safe point, and its job goes back to the queue."""


class SettingsError(CrierError):
    """One or more settings are wrong; `problems` has a line for each, all found at once."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
