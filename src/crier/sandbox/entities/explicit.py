"""The `entities` argument: unreadable JSON is ignored, a wrong entity is an error."""

from __future__ import annotations

import json

from crier.sandbox.entities.links import checked_link
from crier.sandbox.entities.model import Entity
from crier.sandbox.errors import bad

_PLAIN = frozenset(("bold", "italic", "underline", "strikethrough", "spoiler", "code"))
_PLAIN |= {"blockquote", "expandable_blockquote"}
_FOUND = frozenset(["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"])


def read_entities(argument: str) -> list[Entity]:
    """Entities of the argument; those that Telegram finds by itself are left out."""
    if not argument:
        return []
    try:
        items = json.loads(argument)
    except (ValueError, RecursionError):
        return []
    if not isinstance(items, list):
        return []
    return [entity for item in items if (entity := _read(item)) is not None]


def _read(item: object) -> Entity | None:
    if not isinstance(item, dict):
        raise bad("Can't parse MessageEntity: expected an Object")
    kind, offset, length = item.get("type"), item.get("offset"), item.get("length")
    for name, value, wanted in (
        ("offset", offset, int),
        ("length", length, int),
        ("type", kind, str),
    ):
        if value is None:
            raise bad(f"Can't parse MessageEntity: Can't find field \"{name}\"")
        if not isinstance(value, wanted):
            type_name = "Number" if wanted is int else "String"
            raise bad(f'Can\'t parse MessageEntity: Field "{name}" must be of type {type_name}')
    assert isinstance(offset, int)
    assert isinstance(length, int)
    if kind in _PLAIN:
        return Entity(str(kind), offset, length)
    if kind == "pre":
        return Entity("pre", offset, length, str(item.get("language") or ""))
    if kind == "custom_emoji":
        return Entity("custom_emoji", offset, length, str(item.get("custom_emoji_id", "")))
    if kind == "text_mention" and isinstance(item.get("user"), dict):
        return Entity("text_mention", offset, length, str(item["user"].get("id", 0)))
    if kind == "text_link":
        try:
            return Entity("text_link", offset, length, checked_link(str(item.get("url", ""))))
        except ValueError:
            return None
    if kind in _FOUND or kind is None:
        return None
    raise bad("Can't parse MessageEntity: unsupported type specified")
