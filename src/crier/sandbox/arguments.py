"""Arguments of a call, flattened as the Bot API server flattens them.

Query string first, then the body (urlencoded, JSON or multipart); the first value of a name wins.
JSON strings are unescaped, every other JSON value is kept as its raw text, and a malformed JSON
body is no error: reading stops and what was read so far counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json import decoder
from json.decoder import JSONDecoder
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

MAX_ARGUMENTS = 1024 * 1024
MAX_FILES = 50
_SPACE = re.compile(r"[ \t\r\n]*")
_raw_decode = JSONDecoder(strict=False).raw_decode
_scan_string: Callable[[str, int, bool], tuple[str, int]] = vars(decoder)["scanstring"]


class TooLargeError(Exception):
    """More argument text, files or boundary than the server takes: answered by a bare 413."""


class Upload(NamedTuple):
    """One file of a multipart body."""

    name: str
    content_type: str
    content: bytes


class Arguments(dict[str, str]):
    """Name to text; `files` holds the uploads by their field."""

    files: dict[str, Upload]

    def __init__(self) -> None:
        super().__init__()
        self.files = {}

    def flag(self, name: str) -> bool:
        return self.get(name, "").strip().lower() in ("true", "yes", "1")

    def integer(self, name: str, default: int = 0, low: int = -(2**63), high: int = 2**63) -> int:
        """Return the integer, 0 where it cannot be read, clamped to `low`..`high`."""
        text = self.get(name, "")
        return max(low, min(high, to_integer(text) if text else default))


def flatten(value: dict[str, Any], files: dict[str, Upload]) -> Arguments:
    """Return the fields of a JSON object inside an argument, as if they were a call's own."""
    flat = Arguments()
    for name, field in value.items():
        flat[name] = field if isinstance(field, str) else json.dumps(field)
    flat.files = files
    return flat


def to_integer(text: str) -> int:
    """Leading digits of `text` as a number, 0 where there are none (as td's to_integer)."""
    match = re.match(r"\s*(-?[0-9]{1,19})", text)
    return int(match.group(1)) if match else 0


def read(query: bytes, content_type: bytes, body: bytes) -> Arguments:
    """Flatten one request.

    Raises:
        TooLargeError: it holds more than Telegram reads.
    """
    arguments = Arguments()
    if query:
        _read_form(arguments, query)
    if body:
        kind = content_type.split(b";", 1)[0].strip().lower()
        if kind == b"application/json":
            _read_json(arguments, body.decode("utf-8", "surrogateescape"))
        elif kind == b"application/x-www-form-urlencoded":
            _read_form(arguments, body)
        elif kind == b"multipart/form-data":
            _read_multipart(arguments, content_type, body)
    if len(body) > MAX_ARGUMENTS and sum(map(len, arguments.values())) > MAX_ARGUMENTS:
        raise TooLargeError
    return arguments


def _read_form(arguments: Arguments, data: bytes) -> None:
    for pair in data.split(b"&"):
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        arguments.setdefault(_text(unquote_to_bytes(name)), _text(unquote_to_bytes(value)))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _read_json(arguments: Arguments, text: str) -> None:
    try:
        _scan_object(arguments, text)
    except (ValueError, IndexError, RecursionError):  # also for numbers of thousands of digits
        return  # the real server stops just as silently


def _scan_object(arguments: Arguments, text: str) -> None:
    space = _SPACE.match
    at = _end(space(text, 0))
    if text[at] != "{":
        return
    at = _end(space(text, at + 1))
    while text[at] == '"':
        name, at = _scan_string(text, at + 1, False)
        at = _end(space(text, at))
        if text[at] != ":":
            return
        at = _end(space(text, at + 1))
        if text[at] == '"':
            value, at = _scan_string(text, at + 1, False)
        else:
            start = at
            _, at = _raw_decode(text, start)
            value = text[start:at]
        arguments.setdefault(name, value)
        at = _end(space(text, at))
        if text[at] != ",":
            return
        at = _end(space(text, at + 1))


def _end(match: re.Match[str] | None) -> int:
    assert match is not None  # the pattern matches the empty string
    return match.end()


_BOUNDARY = re.compile(rb'boundary=(?:"([^"]*)"|([^;\s]*))', re.IGNORECASE)
_PARAMETER = re.compile(r'(filename\*?|name)=(?:"((?:\\.|[^"\\])*)"|([^;\s]*))', re.IGNORECASE)


def _read_multipart(arguments: Arguments, content_type: bytes, body: bytes) -> None:
    match = _BOUNDARY.search(content_type)
    boundary = (match.group(1) or match.group(2) or b"") if match else b""
    if not boundary or len(boundary) > 70:
        raise TooLargeError
    mark = b"--" + boundary
    start = body.find(mark)
    while start >= 0:
        start += len(mark)
        if body[start : start + 2] == b"--":
            return
        end = body.find(b"\r\n" + mark, start)
        if end < 0:
            return
        _read_part(arguments, body[start + 2 : end])
        start = end + 2


def _read_part(arguments: Arguments, part: bytes) -> None:
    head, _, content = part.partition(b"\r\n\r\n")
    headers: dict[str, str] = {}
    for line in head.split(b"\r\n"):
        header, _, value = line.partition(b":")
        headers[_text(header).strip().lower()] = _text(value).strip()
    parameters: dict[str, str] = {}
    for key, quoted, bare in _PARAMETER.findall(headers.get("content-disposition", "")):
        parameters.setdefault(key.lower(), quoted.replace('\\"', '"') or bare)
    field = parameters.get("name", "")
    if "filename" in parameters or "filename*" in parameters:
        if len(arguments.files) >= MAX_FILES:
            raise TooLargeError
        name = parameters.get("filename") or parameters.get("filename*", "")
        kind = headers.get("content-type", "")
        arguments.files.setdefault(field, Upload(name, kind, content))
    else:
        arguments.setdefault(field, _text(content))
