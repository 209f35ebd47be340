"""JSON as the Bot API writes it: compact, and ASCII only (everything else is `\\uXXXX`)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from crier.sandbox.errors import ApiError
from crier.sandbox.http import Response

_encoder = msgspec.json.Encoder()
_NOT_ASCII = re.compile("[^\x00-\x7f]")

Json = dict[str, Any]


def encode(value: object) -> bytes:
    """JSON of `value`, without a single byte above 127."""
    data = _encoder.encode(value)
    if data.isascii():
        return data
    return _NOT_ASCII.sub(_escape, data.decode()).encode("ascii")


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def success(result: bytes, description: str = "") -> Response:
    """Return the envelope of a good answer around an encoded `result`."""
    if description:
        text = encode(description)
        return Response(200, b'{"ok":true,"result":%b,"description":%b}' % (result, text))
    return Response(200, b'{"ok":true,"result":%b}' % result)


def failure(error: ApiError) -> Response:
    """Return the envelope of a refusal, with `parameters` and the Retry-After header where they
    belong."""
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    headers = b""
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
        headers = b"Retry-After: %d\r\n" % error.retry_after
    if error.migrate_to_chat_id is not None:
        body["parameters"] = {"migrate_to_chat_id": error.migrate_to_chat_id}
    return Response(error.code, encode(body), headers=headers)
