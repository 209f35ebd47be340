"""What Telegram drops from a text before it counts: control characters, outer blanks.

Rules: `fix_formatted_text`, `clean_input_string` and `strip_empty_characters` of tdlib/td.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from crier.sandbox.entities.model import Entity, sort_entities, utf16_length
from crier.sandbox.entities.nesting import arrange
from crier.sandbox.errors import bad

_DROPPED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_BLANK = re.compile("[\0-\x09\x0b\x0c\x0e-\x1f]")
_MARKS = re.compile("[\u200e\u200f]{2,}")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_UNSEEN = re.compile(
    "[ \n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc"
    "\U000e0000-\U000e007f]*"
)
_MAX_PLACE = 1_000_000


def is_empty(text: str) -> bool:
    """Return whether there is nothing to see."""
    return _UNSEEN.fullmatch(text) is not None


def clean(text: str) -> str:
    """`text` with blanks for control characters, and without what is never kept."""
    text = _BLANK.sub(" ", _DROPPED.sub("", text))
    return _MARKS.sub(lambda run: "\u200c" * (len(run[0]) - 1) + run[0][-1], text)


def put_in_order(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Return the text cleaned, and its entities arranged where they then stand.

    Raises:
        ApiError: Telegram refuses it.
    """
    if entities:
        _check_places(entities)
        entities = arrange([entity for entity in entities if entity.length])
        _check_borders(text, entities)
        if gone := _places(_DROPPED, text):
            entities = arrange(_after_drops(gone, entities))
    return clean(text), entities


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without blanks at the end, and before the first entity."""
    shown = text.rstrip(" \n")
    end = utf16_length(shown)
    kept = [entity for entity in entities if entity.offset < end]
    if any(entity.end > end for entity in kept):
        kept = sort_entities([e._replace(length=min(e.length, end - e.offset)) for e in kept])
    first = kept[0].offset if kept else end
    head = min(len(shown) - len(shown.lstrip(" \n")), first)
    if head:
        kept = [entity._replace(offset=entity.offset - head) for entity in kept]
    return shown[head:], kept


def _check_places(entities: list[Entity]) -> None:
    for entity in entities:
        for name, place in (("offset", entity.offset), ("length", entity.length)):
            if not 0 <= place <= _MAX_PLACE:
                raise bad(f"Receive an entity with incorrect {name} {place}")


def _after_drops(gone: list[int], entities: list[Entity]) -> list[Entity]:
    """Offsets once the dropped characters, one UTF-16 unit each, are gone."""
    moved = []
    for entity in entities:
        offset = entity.offset - bisect_left(gone, entity.offset)
        end = entity.end - bisect_left(gone, entity.end)
        if end > offset:
            moved.append(entity._replace(offset=offset, length=end - offset))
    return moved


def _places(pattern: re.Pattern[str], text: str) -> list[int]:
    """Return the UTF-16 offsets of single characters."""
    places, at, units = [], 0, 0
    for match in pattern.finditer(text):
        units += utf16_length(text[at : match.start()])
        at = match.start()
        places.append(units)
    return places


def _check_borders(text: str, entities: list[Entity]) -> None:
    """An entity lies in the text, and neither begins nor ends within one character."""
    halves = {place + 1 for place in _places(_ASTRAL, text)}
    wrong = []
    for index, entity in enumerate(entities):
        if entity.end in halves:
            where = f"Entity beginning at UTF-16 offset {entity.offset} ends"
            wrong.append((entity.end, 0, -index, where))
        if entity.offset in halves:
            wrong.append((entity.offset, 1, index, "Entity begins"))
    if wrong:
        half, _, _, what = min(wrong)
        behind = len(_utf16_start(text, half + 1).encode())
        raise bad(f"{what} in a middle of a UTF-16 symbol at byte offset {behind}")
    _check_end(utf16_length(text), entities)


def _utf16_start(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le")


def _check_end(size: int, entities: list[Entity]) -> None:
    for entity in entities:
        if entity.offset > size:
            raise bad(f"Entity begins after the end of the text at UTF-16 offset {entity.offset}")
    for entity in reversed(entities):
        if entity.end > size:
            raise bad(
                f"Entity beginning at UTF-16 offset {entity.offset} ends after the end of the "
                f"text at UTF-16 offset {entity.end}"
            )
