"""Names of accounts: how they are compared, and which nobody may take."""

import re
from typing import Final

RESERVED: Final = frozenset(
    {"system", "crier", "nobody", "anonymous", "unknown", "telegram", "null", "none"}
)
"""The audit log uses them for others than people, or people would take them for somebody else."""

FOR_ADMINS: Final = frozenset({"admin", "administrator", "root", "support", "moderator"})
"""People take an account of such a name for an admin's: only admins may have one."""

DELETED: Final = "deleted-"
"""How the names of deleted accounts begin."""


_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,50}", re.ASCII)


def is_name(text: str) -> bool:
    """Whether `text` can be the name of an account: 3 to 50 letters, digits, `_`, `.` and `-`."""
    return _NAME.fullmatch(text) is not None


def fold(name: str) -> str:
    """`name` as it is compared: without regard to the case of A to Z, whatever the locale.

    A name with other letters fits nobody's; the database folds the same way (`COLLATE "C"`).
    """
    return name.lower() if name.isascii() else name


def is_reserved(name: str, *, admin: bool) -> bool:
    """Return whether an account of that role may not be called so."""
    folded = fold(name).strip("_.-")
    return folded in RESERVED or folded.startswith(DELETED) or (folded in FOR_ADMINS and not admin)
