"""How Telegram cleans and trims a text, and which marked pieces keep its blanks."""

import pytest

from crier.domain.markup.parsing import Kind, MarkedSpan, Parsed, byte_offset
from crier.domain.markup.visible import clean, is_empty, visible


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\rb\u2028c\u202e", "abc"),
        ("a\tb\x00c\nd\x1f", "a b c\nd "),
        ("\u200e\u200f\u200ex", "\u200c\u200c\u200ex"),
        ("\u200ex", "\u200ex"),
    ],
)
def test_control_characters_become_blanks_and_others_go(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_text_of_invisible_characters_is_empty() -> None:
    assert is_empty(" \n\u200b\ufeff")
    assert not is_empty(" x ")


@pytest.mark.parametrize(
    ("text", "spans", "seen"),
    [
        ("  x  \n", [], "x"),
        ("  x", ["style:0-3"], "  x"),
        ("  x", ["style:1-3"], " x"),
        ("  x", ["style:2-3"], "x"),
        ("  x y", ["style:4-5"], "x y"),
        ("\r x", ["style:0-1"], "x"),
        ("\r x", ["style:1-3"], " x"),
        (" \r x", ["style:2-4"], " x"),
        ("   x", ["other:2-3", "other:1-4"], "  x"),
        ("   x", ["quote:2-4", "quote:1-4"], "  x"),
        ("   xy", ["other:1-5", "quote:0-4"], "   xy"),
        ("   xy", ["other:1-4", "quote:2-5"], " xy"),
        ("   xy", ["other:1-4", "quote:2-4"], " xy"),
        ("   xy", ["other:1-5", "quote:2-4"], " xy"),
        ("   xy", ["other:1-4", "quote:1-4"], "  xy"),
        ("   xy", ["other:1-4", "quote:4-5"], "  xy"),
        ("   xy", ["other:1-3", "quote:3-5"], "  xy"),
        ("   xy", ["other:2-5", "quote:0-1", "quote:1-4"], "   xy"),
        (" \n x", ["other:0-1", "other:1-2"], " \n x"),
    ],
)
def test_blanks_stay_from_the_first_kept_piece_on(text: str, spans: list[str], seen: str) -> None:
    marked = []
    for kind in ("style", "quote", "other"):
        for span in spans:
            if span.startswith(kind):
                begin, _, end = span.partition(":")[2].partition("-")
                marked.append(MarkedSpan(_KINDS[kind], int(begin), int(end)))
    assert visible(Parsed(text, tuple(marked))) == seen


_KINDS: dict[str, Kind] = {"style": "style", "quote": "quote", "other": "other"}


def test_offsets_are_counted_in_bytes() -> None:
    assert byte_offset("aü👍b", 0) == 0
    assert byte_offset("aü👍b", 3) == 7
    assert byte_offset("\ud800b", 1) == 1
