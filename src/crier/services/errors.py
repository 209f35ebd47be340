"""What the use cases refuse; the API turns each into its status (API contract, Conventions).

CrierError
└── ServiceError              status, and a line for the person who asked
    ├── UnauthenticatedError  401: no credentials, or none that are good (any more)
    ├── ForbiddenError        403: the role may not
│   ├── NotFreshError     403: the person has to prove again to be there
│   └── UnsettledError    403: the role must have a second factor first
    ├── NotFoundError         404: not there, or not yours
    ├── ConflictError         409: against the current state
    ├── TooLargeError         413: more than is taken at a time
    ├── InvalidError          422: names the fields
    ├── LimitedError          429: slow down, says for how long
    ├── UpstreamError         502: Telegram, or an issuer, refused or could not be reached
    └── UnavailableError      503: a part that Crier stands on is down
"""

from itertools import islice
from typing import Final

from crier.errors import CrierError

LISTED: Final = 20
"""Fields that an `InvalidError` names at most; it says how many more there are."""


class ServiceError(CrierError):
    """A use case that cannot be done as asked; `str()` is the problem's detail."""

    status = 400
    kind = "about:blank"
    """The problem's type, where a client does something about it by itself."""
    retry_after_s: int | None = None


class UnauthenticatedError(ServiceError):
    """No credentials, or none that are good (any more)."""

    status = 401


class NotFoundError(ServiceError):
    """Not there, or not the caller's: the two look the same."""

    status = 404


class ConflictError(ServiceError):
    """Against the current state; the text says which steps are allowed."""

    status = 409


class TooLargeError(ServiceError):
    """More than is taken at a time; the text says how much that is."""

    status = 413


class InvalidError(ServiceError):
    """Fields that fail validation; `fields` maps dotted paths to messages, `LISTED` at most.

    Paths that are no Python names are given as `InvalidError(**{"items.0.reply.text": "…"})`.
    """

    status = 422

    def __init__(self, **fields: str) -> None:
        self.fields = dict(islice(fields.items(), LISTED))
        words = [f"{name}: {text}" for name, text in self.fields.items()]
        if len(fields) > LISTED:
            words.append(f"and {len(fields) - LISTED:,} more")
        super().__init__("; ".join(words))


class ForbiddenError(ServiceError):
    """The caller's role may not do this."""

    status = 403


class NotFreshError(ForbiddenError):
    """Nobody has proven lately to sit before this session."""

    kind = "urn:crier:problem:reauthentication-required"


class UnsettledError(ForbiddenError):
    """The caller's role must have a second factor, and there is none yet."""

    kind = "urn:crier:problem:second-factor-required"


class LimitedError(ServiceError):
    """Over a limit; the caller may try again after `retry_after_s` seconds."""

    status = 429

    def __init__(self, text: str, retry_after_s: int) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class UpstreamError(ServiceError):
    """Telegram or an issuer refused, or could not be reached; the text holds no token."""

    status = 502


class UnavailableError(ServiceError):
    """A part that Crier stands on is down; asking again later may do."""

    status = 503
    retry_after_s = 5
