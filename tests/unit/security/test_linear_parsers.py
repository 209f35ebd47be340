"""Our own parsers take a time linear in what strangers send them: each reads its worst runs, as
long as it takes them, within a moment of this process."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from crier.domain import links, markup
from crier.fleet.forward import call_in
from crier.observability.redact import scrub_value
from crier.sandbox.entities import MAX_RAW_BYTES, finish, parse
from crier.sandbox.errors import ApiError
from crier.telegram.error_table import DESCRIPTION_MAX_CHARS, classify
from crier.telegram.updates import decode_update, salvage

T = TypeVar("T")

pytestmark = pytest.mark.slow

LIMIT_S = 0.2
PARSER_LIMIT_S = 1.0
"""For what is read letter by letter in Python; what is quadratic takes more than ten seconds."""
RUNS = (
    *"<&[]()_*~|`!\\{}>#@/.-+$:1a\n \"'",
    "&#", "&#1;", "&amp", "<b>", "<b>x</b>", "<a href='", "</", "<a b ", "__", "||_", "```", "![",
    "[](", "[a](b)", "*x*", "\n>", ">||", "a.com ", "\U0001f600#a ", "-a.", "a@a.", "#1", "_@", "w://",
    "{first_name}", "{first_name", "\\{", "\u202e", "<b>\U0001f600</b>", "[a]", "@a.b:1/", "4111 ",
)  # fmt: skip
NESTED = (
    ("[x", "]"), ("[a\\.", "]"), ("[a ", "]"), ("<a>x", "</a>"), ("<a>a.", "</a>"), ("<b>", "</b>"),
    ("<pre><a>x", "</a></pre>"), ("<code>", "</code>"), ("<blockquote>", "</blockquote>"),
)  # fmt: skip


def texts(size: int) -> Iterator[str]:
    """Each run alone, and with an end that no pattern wants."""
    for run in RUNS:
        text = run * (size // len(run.encode()) - 2)
        yield from (text, f"{text}\1", f"<{text}>")
    for begin, end in NESTED:
        depth = size // len(begin + end) - 2
        yield begin * depth + "\U0001f600" + end * depth


def slowest(read: Callable[[str], object], size: int) -> tuple[float, str]:
    """The time and the beginning of the worst text. A time is believed when it comes back."""
    worst = (0.0, "")
    for text in texts(size):
        spent = _spent(read, text)
        if spent > PARSER_LIMIT_S:
            spent = min(spent, _spent(read, text))
        worst = max(worst, (spent, text[:20]))
    return worst


def _spent(read: Callable[[T], object], text: T) -> float:
    begun = time.process_time()
    with contextlib.suppress(markup.MarkupError, ApiError):
        read(text)
    return time.process_time() - begun


@pytest.mark.parametrize("mode", ["HTML", "MarkdownV2", "Markdown", ""])
def test_the_sandbox_reads_the_longest_text_in_a_linear_time(mode: str) -> None:
    spent, text = slowest(lambda text: finish(*parse(text, mode, "")), MAX_RAW_BYTES)
    assert spent < PARSER_LIMIT_S, text


@pytest.mark.parametrize("mode", ["HTML", "MarkdownV2", None])
@pytest.mark.parametrize("read", [markup.check, links.links_of])
def test_an_ads_text_is_read_in_a_linear_time(
    read: Callable[[str, str | None], object], mode: str | None
) -> None:
    spent, text = slowest(lambda text: read(text, mode), markup.RAW_MAX_BYTES)
    assert spent < PARSER_LIMIT_S, text


@pytest.mark.parametrize("run", ["0", "1:", "1%25", "eyJ-", "-eyJaaaaaaaa", "a://", "bearer ", "<"])
def test_what_is_cut_is_not_looked_at_beyond_the_cut(run: str) -> None:
    text = run * (1_000_000 // len(run))
    assert _spent(lambda text: classify(400, text), text) < LIMIT_S / 4
    assert _spent(lambda text: scrub_value({text: [text] * 10}), text) < LIMIT_S
    assert len(classify(400, text).description) == DESCRIPTION_MAX_CHARS


@pytest.mark.parametrize("run", ["0", '\\"', '"', "[", "{", ",", "1:", "\\u0000", "\\ud800", "\\"])
def test_answers_of_telegram_and_of_an_owners_program_are_read_in_a_linear_time(run: str) -> None:
    body = f'{{"ok":true,"result":[{{"text":"{run * (1_000_000 // len(run))}'.encode()
    for read in (salvage, call_in, decode_update):
        spent = min(_spent(read, body) for _ in range(2))
        assert spent < PARSER_LIMIT_S, read
