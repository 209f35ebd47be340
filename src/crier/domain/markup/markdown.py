"""Telegram's MarkdownV2, parsed as TDLib's `parse_markdown_v2` does, with its errors."""

from typing import Final, NamedTuple

from crier.domain.markup.links import check_kept, is_emoji_or_date, is_link, kept_labels
from crier.domain.markup.parsing import SPACE, Kind, Link, MarkedSpan, Parsed, byte_offset, refused

_RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!\n")
_SIMPLE: Final = {"*": "Bold", "~": "Strikethrough", "[": "TextUrl"}
_ENDS: Final = {
    "Bold": "*",
    "Italic": "_",
    "Code": "`",
    "Pre": "```",
    "PreCode": "```",
    "TextUrl": "]",
    "Underline": "__",
    "Strikethrough": "~",
    "Spoiler": "||",
    "CustomEmoji": "]",
}


_SPANS: Final[dict[str, Kind]] = {
    "BlockQuote": "quote",
    **dict.fromkeys(("Code", "Pre", "PreCode", "TextUrl", "CustomEmoji"), "other"),
}


class _Mark(NamedTuple):
    kind: str
    at: int
    begin: int


class _Parser:
    """Reads `text` once, from left to right; NULs are put at its end, to look ahead freely."""

    def __init__(self, text: str) -> None:
        self._source = text
        self._text = text + "\0\0\0"
        self._at = 0
        self._out: list[str] = []
        self._open: list[_Mark] = []
        self._spans: list[MarkedSpan] = []
        self._links: list[Link] = []
        self._addresses: list[str] = []
        self._labels: list[tuple[int, int]] = []
        self._in_quote = False
        self._may_quote = True

    def parse(self) -> Parsed:
        while self._at < len(self._source):
            char = self._text[self._at]
            if char == "\\" and "\0" < self._text[self._at + 1] <= "~":
                self._write(self._text[self._at + 1])
                self._at += 2
            elif char not in self._reserved():
                self._write(char)
                self._may_quote &= char != "\n"  # a line that ends inside code begins no quote
                self._at += 1
            elif self._ends():
                self._end()
            else:
                self._begin(char)
        self._end_of_text()
        text = "".join(self._out)
        labels = kept_labels(text, self._labels)
        for begin, end in labels:
            self._spans.append(MarkedSpan("other", begin, end))
            self._addresses.append(text[begin:end])
        check_kept(self._addresses)
        shown = tuple(text[begin:end] for begin, end in labels)
        return Parsed(text, tuple(self._spans), tuple(self._links), shown)

    def _write(self, char: str) -> None:
        self._out.append(char)
        if char != "\r":
            self._may_quote = char == "\n"

    def _reserved(self) -> frozenset[str]:
        code = self._open and self._open[-1].kind in {"Code", "Pre", "PreCode"}
        return frozenset("`") if code else _RESERVED

    def _ends(self) -> bool:
        """Return whether the innermost open piece (or, at a line's end, a block quote) ends
        here."""
        if not self._open:
            return False
        if self._in_quote and self._text[self._at] == "\n" and self._text[self._at + 1] != ">":
            return True
        kind = self._open[-1].kind
        if kind == "BlockQuote":
            return False
        if kind == "Italic" and self._text[self._at + 1] == "_":
            return False
        return self._text.startswith(_ENDS[kind], self._at)

    # -- beginnings

    def _begin(self, char: str) -> None:
        start, following = self._at, self._text[self._at + 1]
        self._at += 1
        if char == "\n":
            self._write("\n")
        elif char == ">" and self._may_quote:
            if not self._in_quote:
                self._in_quote = True
                self._push("BlockQuote", start)
        elif char in _SIMPLE:
            self._push(_SIMPLE[char], start)
        elif char == "_":
            self._push("Underline" if self._double(following == "_") else "Italic", start)
        elif char == "|" and self._double(following == "|"):
            self._push("Spoiler", start)
        elif char == "!" and self._double(following == "["):
            self._push("CustomEmoji", start)
        elif char == "`":
            self._push(self._code(), start)
        else:
            raise refused(
                f"Character '{char}' is reserved and must be escaped with the preceding '\\'"
            )

    def _double(self, found: bool) -> bool:
        self._at += found
        return found

    def _push(self, kind: str, start: int) -> None:
        self._open.append(_Mark(kind, start, len(self._out)))

    def _code(self) -> str:
        """Return which kind of code begins; steps over three marks, the language and one line's
        end."""
        if not self._text.startswith("``", self._at):
            return "Code"
        self._at += 2
        end = self._at
        while self._text[end] not in SPACE + "`":
            end += 1
        kind = "Pre"
        if end != self._at and end < len(self._source) and self._text[end] != "`":
            kind, self._at = "PreCode", end
        pair = self._text[self._at : self._at + 2]
        if pair in {"\r\n", "\n\r"}:
            self._at += 2
        elif pair[:1] in {"\r", "\n"}:
            self._at += 1
        return kind

    # -- ends

    def _end(self) -> None:
        mark, kept = self._open.pop(), True
        if self._text[self._at] == "\n" and mark.kind != "BlockQuote":
            mark = self._expandable(mark)
        if mark.kind == "BlockQuote":
            self._in_quote = False
            self._write("\n")
            self._at += 1
        elif mark.kind in {"TextUrl", "CustomEmoji"}:
            self._at += 1
            kept = self._link(mark) if mark.kind == "TextUrl" else self._emoji()
        else:
            self._at += len(_ENDS[mark.kind])
        if kept:
            self._keep(mark)

    def _keep(self, mark: _Mark) -> None:
        if len(self._out) > mark.begin:
            kind = _SPANS.get(mark.kind, "style")
            self._spans.append(MarkedSpan(kind, mark.begin, len(self._out)))

    def _expandable(self, mark: _Mark) -> _Mark:
        """At the end of a line: the quote that `||` just before makes expandable."""
        at_end = mark.at + 2 == self._at - (self._text[self._at - 1] == "\r")
        if mark.kind != "Spoiler" or not at_end:
            raise self._no_end(mark)
        quote = self._open.pop()
        if quote.kind != "BlockQuote":
            raise self._no_end(quote)
        return quote

    def _link(self, mark: _Mark) -> bool:
        """Return whether Telegram keeps the link. One without an address is looked at in the
        end."""
        if self._text[self._at] != "(":
            if len(self._out) > mark.begin:
                self._labels.append((mark.begin, len(self._out)))
            return False
        start, url = self._at + 1, self._address()
        words = (mark.begin, len(self._out))
        self._links.append(Link(url, start, self._at - 1, words))
        kept = len(self._out) > mark.begin and is_link(url)
        self._addresses += [url] if kept else []
        return kept

    def _emoji(self) -> bool:
        if self._text[self._at] != "(":
            raise refused("The entity must contain a tg://emoji or tg://time URL")
        if not is_emoji_or_date(self._address()):
            raise refused("Invalid tg://emoji or tg://time URL specified")
        return True

    def _address(self) -> str:
        """Return what stands in brackets, and step over it."""
        self._at += 1
        start, url = self._at, []
        while self._text[self._at] != ")" and self._at < len(self._source):
            if self._text[self._at] == "\\" and "\0" < self._text[self._at + 1] <= "~":
                self._at += 1
            url.append(self._text[self._at])
            self._at += 1
        if self._text[self._at] != ")":
            where = byte_offset(self._source, start)
            raise refused(f"Can't find end of a URL at byte offset {where}")
        self._at += 1
        return "".join(url)

    def _end_of_text(self) -> None:
        if self._in_quote:
            last = self._open[-1]
            if last.kind == "Spoiler" and last.at == len(self._source) - 2:
                self._open.pop()
            if self._open[-1].kind == "BlockQuote":
                self._keep(self._open.pop())
        if self._open:
            raise self._no_end(self._open[-1])

    def _no_end(self, mark: _Mark) -> ValueError:
        where = byte_offset(self._source, mark.at)
        return refused(f"Can't find end of {mark.kind} entity at byte offset {where}")


def parse(text: str) -> Parsed:
    """Take the markup off.

    Raises:
        MarkupError: Telegram would refuse it.
    """
    return _Parser(text).parse()
