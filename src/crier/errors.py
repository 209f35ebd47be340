"""The errors of Crier.

CrierError
└── one subtree in each package: what it raises extends CrierError
"""


class CrierError(Exception):
    """Something went wrong that the message explains in one line, with what to do about it."""
