"""What the two markup parsers share."""

from typing import Final, Literal, NamedTuple

SPACE: Final = " \t\r\n\0\v"
"""What counts as a blank inside tags; the NUL stands for the end of the text, too."""


Kind = Literal["style", "quote", "other"]
"""What a marked piece is: bold and the like, a block quote, or a link, code, an emoji, a date."""


class MarkupError(ValueError):
    """Telegram would refuse this text; the message says why, in Telegram's words."""


class Link(NamedTuple):
    """The address of a link behind words: how it reads, and where it stands in the markup.

    `words` is where its words begin and end in the text without markup.
    """

    url: str
    start: int
    end: int
    words: tuple[int, int] = (0, 0)


class MarkedSpan(NamedTuple):
    """A marked piece of the text, in characters.

    Telegram keeps a style through others, but of the others only those that do not cut each other.
    """

    kind: Kind
    begin: int
    end: int


class Parsed(NamedTuple):
    """A text without its markup."""

    text: str
    spans: tuple[MarkedSpan, ...] = ()
    links: tuple[Link, ...] = ()
    """In order of appearance, those that Telegram drops included."""
    labels: tuple[str, ...] = ()
    """Links without an address, which lead to what they say."""


def refused(text: str) -> MarkupError:
    """Return the error of a text whose markup is wrong."""
    return MarkupError(f"can't parse entities: {text}")


def byte_offset(text: str, index: int) -> int:
    """Return where a character stands as Telegram counts in its errors: in bytes of UTF-8."""
    return len(text[:index].encode(errors="replace"))
