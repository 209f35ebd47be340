"""The `entities` argument: unreadable JSON is ignored, a wrong entity is an error.

An entity is wrong in two ways: `read_entities` finds what the Bot API server refuses before it
looks for the chat, `checked` what TDLib refuses behind it, in entities of a parse mode too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from crier.sandbox.entities.links import (
    checked_link,
    date_format,
    integer_of,
    is_user_id,
    user_id_of,
)
from crier.sandbox.entities.model import QUOTES, SPLITTABLE, Entity
from crier.sandbox.entities.tidying import clean
from crier.sandbox.errors import bad
from crier.sandbox.wire import Json

_FOUND = frozenset(("mention", "hashtag", "cashtag", "bot_command", "url", "email"))
_FOUND |= {"phone_number", "bank_card_number"}


class _Number(str):
    """A JSON number as it was written."""


def read_entities(argument: str) -> list[Entity]:
    """Entities of the argument; those that Telegram finds by itself are left out."""
    try:
        items = json.loads(
            argument or "[]",
            parse_int=_Number,
            parse_float=_Number,
            object_pairs_hook=lambda pairs: dict(reversed(pairs)),  # the first of a name counts
        )
    except (ValueError, RecursionError):
        return []
    if not isinstance(items, list):
        return []
    try:
        return [entity for item in items if (entity := _read(item)) is not None]
    except ValueError as error:
        raise bad(f"Can't parse MessageEntity: {error}") from None


def checked(entity: Entity) -> Entity:
    """Return the entity as TDLib keeps it.

    Raises:
        ApiError: Telegram refuses it.
    """
    if entity.type == "text_link":
        return _checked_link(entity)
    if entity.type == "pre" and entity.argument:
        if not _is_unicode(entity.argument):
            raise bad("MessageEntityPreCode.language must be encoded in UTF-8")
        return entity._replace(argument=clean(entity.argument))
    if entity.type == "custom_emoji" and entity.argument == "0":
        raise bad("Invalid custom emoji identifier specified")
    if entity.type == "text_mention" and not is_user_id(int(entity.argument)):
        raise bad("User not found")
    if entity.type == "date_time" and entity.argument.startswith(("0", "-")):
        raise bad("Invalid date specified")
    return entity


def _checked_link(entity: Entity) -> Entity:
    if not _is_unicode(entity.argument):
        raise bad("MessageEntityTextUrl.url must be encoded in UTF-8")
    url = clean(entity.argument)
    if user_id := user_id_of(url):
        return entity._replace(type="text_mention", argument=str(user_id))
    try:
        return entity._replace(argument=checked_link(url))
    except ValueError as error:
        raise bad(f"Entity URL '{url}' is invalid: {error}") from None


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _read(item: object) -> Entity | None:
    if not isinstance(item, dict):
        raise ValueError("expected an Object")
    offset, length = _integer(item, "offset", 32), _integer(item, "length", 32)
    kind = _string(item, "type", required=True)
    if not kind:
        raise ValueError("Type is not specified")
    if kind in SPLITTABLE or kind in QUOTES or kind == "code":
        return Entity(kind, offset, length)
    if kind in _ARGUMENTS:
        return Entity(kind, offset, length, _ARGUMENTS[kind](item))
    if kind in _FOUND:
        return None
    raise ValueError("Unsupported type specified")


def _field(item: Json, name: str) -> Any:
    if name not in item:
        raise ValueError(f'Can\'t find field "{name}"')
    return item[name]


def _integer(item: Json, name: str, bits: int) -> int:
    """Return a number, or a string that holds one."""
    value = _field(item, name)
    if not isinstance(value, str):
        raise ValueError(f'Field "{name}" must be a Number')
    number = integer_of(value)
    if number is None or not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise ValueError(f'Field "{name}" must be a valid Number')
    return number


def _string(item: Json, name: str, *, required: bool = False) -> str:
    value = _field(item, name) if required else item.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f'Field "{name}" must be of type String')
    return str(value)


def _user_id(item: Json) -> str:
    user = _field(item, "user")
    if not isinstance(user, dict):
        raise ValueError('Field "user" must be of type Object')
    return str(_integer(user, "id", 64))


def _date(item: Json) -> str:
    unix, shown_as = _integer(item, "unix_time", 32), _string(item, "date_time_format")
    try:
        return f"{unix} {date_format(shown_as)}"
    except ValueError:
        raise ValueError("Invalid date-time format specified") from None


_ARGUMENTS: dict[str, Callable[[Json], str]] = {
    "pre": lambda item: _string(item, "language"),
    "text_link": lambda item: _string(item, "url", required=True),
    "text_mention": _user_id,
    "custom_emoji": lambda item: str(_integer(item, "custom_emoji_id", 64)),
    "date_time": _date,
}
