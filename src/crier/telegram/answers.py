"""The Bot API's answer envelope, decoded: what is certain, and what is doubtful.

The rule (docs/API, outcomes): a 5xx in any shape, and any other answer that cannot be decoded, say
nothing of what happened to the request; 429 and the other 4xx are certain even with an empty body
or a page of HTML.
"""

from typing import Annotated

import msgspec

from crier.domain.outcomes import Action, Outcome, outcome_of
from crier.telegram.connection import Response
from crier.telegram.error_table import Verdict, classify
from crier.telegram.errors import Doubtful
from crier.telegram.updates import UNDECODABLE

# What PostgreSQL can hold; an answer with a number beyond it is none of Telegram's.
_Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Parameters(msgspec.Struct):
    retry_after: float | None = None
    migrate_to_chat_id: _Id | None = None


class _Envelope(msgspec.Struct):
    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    error_code: int | None = None
    description: str = ""
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


class _SentMessage(msgspec.Struct):
    message_id: _Id | None = None


class _SendEnvelope(msgspec.Struct):
    """As much of a send's answer as the hot path reads, decoded in one go."""

    ok: bool
    result: _SentMessage | list[_SentMessage] | bool | None = None


class SendResult(msgspec.Struct, frozen=True, gc=False):
    """What is known of one send.

    `doubtful`: the request was written, and no whole and decodable answer came, or a 5xx; its
    `action` is `backoff`, as for a request that never left (`not_sent`). `error_code` is the
    status or Telegram's code where there was one; `error` is in words, without tokens; `verdict`
    is there for every certain refusal. `message_id` is the first one's where an album was sent.
    """

    action: Action
    message_id: int | None = None
    doubtful: bool = False
    error_code: int | None = None
    error: str | None = None
    verdict: Verdict | None = None

    @property
    def outcome(self) -> Outcome | None:
        """The recipient's outcome; None where the same recipient is to be tried again."""
        return outcome_of(self.action, doubtful=self.doubtful)

    @property
    def not_sent(self) -> bool:
        """Whether the request certainly never left for want of a connection."""
        return self.action is Action.BACKOFF and not self.doubtful and self.verdict is None


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_send = msgspec.json.Decoder(_SendEnvelope).decode
_OK = Action.OK


def read_result(response: Response) -> msgspec.Raw | tuple[int, Verdict]:
    """Return the still encoded `result`, or the code and verdict of a certain refusal.

    Raises:
        Doubtful: the answer is neither.
    """
    status = response.status
    try:
        envelope = _decode_envelope(response.body)
    except UNDECODABLE:
        if not 400 <= status < 500:
            raise Doubtful(f"Telegram answered {status} with no Bot API answer", status) from None
        envelope = _Envelope(ok=False)
    code = status if envelope.error_code is None else envelope.error_code
    if status >= 500 or (code >= 500 and status < 400):
        words = classify(code, envelope.description).description
        raise Doubtful(f"Telegram answered {code}: {words}", code)
    if envelope.ok and status < 400:
        return envelope.result
    # A refusal with a code outside 4xx is none that Telegram knows; its status decides.
    code = code if 400 <= code < 500 else max(status, 400)
    retry_after = envelope.parameters.retry_after
    if retry_after is None and code == 429:
        retry_after = response.retry_after_s
    migrated = envelope.parameters.migrate_to_chat_id
    return code, classify(code, envelope.description, retry_after, migrated)


def read_send(response: Response) -> SendResult:
    """Return what a send's answer says. Never raises."""
    if response.status == 200:
        try:
            sent = _decode_send(response.body)
        except UNDECODABLE:
            return doubtful("Telegram answered 200 with no Bot API answer", 200)
        if sent.ok:
            return SendResult(_OK, _first_id(sent.result))
    try:
        refusal = read_result(response)
    except Doubtful as error:
        return doubtful(str(error), error.code)
    if isinstance(refusal, msgspec.Raw):  # a 2xx or 3xx that says ok: not how Telegram accepts
        return doubtful(f"Telegram answered {response.status}", response.status)
    code, verdict = refusal
    return SendResult(verdict.action, None, False, code, verdict.description, verdict)


def doubtful(reason: str, code: int | None) -> SendResult:
    """Return the result of a send of which nobody knows whether it worked."""
    return SendResult(Action.BACKOFF, None, True, code, reason)


def _first_id(result: _SentMessage | list[_SentMessage] | bool | None) -> int | None:
    if isinstance(result, list):
        return result[0].message_id if result else None
    return result.message_id if isinstance(result, _SentMessage) else None
