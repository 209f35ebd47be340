"""What the use cases refuse; the API turns each into its status (API contract, Conventions).

CrierError
└── ServiceError        status, and a line for the person who asked
    ├── NotFoundError   404: not there, or not yours
    ├── ConflictError   409: against the current state
    ├── InvalidError    422: names the fields
    ├── ForbiddenError  403: the role may not
    └── UpstreamError   502: Telegram refused or could not be reached
"""

from crier.errors import CrierError


class ServiceError(CrierError):
    """A use case that cannot be done as asked; `str()` is the problem's detail."""

    status = 400


class NotFoundError(ServiceError):
    """Not there, or not the caller's: the two look the same."""

    status = 404


class ConflictError(ServiceError):
    """Against the current state; the text says which steps are allowed."""

    status = 409


class InvalidError(ServiceError):
    """Fields that fail validation beyond their shape; `fields` maps dotted paths to messages."""

    status = 422

    def __init__(self, **fields: str) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in fields.items()))
        self.fields = fields


class ForbiddenError(ServiceError):
    """The caller's role may not do this."""

    status = 403


class UpstreamError(ServiceError):
    """Telegram refused, or could not be reached; the text holds its words, never a token."""

    status = 502
