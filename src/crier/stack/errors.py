"""StackError (a CrierError): a part of the platform cannot be made ready, started or stopped."""

from crier.errors import CrierError


class StackError(CrierError):
    """What is wrong and what to do, in one line."""
