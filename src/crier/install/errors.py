"""What `crier install` refuses."""

from crier.errors import CrierError


class InstallError(CrierError):
    """Nothing was written; the text says why, and what to do."""
