"""MarkdownV2 as Telegram reads it. Error offsets are in bytes of the raw text."""

from __future__ import annotations

from typing import NamedTuple

from crier.sandbox.entities.links import custom_emoji_of, date_of, link_entity, settle
from crier.sandbox.entities.markdown import LANGUAGE, NEW_LINE
from crier.sandbox.entities.model import Entity, byte_offset, sort_entities, utf16_length

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
# kind: its name in error texts, its mark
_KINDS = {
    "bold": ("Bold", "*"),
    "italic": ("Italic", "_"),
    "underline": ("Underline", "__"),
    "strikethrough": ("Strikethrough", "~"),
    "spoiler": ("Spoiler", "||"),
    "code": ("Code", "`"),
    "pre": ("Pre", "```"),
    "text_link": ("TextUrl", "]"),
    "custom_emoji": ("CustomEmoji", "]"),
    "blockquote": ("BlockQuote", ""),
}


class _Open(NamedTuple):
    kind: str
    argument: str
    offset: int
    begin: int


class _Parser:
    """One pass; `_raw` ends in NULs so that looking ahead needs no checks."""

    def __init__(self, text: str) -> None:
        self._raw = text + "\0\0\0"
        self._size = len(text)
        self._shown: list[str] = []
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []
        self._in_quote = False
        self._may_quote = True

    def parse(self) -> tuple[str, list[Entity]]:
        at = 0
        while at < self._size:
            at = self._step(at)
        if self._in_quote:
            self._end_last_quote()
        if self._open:
            self._refuse_open()
        text = "".join(self._shown)
        return text, sort_entities(settle(text, self._entities))

    def _step(self, at: int) -> int:
        raw, char = self._raw, self._raw[at]
        if char == "\\" and 0 < ord(raw[at + 1]) <= 126:
            self._show(raw[at + 1])
            if raw[at + 1] != "\r":
                self._may_quote = raw[at + 1] == "\n"
            return at + 2
        in_code = bool(self._open) and self._open[-1].kind in ("code", "pre")
        if char not in ("`" if in_code else _RESERVED):
            self._show(char)
            if char != "\r":
                self._may_quote = False
            return at + 1
        if self._ends_here(at):
            return self._end(at)
        return self._begin(at)

    def _show(self, text: str) -> None:
        self._shown.append(text)
        self._offset += utf16_length(text)

    def _ends_here(self, at: int) -> bool:
        if not self._open:
            return False
        raw = self._raw
        if self._in_quote and raw[at] == "\n" and (at + 1 == self._size or raw[at + 1] != ">"):
            return True
        kind = self._open[-1].kind
        if kind == "blockquote":
            return False
        if kind == "italic":
            return raw[at] == "_" and raw[at + 1] != "_"
        return raw.startswith(_KINDS[kind][1], at)

    # --- beginnings ----------------------------------------------------------------------------

    def _begin(self, at: int) -> int:
        raw, char = self._raw, self._raw[at]
        if char == "\n":
            self._show(char)
            self._may_quote = True
            return at + 1
        if char == ">" and self._may_quote:
            if not self._in_quote:
                self._in_quote = True
                self._push("blockquote", at)
            return at + 1
        if char == "`":
            return self._begin_code(at)
        for kind in ("underline", "spoiler", "italic", "bold", "strikethrough"):
            mark = _KINDS[kind][1]
            if raw.startswith(mark, at):
                self._push(kind, at)
                return at + len(mark)
        if char == "[" or raw.startswith("![", at):
            self._push("text_link" if char == "[" else "custom_emoji", at)
            return at + (1 if char == "[" else 2)
        raise ValueError(
            f"Character '{char}' is reserved and must be escaped with the preceding '\\'"
        )

    def _begin_code(self, at: int) -> int:
        if not self._raw.startswith("```", at):
            self._push("code", at)
            return at + 1
        match = LANGUAGE.match(self._raw, at + 3)
        assert match is not None
        language, behind = "", at + 3
        if match.group() and match.end() < self._size and self._raw[match.end()] != "`":
            language, behind = match.group(), match.end()
        line = NEW_LINE.match(self._raw, behind)
        self._push("pre", at, language)
        return line.end() if line else behind

    def _push(self, kind: str, at: int, argument: str = "") -> None:
        self._open.append(_Open(kind, argument, self._offset, at))

    # --- ends ----------------------------------------------------------------------------------

    def _end(self, at: int) -> int:
        if self._raw[at] == "\n":
            return self._end_quote_line(at)
        opened = self._open.pop()
        length = self._offset - opened.offset
        behind = at + len(_KINDS[opened.kind][1])
        if opened.kind == "text_link":
            return self._end_link(opened, length, behind)
        if opened.kind == "custom_emoji":
            return self._end_emoji(opened, length, behind)
        if length:
            self._entities.append(Entity(opened.kind, opened.offset, length, opened.argument))
        return behind

    def _end_quote_line(self, at: int) -> int:
        kind = "blockquote"
        if self._open[-1].kind != "blockquote":
            shown_cr = bool(self._shown) and self._shown[-1] == "\r"
            just_begun = self._open[-1].begin == at - 2 or (
                self._open[-1].begin == at - 3 and shown_cr
            )
            if self._open[-1].kind != "spoiler" or not just_begun:
                self._refuse_open()
            self._open.pop()  # a `||` at the very end makes the quote expandable
            if self._open[-1].kind != "blockquote":
                self._refuse_open()
            kind = "expandable_blockquote"
        opened = self._open.pop()
        self._in_quote = False
        self._show("\n")
        self._may_quote = True
        self._entities.append(Entity(kind, opened.offset, self._offset - opened.offset))
        return at + 1

    def _end_last_quote(self) -> None:
        kind = "blockquote"
        if self._open[-1].kind == "spoiler" and self._open[-1].begin == self._size - 2:
            self._open.pop()
            kind = "expandable_blockquote"
        if self._open[-1].kind == "blockquote":
            opened = self._open.pop()
            if self._offset > opened.offset:
                self._entities.append(Entity(kind, opened.offset, self._offset - opened.offset))

    def _end_link(self, opened: _Open, length: int, at: int) -> int:
        if self._raw[at] != "(":
            entity: Entity | None = Entity(
                "text_link", opened.offset, length
            )  # `settle` has the rest
        else:
            url, at = self._url(at + 1)
            entity = link_entity(url, opened.offset, length)
        if length and entity:
            self._entities.append(entity)
        return at

    def _end_emoji(self, opened: _Open, length: int, at: int) -> int:
        if self._raw[at] != "(":
            raise ValueError("The entity must contain a tg://emoji or tg://time URL")
        url, at = self._url(at + 1)
        emoji = custom_emoji_of(url)
        date = "" if emoji else date_of(url)
        if not emoji and not date:
            raise ValueError("Invalid tg://emoji or tg://time URL specified")
        if length:
            kind = "custom_emoji" if emoji else "date_time"
            self._entities.append(Entity(kind, opened.offset, length, emoji or date))
        return at

    def _url(self, begin: int) -> tuple[str, int]:
        raw, at = self._raw, begin
        url: list[str] = []
        while at < self._size and raw[at] != ")":
            if raw[at] == "\\" and 0 < ord(raw[at + 1]) <= 126:
                at += 1
            url.append(raw[at])
            at += 1
        if raw[at] != ")":
            where = byte_offset(raw, begin)
            raise ValueError(f"Can't find end of a URL at byte offset {where}")
        return "".join(url), at + 1

    def _refuse_open(self) -> None:
        opened = self._open[-1]
        name = _KINDS[opened.kind][0]
        if opened.kind == "pre" and opened.argument:
            name = "PreCode"
        where = byte_offset(self._raw, opened.begin)
        raise ValueError(f"Can't find end of {name} entity at byte offset {where}")


def parse_markdown_v2(text: str) -> tuple[str, list[Entity]]:
    """Return the shown text and its entities.

    Raises:
        ValueError: the markup is wrong; the text is Telegram's reason.
    """
    return _Parser(text).parse()
