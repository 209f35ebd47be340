"""What Telegram drops from a text before it counts: control characters, outer blanks.

Rules: `fix_formatted_text`, `clean_input_string` and `strip_empty_characters` of tdlib/td.
"""

from __future__ import annotations

import re

from crier.sandbox.entities.model import Entity, sort_entities, utf16_length
from crier.sandbox.errors import bad

_DROPPED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_BLANK = re.compile("[\0-\x09\x0b\x0c\x0e-\x1f]")
_UNSEEN = re.compile(
    "[ \n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc"
    "\U000e0000-\U000e007f]*"
)


def is_empty(text: str) -> bool:
    """Whether there is nothing to see."""
    return _UNSEEN.fullmatch(text) is not None


def tidy(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """The text as it is kept, and its entities where they then stand. Raises ApiError."""
    if entities and not text.isascii():
        _check_borders(text, entities)
    clean = _BLANK.sub(" ", _DROPPED.sub("", text))
    if len(clean) != len(text):
        entities = _after_drops(text, entities)
    entities = sort_entities([entity for entity in entities if entity.length > 0])
    shown = clean.rstrip(" \n")
    end = utf16_length(shown)
    first = entities[0].offset if entities else end
    head = min(len(shown) - len(shown.lstrip(" \n")), first)  # blanks in an entity stay
    kept = []
    for entity in entities:
        length = min(entity.offset + entity.length, end) - entity.offset
        if length > 0:
            kept.append(entity._replace(offset=entity.offset - head, length=length))
    return shown[head:], kept


def _after_drops(text: str, entities: list[Entity]) -> list[Entity]:
    """Offsets once the dropped characters, one UTF-16 unit each, are gone."""
    gone = [utf16_length(text[: match.start()]) for match in _DROPPED.finditer(text)]
    moved = []
    for entity in entities:
        before = sum(at < entity.offset for at in gone)
        within = sum(entity.offset <= at < entity.offset + entity.length for at in gone)
        moved.append(entity._replace(offset=entity.offset - before, length=entity.length - within))
    return moved


def _check_borders(text: str, entities: list[Entity]) -> None:
    """An entity may not begin or end within one character."""
    at = 0
    for index, char in enumerate(text):
        at += 1
        if char > "\uffff":
            behind = len(text[: index + 1].encode("utf-8", "surrogatepass"))
            _check_border(at, behind, entities)
            at += 1


def _check_border(middle: int, behind: int, entities: list[Entity]) -> None:
    for entity in entities:
        if entity.offset + entity.length == middle:
            raise bad(
                f"Entity beginning at UTF-16 offset {entity.offset} ends in a middle of a "
                f"UTF-16 symbol at byte offset {behind}"
            )
        if entity.offset == middle:
            raise bad(f"Entity begins in a middle of a UTF-16 symbol at byte offset {behind}")
