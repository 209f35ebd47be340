"""How entities of one text may lie: none cuts another, and code holds no other.

Bold, italic, underline, strikethrough and spoiler are split around the others and joined where they
touch; of others that overlap the first stays. Rules: `fix_entities` of tdlib/td.
"""

from __future__ import annotations

from collections.abc import Iterable

from crier.sandbox.entities.model import CLOSED, QUOTES, SPLITTABLE, Entity, sort_entities

_ORDER = ("bold", "italic", "underline", "strikethrough", "spoiler")


def arrange(entities: list[Entity]) -> list[Entity]:
    """Return the entities as Telegram keeps them, sorted; none may be empty."""
    entities = sort_entities(entities)
    if _are_fine(entities):
        return entities
    splittable, quotes, others = _sorted_out(entities)
    others = _without_overlaps(others)
    if quotes:
        quotes = _without_overlaps(quotes)
        others = sort_entities(_within_or_without(others, quotes) + quotes)
    return _resplit(splittable, others)


def add_found(entities: list[Entity], found: list[Entity]) -> list[Entity]:
    """Arranged entities, and those found in the text that do not cut them."""
    if not found:
        return entities
    splittable, quotes, others = _sorted_out(entities)
    others = _merged(others, _within_or_without(found, quotes))
    if quotes:
        others = sort_entities(others + quotes)
    return _resplit(splittable, others)


def _sorted_out(entities: list[Entity]) -> tuple[list[Entity], list[Entity], list[Entity]]:
    splittable = [e for e in entities if e.type in SPLITTABLE]
    quotes = [e for e in entities if e.type in QUOTES]
    return splittable, quotes, [e for e in entities if e.type not in SPLITTABLE | QUOTES]


def _are_fine(entities: list[Entity]) -> bool:
    """Return True if nothing needs to be done."""
    ends: dict[str, int] = {}
    around: list[Entity] = []
    for entity in entities:
        while around and entity.offset >= around[-1].end:
            around.pop()
        if around and not _may_lie_in(entity, around):
            return False
        if entity.type in SPLITTABLE:
            if ends.get(entity.type, -1) >= entity.offset:
                return False  # the two can be joined
            ends[entity.type] = entity.end
        around.append(entity)
    return True


def _may_lie_in(entity: Entity, around: list[Entity]) -> bool:
    kinds = {outer.type for outer in around}
    if entity.end > around[-1].end or entity.type in kinds or around[-1].type in CLOSED:
        return False
    if entity.type in CLOSED and kinds - QUOTES:
        return False
    if entity.type not in SPLITTABLE | CLOSED and kinds - SPLITTABLE - QUOTES - CLOSED:
        return False
    if entity.type in QUOTES and kinds & QUOTES:
        return False
    return not kinds & SPLITTABLE  # the outer one may have to be split


def _without_overlaps(entities: Iterable[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in entities:
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _within_or_without(entities: list[Entity], quotes: list[Entity]) -> list[Entity]:
    """Return those that lie in one quote, or around quotes, or beside them."""
    kept, at = [], 0
    for entity in entities:
        while at < len(quotes) and quotes[at].end <= entity.offset:
            at += 1
        if at < len(quotes):
            begin, end = quotes[at].offset, quotes[at].end
            if end < entity.end or entity.offset < begin < entity.end:
                continue
        kept.append(entity)
    return kept


def _merged(old: list[Entity], new: list[Entity]) -> list[Entity]:
    """Both in order; of new ones those that overlap no old one."""
    merged, at = [], 0
    for entity in old:
        while at < len(new) and new[at].end <= entity.offset:
            merged.append(new[at])
            at += 1
        merged.append(entity)
        while at < len(new) and new[at].offset < entity.end:
            at += 1
    return merged + new[at:]


def _resplit(splittable: list[Entity], others: list[Entity]) -> list[Entity]:
    if not splittable:
        return others
    return sort_entities(others + _Splitter(splittable).split(others))


class _Splitter:
    """Walks along the text; `_open` holds where each kind began and where it is to end."""

    def __init__(self, entities: list[Entity]) -> None:
        self._entities = entities
        self._next = 0
        self._open: dict[str, tuple[int, int]] = {}
        self._done: list[Entity] = []

    def split(self, others: list[Entity]) -> list[Entity]:
        around: list[Entity] = []
        for other in [*others, None]:
            while around and (other is None or other.offset >= around[-1].end):
                inner = around.pop()
                before = len(self._done)
                self._walk(inner.end)
                if inner.type in CLOSED:
                    del self._done[before:]
            if other is not None:
                self._walk(other.offset)
                around.append(other)
        self._walk(None)
        return sort_entities(self._done)

    def _walk(self, end: int | None) -> None:
        while self._next < len(self._entities):
            entity = self._entities[self._next]
            if end is not None and entity.offset >= end:
                break
            begun = self._open.get(entity.type)
            if begun and entity.offset <= begun[1]:
                self._open[entity.type] = (begun[0], max(begun[1], entity.end))
            else:
                self._cut(entity.offset)
                self._open[entity.type] = (entity.offset, entity.end)
            self._next += 1
        self._cut(end)

    def _cut(self, at: int | None) -> None:
        """Write what lies before `at`."""
        for kind in _ORDER:
            if kind not in self._open:
                continue
            begin, end = self._open[kind]
            if at is None or end <= at:
                del self._open[kind]
                self._done.append(Entity(kind, begin, end - begin))
            elif begin < at:
                self._done.append(Entity(kind, begin, at - begin))
                self._open[kind] = (at, end)
