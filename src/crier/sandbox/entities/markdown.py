"""Telegram's old Markdown: four entities, no nesting."""

from __future__ import annotations

import re

from crier.sandbox.entities.links import checked_link, user_id_of
from crier.sandbox.entities.model import Entity, byte_offset, sort_entities, utf16_length

_LANGUAGE = re.compile("[^\\s\0`]*")
_NEW_LINE = re.compile("\r\n|\n\r|\n|\r")


class _Parser:
    def __init__(self, text: str) -> None:
        self._raw = text + "\0\0\0"
        self._size = len(text)
        self._shown: list[str] = []
        self._offset = 0
        self._entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        at = 0
        while at < self._size:
            char = self._raw[at]
            if char == "\\" and self._raw[at + 1] in "_*`[":
                self._show(self._raw[at + 1])
                at += 2
            elif char in "_*`[":
                at = self._entity(at)
            else:
                self._show(char)
                at += 1
        return "".join(self._shown), sort_entities(self._entities)

    def _show(self, text: str) -> None:
        self._shown.append(text)
        self._offset += utf16_length(text)

    def _entity(self, begin: int) -> int:
        raw, char = self._raw, self._raw[begin]
        is_pre = raw.startswith("```", begin)
        at, language = self._pre_head(begin + 3) if is_pre else (begin + 1, "")
        end_mark = "```" if is_pre else "]" if char == "[" else char
        end = raw.find(end_mark, at, self._size)
        if end < 0:
            where = byte_offset(raw, begin)
            raise ValueError(f"Can't find end of the entity starting at byte offset {where}")
        offset = self._offset
        self._show(raw[at:end])
        length = self._offset - offset
        behind = end + len(end_mark)
        if char == "[":
            return self._link(raw[at:end], behind, offset, length)
        kind = {"_": "italic", "*": "bold", "`": "pre" if is_pre else "code"}[char]
        if length:
            self._entities.append(Entity(kind, offset, length, language))
        return behind

    def _pre_head(self, at: int) -> tuple[int, str]:
        """Behind the language and the first line break, and the language."""
        match = _LANGUAGE.match(self._raw, at)
        assert match is not None
        language = ""
        if match.end() < self._size and self._raw[match.end()] != "`":
            language, at = match.group(), match.end()
        line = _NEW_LINE.match(self._raw, at)
        return (line.end() if line else at), language

    def _link(self, label: str, at: int, offset: int, length: int) -> int:
        url, behind = label, at
        if self._raw[at] == "(":
            end = self._raw.find(")", at, self._size)
            end = self._size if end < 0 else end
            url, behind = self._raw[at + 1 : end], end + 1
        entity = link_entity(url, offset, length)
        if length and entity:
            self._entities.append(entity)
        return behind


def link_entity(url: str, offset: int, length: int) -> Entity | None:
    """The entity of a link; None where Telegram drops it."""
    user_id = user_id_of(url)
    if user_id:
        return Entity("text_mention", offset, length, str(user_id))
    try:
        return Entity("text_link", offset, length, checked_link(url))
    except ValueError:
        return None


def parse_markdown(text: str) -> tuple[str, list[Entity]]:
    """Shown text and entities. Raises ValueError with Telegram's reason."""
    return _Parser(text).parse()
