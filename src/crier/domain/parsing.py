"""What the two markup parsers share."""

from typing import NamedTuple


class MarkupError(ValueError):
    """Telegram would refuse this text; the message says why, in Telegram's words."""


class Link(NamedTuple):
    """The address of a link behind words: how it reads, and where it stands in the markup."""

    url: str
    start: int
    end: int


class Parsed(NamedTuple):
    """A text without its markup. `first_entity` is where the first marked piece begins."""

    text: str
    first_entity: int | None = None
    links: tuple[Link, ...] = ()
    """In order of appearance."""


def refused(text: str) -> MarkupError:
    """The error of a text whose markup is wrong."""
    return MarkupError(f"can't parse entities: {text}")


def byte_offset(text: str, index: int) -> int:
    """Where a character stands as Telegram counts in its errors: in bytes of UTF-8."""
    return len(text[:index].encode(errors="replace"))


def first(offsets: list[int]) -> int | None:
    """The smallest offset, if there is one."""
    return min(offsets, default=None)


SPACE = " \t\r\n\0\v"
"""What counts as a blank inside tags; the NUL stands for the end of the text."""
