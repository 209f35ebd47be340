"""`InputMedia` and its kin inside an argument: items of albums, paid media, edited media."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from crier.sandbox.arguments import flatten
from crier.sandbox.calls import Call
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.methods.media import check_caption, media_fields
from crier.sandbox.methods.sources import Part, part_of
from crier.sandbox.wire import Json

T = TypeVar("T")
_KINDS = ("photo", "video", "animation", "document", "audio", "live_photo")


class Item(NamedTuple):
    """One item; `late` is a refusal of its caption, which comes after other checks."""

    part: Part
    fields: Json
    late: ApiError | None = None

    @property
    def kind(self) -> str:
        return self.part.kind


def parsed(what: str, read: Callable[[], T]) -> T:
    """Return what `read` gives; its refusal says that `what` cannot be parsed.

    Raises:
        ApiError: Telegram refuses it.
    """
    try:
        return read()
    except ApiError as error:
        prefix, found, text = error.description.rpartition("Bad Request: ")
        inner = f"{text[:1].upper()}{text[1:]}" if found else text
        raise bad(f"can't parse {what}: {prefix}{inner}") from None


def read_item(call: Call, value: object, *, in_album: bool = False) -> Item:
    """Return an `InputMedia`.

    Raises:
        ApiError: Telegram refuses it.
    """
    return parsed("InputMedia", lambda: _read_item(call, value, in_album))


def _read_item(call: Call, value: object, in_album: bool) -> Item:
    if not isinstance(value, dict):
        raise bad("expected an Object")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise ApiError(400, 'Can\'t find field "type"')
    if kind == "animation" and in_album:
        raise ApiError(400, 'type "animation" can\'t be used in sendMediaGroup')
    if kind not in _KINDS:
        raise ApiError(400, f'type "{kind}" is unsupported')
    if in_album:
        value |= {"disable_content_type_detection": True}
    late, fields = None, {}
    options = flatten(value, call.arguments.files)
    check_caption(options)
    try:
        fields = media_fields(options, kind)
    except ApiError as error:
        late = error
    return Item(part_in(call, kind, value), fields, late)


def part_in(call: Call, kind: str, value: Json) -> Part:
    """Return the file that the fields of a JSON object name.

    Raises:
        ApiError: Telegram refuses it.
    """
    options = flatten(value, call.arguments.files)
    if not options.get("media"):
        raise ApiError(400, "media not found")
    return part_of(call, kind, options, options["media"], attach=True)


def read_array(call: Call, name: str, expected: str) -> list[object]:
    """Return a required JSON array argument.

    Raises:
        ApiError: Telegram refuses it.
    """
    text = call.arguments.get(name, "")
    if not text:
        raise bad(f'parameter "{name}" is required')
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise bad(f"can't parse {name.replace('_', ' ')} JSON object") from None
    if not isinstance(value, list):
        raise bad(f"expected an Array of {expected}")
    return value
