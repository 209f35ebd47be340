"""Decode updates so that a bad one costs itself only, never the batch and never the session.

Text is made fit for PostgreSQL: no NUL, no lone surrogates. Telegram escapes both as `\\uXXXX`, and
a modified client can put them into names, texts and callback data.
"""

import re

import msgspec

from crier.telegram.errors import UpdateDecodeProblem
from crier.telegram.types import MAX_UPDATE_ID, Update

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_decode_update = msgspec.json.Decoder(Update, strict=False).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode

_SURROGATES = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|(\\u0000)|\\."
)
# A text that does not end is taken to the end of the data, so that nothing is read twice.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"?+|[\[\]{},]', re.DOTALL)
_RESULT = re.compile(rb'"result"\s*:\s*\[')
_UPDATE_ID = re.compile(rb'\s*\{\s*"update_id"\s*:\s*(\d{1,19})\s*[,}]')


class UpdateBatch(msgspec.Struct, frozen=True):
    """The updates of one answer in their order, and those that could not be understood.

    `raws` holds each of `updates` as it came, so that it can be passed on.
    """

    updates: list[Update]
    problems: list[UpdateDecodeProblem]
    raws: list[bytes]


def clean_text(text: str) -> str:
    """`text` as PostgreSQL can hold it: without NUL, lone surrogates become U+FFFD."""
    return _SURROGATES.sub("\ufffd", text.replace("\x00", ""))


def decode_update(raw: bytes | msgspec.Raw) -> Update | UpdateDecodeProblem:
    """Return one update, as a webhook brings it or from a batch. Never raises."""
    data = bytes(raw)
    try:
        if b"\\u0000" not in data:
            return _decode_update(data)
    except UNDECODABLE:
        pass
    data = repair(data)
    try:
        return _decode_update(data)
    except UNDECODABLE as error:
        found = _UPDATE_ID.match(data)
        update_id = int(found[1]) if found else None
        known = update_id is not None and update_id <= MAX_UPDATE_ID
        return UpdateDecodeProblem(update_id if known else None, str(error))


def decode_batch(result: bytes | msgspec.Raw) -> UpdateBatch:
    """Return the updates of getUpdates' result, an array.

    Raises:
        msgspec.DecodeError: it is no array.
    """
    data = bytes(result)
    try:
        items: list[bytes] = [bytes(item) for item in _decode_list(data)]
    except UNDECODABLE:
        items = _split(repair(data).lstrip(), 0)
    batch = UpdateBatch([], [], [])
    for item in items:
        update = decode_update(item)
        if isinstance(update, Update):
            batch.updates.append(update)
            batch.raws.append(item)
        else:
            batch.problems.append(update)
    return batch


def salvage(body: bytes) -> UpdateBatch | None:
    """Return the updates of a 200 answer to getUpdates whose envelope cannot be decoded as it is.

    One update with a lone surrogate or thousands of brackets is enough for that. None where there
    is no array of results.
    """
    data = repair(body)
    found = _RESULT.search(data)
    if found is None:
        return None
    try:
        return decode_batch(b"[" + b",".join(_split(data, found.end() - 1)) + b"]")
    except msgspec.DecodeError:
        return None


def repair(data: bytes) -> bytes:
    """JSON with its NULs dropped and its lone surrogates and broken UTF-8 replaced."""
    whole = data.decode("utf-8", "replace").encode()
    return _ESCAPE.sub(_replace, whole)


def _replace(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return b"\\ufffd"
    return b"" if found[2] else found[0]


def _split(data: bytes, start: int) -> list[bytes]:
    """Return the items of the array that opens at `start`, cut apart by its brackets alone."""
    items: list[bytes] = []
    if data[start : start + 1] != b"[":
        raise msgspec.DecodeError("Telegram's updates are no JSON array")
    depth, begin = 0, start + 1
    for token in _TOKENS.finditer(data, start):
        mark, at = token[0], token.start()
        if depth == 1 and mark in b",]":
            if data[begin:at].strip():
                items.append(data[begin:at])
            begin = at + 1
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
            if depth == 0:
                return items
    raise msgspec.DecodeError("Telegram's updates are no whole JSON array")
