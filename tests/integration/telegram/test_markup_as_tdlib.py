"""Markup and entities are read as TDLib itself reads them: by the sandbox, and by the check of ads.

TDLib takes the marks off, puts entities in order and finds links by separate requests; each step of
ours is compared with its own. What it does not offer offline is the trimming of blanks.
"""

import json
import re
from collections.abc import Callable, Iterator
from random import Random
from string import ascii_lowercase
from typing import Any, NamedTuple, TypeAlias
from unicodedata import category

import pytest

from crier.domain import markup
from crier.sandbox import entities as sandbox
from crier.sandbox.entities.detect import detect
from crier.sandbox.entities.explicit import checked
from crier.sandbox.entities.model import QUOTES, SPLITTABLE, Entity
from crier.sandbox.entities.nesting import add_found
from crier.sandbox.entities.tidying import is_empty, put_in_order, trim
from crier.sandbox.entities.urls import TLDS
from crier.sandbox.errors import ApiError, bad
from tests.support import markup_entities, markup_texts
from tests.support.tdlib import ENDED, Answer, Found, TdLib, asked

SEED = 20260831
MODES = ["HTML", "MarkdownV2", "Markdown"]
COUNTS = [
    2_000,
    pytest.param(100_000, marks=[pytest.mark.fuzz, pytest.mark.timeout(3600)]),
]
UNMARKED = dict.fromkeys(map(ord, "_*~|[]`"), "x")
"""Takes the marks of TDLib's third Markdown out of a text."""
NOT_UNICODE = bad("MessageEntityTextUrl.url must be encoded in UTF-8").description


@pytest.fixture(scope="module")
def tdlib() -> Iterator[TdLib]:
    running = TdLib()
    yield running
    running.close()


Told: TypeAlias = str | tuple[str, list[tuple[Any, ...]]]
"""Words of a refusal, or a text and its entities."""


class Difference(NamedTuple):
    given: object
    tdlib: object
    ours: object


def check_few(differences: list[Difference], count: int) -> None:
    """At most one in ten thousand."""
    print(f"{len(differences)} of {count} differ", *differences[:5], sep="\n")
    assert len(differences) <= count / 10_000, differences[:5]


def words_of(read: Callable[..., Told], *arguments: object) -> Told:
    """What was read, or the words of the refusal."""
    try:
        return read(*arguments)
    except ApiError as error:
        return error.description
    except markup.MarkupError as error:
        return bad(str(error)).description


def plain(text: str, found: list[Entity]) -> tuple[str, list[tuple[object, ...]]]:
    return text, [tuple(entity) for entity in found]


def told(answer: Answer) -> Told:
    """TDLib's answer, as `words_of` and `plain` tell ours."""
    if answer.error:
        return bad(answer.error).description
    return answer.text, [tuple(entity) for entity in answer.entities]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("mode", MODES)
def test_the_sandbox_reads_markup_as_tdlib_does(tdlib: TdLib, mode: str, count: int) -> None:
    rng, differences = Random(SEED), []
    for _ in range(count):
        text = markup_texts.MAKERS[mode](rng)
        parsed = tdlib.parse(text, mode)
        ours = words_of(parsed_by_us, text, mode)
        if parsed.error == ENDED:  # by a link that is not Unicode, which the server refuses
            if words_of(in_order, text, mode) != NOT_UNICODE:
                differences.append(Difference(text, ENDED, ours))
        elif outermost(ours) != outermost(told(parsed)):
            differences.append(Difference(text, told(parsed), ours))
        if not parsed.error:
            arranged = told(tdlib.put_in_order(parsed.text, parsed.raw))
            ours = words_of(in_order, text, mode)
            if arranged != ours:
                differences.append(Difference(text, arranged, ours))
    check_few(differences, count)


def outermost(said: Told) -> Told:
    """Without links inside links: TDLib reads those that have no address, to drop them later."""
    if isinstance(said, str):
        return said
    kept, behind = [], (0, 0)
    for entity in said[1]:
        kind, begin, length, _ = entity
        if kind.startswith("text_"):
            if begin + length <= behind[1] and behind != (begin, begin + length):
                continue
            behind = begin, begin + length
        kept.append(entity)
    return said[0], kept


def parsed_by_us(text: str, mode: str) -> Told:
    return plain(*sandbox.parse(text, mode, ""))


def in_order(text: str, mode: str, entities: str = "") -> Told:
    shown, found = sandbox.parse(text, mode, entities)
    return plain(*put_in_order(shown, [checked(entity) for entity in found]))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("mode", ["HTML", "MarkdownV2"])
def test_an_ad_is_judged_as_tdlib_judges_it(tdlib: TdLib, mode: str, count: int) -> None:
    rng, differences = Random(SEED + 1), []
    for _ in range(count):
        text = markup_texts.MAKERS[mode](rng) or "x"
        wanted = seen(tdlib, text, mode)
        ours = without_reason(str(words_of(markup.check, text, mode, 10_000)))
        if wanted != ours:
            differences.append(Difference(text, wanted, ours))
    check_few(differences, count)


