"""Everything that goes wrong between Crier and Telegram.

TelegramError
├── NotSent              nothing of the request was written: safe to send again
├── Doubtful             written, but no whole and decodable answer, or a 5xx: nobody knows
├── ApiError             Telegram's certain refusal, with its code, words and `verdict`
│   ├── TooManyRequests  429; `verdict.retry_after_s` says how long this bot must wait
│   ├── TokenRefused     401, a bare 404, 421 or "Logged out": the token does not work
│   ├── Conflict         409: another poller, or a webhook
│   └── Migrated         the group has the id `verdict.migrate_to_chat_id` now
└── UpdateDecodeProblem  one update cannot be understood (returned beside the good ones)

No text here holds a URL or a token: hosts, codes and Telegram's own scrubbed words only.
"""

# ruff: noqa: N818  the names say what is known of a request, as the rest of the project says it

from crier.domain.outcomes import Action
from crier.errors import CrierError
from crier.telegram.error_table import Verdict

UNWRITTEN = "cancelled before anything was written"
"""The argument of the CancelledError of a request that was cancelled so early."""


class TelegramError(CrierError):
    """Root of this package's errors."""


class NotSent(TelegramError):
    """The request never left: name, connection or TLS failed, or no connection came free."""


class Doubtful(TelegramError):
    """The request was written and no whole answer came; it may or may not have worked.

    `code` is the HTTP status where one was read, else None.
    """

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class ApiError(TelegramError):
    """Telegram refused, and said so: nothing was sent."""

    def __init__(self, code: int, verdict: Verdict) -> None:
        super().__init__(f"Telegram answered {code}: {verdict.description}")
        self.code = code
        self.verdict = verdict


class TooManyRequests(ApiError):
    """429: this bot has to wait `verdict.retry_after_s` seconds."""


class TokenRefused(ApiError):
    """The token is wrong, revoked or logged out."""


class Conflict(ApiError):
    """409: somebody else polls this token, or a webhook is set."""


class Migrated(ApiError):
    """The group became a supergroup with the id `verdict.migrate_to_chat_id`."""


class UpdateDecodeProblem(TelegramError):
    """An update that cannot be understood; `update_id` is None where even that is missing."""

    def __init__(self, update_id: int | None, reason: str) -> None:
        super().__init__(reason)
        self.update_id = update_id
        self.reason = reason


def api_error(code: int, verdict: Verdict) -> ApiError:
    """Return the exception for a certain refusal."""
    if code == 409:
        return Conflict(code, verdict)
    kinds = {
        Action.WAIT: TooManyRequests,
        Action.BOT_STOP: TokenRefused,
        Action.MIGRATE: Migrated,
    }
    return kinds.get(verdict.action, ApiError)(code, verdict)
