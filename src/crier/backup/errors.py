"""What can be wrong with a backup."""

from crier.errors import CrierError


class BackupError(CrierError):
    """A backup cannot be made, read or restored."""


class DamagedError(BackupError):
    """Something of a backup was changed, or is missing."""

    def __init__(self) -> None:
        super().__init__("the backup is damaged: part of it was changed or is missing")
