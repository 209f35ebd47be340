"""One entity, and the measures Telegram uses."""

from __future__ import annotations

from typing import NamedTuple

from crier.sandbox.arguments import to_integer
from crier.sandbox.wire import Json

PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 1,
    "code": 2,
    "text_link": 3,
    "text_mention": 3,
    "custom_emoji": 9,
}


class Entity(NamedTuple):
    """A run of text with a meaning; offset and length are in UTF-16 code units."""

    type: str
    offset: int
    length: int
    argument: str = ""


_ARGUMENT_NAMES = {
    "text_link": "url",
    "pre": "language",
    "custom_emoji": "custom_emoji_id",
}


def entity_json(entity: Entity) -> Json:
    """`MessageEntity` of the Bot API."""
    data: Json = {"offset": entity.offset, "length": entity.length, "type": entity.type}
    if entity.type == "text_mention":
        user_id = to_integer(entity.argument)
        data["user"] = {"id": user_id, "is_bot": False, "first_name": f"User {user_id}"}
    elif entity.argument and entity.type in _ARGUMENT_NAMES:
        data[_ARGUMENT_NAMES[entity.type]] = entity.argument
    return data


def sort_entities(entities: list[Entity]) -> list[Entity]:
    """By place, the longer first, then by kind."""
    return sorted(entities, key=lambda e: (e.offset, -e.length, PRIORITY.get(e.type, 5)))


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def byte_offset(text: str, at: int) -> int:
    """Place of character `at` in the UTF-8 bytes, as error texts count."""
    return len(text[:at].encode("utf-8", "surrogatepass"))