def without_reason(words: str) -> str:
    """Of a link that is wrong once it is cleaned, TDLib tells the address as it kept it and why."""
    return re.sub("entity URL .* is invalid.*", "entity URL is invalid", words, flags=re.DOTALL)


def seen(tdlib: TdLib, text: str, mode: str) -> str:
    """What people see by TDLib, or why it refuses the text."""
    answer = tdlib.parse(text, mode)
    if answer.error == ENDED:
        return NOT_UNICODE
    if not answer.error:
        answer = tdlib.put_in_order(answer.text, answer.raw)
    if answer.error:
        return without_reason(bad(answer.error).description)
    shown, _ = trim(answer.text, [Entity(*entity) for entity in answer.entities])
    return bad("Text must be non-empty").description if is_empty(shown) else shown


@pytest.mark.parametrize("count", COUNTS)
def test_links_and_the_like_are_found_as_tdlib_finds_them(tdlib: TdLib, count: int) -> None:
    rng, differences = Random(SEED + 2), []
    for _ in range(count):
        text = markup_texts.free(rng)
        wanted = [tuple(found) for found in tdlib.find(text)]
        if any(kind == "media_timestamp" for kind, *_ in wanted):
            continue  # bots do not find those
        ours = [tuple(found) for found in detect(text)]
        if wanted != ours:
            differences.append(Difference(text, wanted, ours))
    check_few(differences, count)


def test_the_known_top_level_domains_are_those_of_tdlib(tdlib: TdLib) -> None:
    names = [a + b for a in ascii_lowercase for b in ascii_lowercase]
    names += [name for known in sorted(TLDS) for name in (known, known.title(), known[::-1])]
    text = "\n".join(f"x.{name}" for name in names)
    assert [tuple(found) for found in detect(text)] == [tuple(e) for e in tdlib.find(text)]


@pytest.mark.parametrize("step", [97, pytest.param(1, marks=pytest.mark.fuzz)])
def test_letters_digits_and_blanks_are_those_of_tdlib(tdlib: TdLib, step: int) -> None:
    """Of all characters that this Python's Unicode knows; TDLib's is newer."""
    known = [c for c in map(chr, range(0x110000)) if category(c) not in ("Cn", "Co", "Cs")]
    for part in batched(known[::step], 200):
        text = "\n".join(f"#{c} #a{c} {c}#b @abcd{c} {c}/c http://a.bc/x{c} {c}.io" for c in part)
        assert [tuple(found) for found in detect(text)] == [tuple(e) for e in tdlib.find(text)]


def batched(characters: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(characters), size):
        yield characters[start : start + size]


@pytest.mark.parametrize("count", COUNTS)
def test_given_entities_are_put_in_order_as_tdlib_does(tdlib: TdLib, count: int) -> None:
    rng, differences = Random(SEED + 3), []
    for _ in range(count):
        text = markup_texts.plain(rng, 6)
        given = markup_entities.some(rng, text)
        wanted = told(tdlib.put_in_order(text, tuple(map(asked, given))))
        argument = json.dumps([markup_entities.item(entity) for entity in given])
        ours = words_of(in_order, text, "", argument)
        if wanted != ours:
            differences.append(Difference((text, given), wanted, ours))
    check_few(differences, count)


@pytest.mark.parametrize("count", COUNTS)
def test_what_is_found_splits_what_lies_around_it_as_in_tdlib(tdlib: TdLib, count: int) -> None:
    rng, differences = Random(SEED + 4), []
    for _ in range(count):
        text = (markup_texts.plain(rng, 1) + markup_texts.free(rng)).translate(UNMARKED)
        kept = tdlib.put_in_order(text, tuple(map(asked, markup_entities.some(rng, text, wrong=0))))
        if not kept.text.strip(" \n"):
            continue  # TDLib leaves nothing of it
        given, found = [Entity(*entity) for entity in kept.entities], detect(kept.text)
        new = [entity for entity in found if fits(entity, given)]
        everything = [Found(*entity) for entity in given + new]
        wanted = told(tdlib.arrange(kept.text, everything))
        ours = plain(kept.text, add_found(given, found))
        if wanted != ours:
            differences.append(Difference((text, everything), wanted, ours))
    check_few(differences, count)


def fits(entity: Entity, given: list[Entity]) -> bool:
    """Whether TDLib keeps a found entity: it neither overlaps given ones nor a quote's borders."""
    for other in given:
        if other.type in SPLITTABLE or other.end <= entity.offset or entity.end <= other.offset:
            continue
        if other.type not in QUOTES or other.end < entity.end or entity.offset < other.offset:
            return False
    return True
