"""Telegram's old Markdown: four entities, no nesting."""

from __future__ import annotations

import re

from crier.sandbox.entities.links import SPACE, link_entity
from crier.sandbox.entities.model import Entity, byte_offset, utf16_length

LANGUAGE = re.compile(f"[^`{SPACE}]*")
NEW_LINE = re.compile("\r\n|\n\r|\n|\r")


class _Parser:
    def __init__(self, text: str) -> None:
        self._raw = text + "\0\0\0"
        self._size = len(text)
        self._shown: list[str] = []
        self._bytes = text.encode("utf-8", "surrogatepass") + b"\0\0\0"
        self._written = bytearray()
        self._counted = 0, 0
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
        return "".join(self._shown), self._entities

    def _show(self, text: str) -> None:
        self._shown.append(text)
        self._written += text.encode("utf-8", "surrogatepass")
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
            return self._link(begin, behind, offset, length)
        kind = {"_": "italic", "*": "bold", "`": "pre" if is_pre else "code"}[char]
        if length:
            self._entities.append(Entity(kind, offset, length, language))
        return behind

    def _pre_head(self, at: int) -> tuple[int, str]:
        """Behind the language and the first line break, and the language."""
        match = LANGUAGE.match(self._raw, at)
        assert match is not None
        language = ""
        if match.end() < self._size and self._raw[match.end()] != "`":
            language, at = match.group(), match.end()
        line = NEW_LINE.match(self._raw, at)
        return (line.end() if line else at), language

    def _link(self, begin: int, at: int, offset: int, length: int) -> int:
        """Behind the link whose text ended at `at`; an empty one has no address."""
        if not length:
            return at
        if self._raw[at] == "(":
            end = self._raw.find(")", at, self._size)
            end = self._size if end < 0 else end
            url, behind = self._raw[at + 1 : end], end + 1
        else:
            url, behind = self._label(begin, at - 1), at
        if (entity := link_entity(url, offset, length)) is not None:
            self._entities.append(entity)
        return behind

    def _label(self, begin: int, end: int) -> str:
        """Return the text that is its own address.

        TDLib writes the shown text over the raw one while it reads, and takes the address from
        there: behind other marks it is not what the text says.
        """
        if self._raw.isascii():
            first, last = begin + 1, end
        else:
            self._count_to(begin + 1)
            first = self._counted[1]
            last = first + byte_offset(self._raw[begin + 1 : end], end)
        shown, raw = self._written, self._bytes
        written = shown[first:last] + raw[max(first, len(shown)) : last]
        return written.decode("utf-8", "surrogateescape")

    def _count_to(self, at: int) -> None:
        """Keep `_counted` at a character and its place in bytes, without counting from 0 again."""
        known, size = self._counted
        self._counted = at, size + byte_offset(self._raw[known:at], at)


def parse_markdown(text: str) -> tuple[str, list[Entity]]:
    """Return the shown text and its entities.

    Raises:
        ValueError: the markup is wrong; the text is Telegram's reason.
    """
    return _Parser(text).parse()
