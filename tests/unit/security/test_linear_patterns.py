"""Every regular expression of the source takes a time linear in the text, or never sees a long one.

Python's `re` lets nothing else of its process run: a quadratic pattern that a stranger's text meets
stops the platform. The patterns are found in the source and attacked with what they are made of.
"""

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pydantic
import pytest

from tests.support.patterns import Pattern, attacks, patterns, rust_patterns

pytestmark = pytest.mark.slow

MIB = 1_000_000
_YARDSTICK = re.compile("(?:ab|cd|e)+x")
_YARD_S = 0.06
"""What the yardstick takes for a megabyte on a current server, where 0.2 s are asked for."""


def _limit_s() -> float:
    """A fifth of a second, and more on a machine that is slower just now."""
    text = "abcde" * 200_000
    taken = []
    for _ in range(3):
        begun = time.process_time()
        _YARDSTICK.match(text)
        taken.append(time.process_time() - begun)
    return 0.2 * max(1.0, min(taken) / _YARD_S)


LIMIT_S = _limit_s()
# Meet nothing that a stranger wrote, or are made of our own words while the program runs.
OWN = {
    "crier/domain/markup/__init__.py: names": "names of fields, one after the other",
    "crier/domain/message.py: pieces": "behind each of our own random marks",
    r"crier/sandbox/control/__init__.py: path.replace('{bot}', '(?P<bot>\\d{1,18})')": "paths",
    "crier/api/http/openapi.py: '<(?:[^<:]+:)?([^>]+)>'": "rules of our own routes",
    "crier/storage/queries.py: _HEAD": "our own SQL",
}
# The most characters that a pattern is given, where that is less than any request may hold.
SHORTER = {
    "crier/domain/visitors.py: _MACHINE": 1000,
    "crier/domain/visitors.py: _PURPOSE": 1000,
    "crier/observability/redact.py: _NAMES": 20_000,  # cut before it is looked at
    "crier/services/bots/chat_lists.py: _ITEM": 80_000,  # a chunk, behind what an item may be long
}
# Handed to a function that only matches at one place.
HANDED = {
    "crier/sandbox/entities/links.py: _PART",
    "crier/sandbox/entities/links.py: _USERINFO",
}
FOUND = [replace(p, anchored=p.anchored or p.place in HANDED) for p in patterns()]
SMALL = (30, 1000, 20_000)


def spent(pattern: Pattern, text: Any) -> float:
    """Seconds of this process for the text, used as the source uses the pattern."""
    compiled = pattern.compiled
    assert compiled is not None
    if pattern.anchored:
        return max(_seconds(compiled.match, text), _seconds(compiled.fullmatch, text))
    return _seconds(compiled.sub, text[:0], text)


def _seconds(work: Callable[..., object], *arguments: Any) -> float:
    begun = time.process_time()
    work(*arguments)
    return time.process_time() - begun


def test_all_patterns_are_found() -> None:
    places = {pattern.place for pattern in FOUND}
    assert "crier/domain/redact.py: _ANYWHERE" in places
    assert len(places) > 70
    assert {pattern.place for pattern in FOUND if pattern.compiled is None} <= set(OWN) <= places
    assert {*SHORTER, *HANDED} <= places


@pytest.mark.parametrize("pattern", [p for p in FOUND if p.place not in OWN], ids=lambda p: p.place)
def test_the_worst_run_of_a_mebibyte_takes_a_fifth_of_a_second(pattern: Pattern) -> None:
    assert pattern.compiled is not None
    longest = SHORTER.get(pattern.place, MIB)
    worst: list[tuple[float, int]] = []
    for size in SMALL:
        worst = []
        for number, text in enumerate(attacks(pattern.compiled, size)):
            worst = sorted([*worst, (spent(pattern, text), number)], reverse=True)[:3]
            assert worst[0][0] < LIMIT_S, f"{size} characters: {text[:60]!r}"
        if size >= longest:
            return
    numbers = {number for _, number in worst}
    for number, text in enumerate(attacks(pattern.compiled, longest)):
        if number in numbers:
            times = (spent(pattern, text) for _ in range(5))  # a busy machine counts double
            assert any(taken < LIMIT_S or taken < _limit_s() for taken in times), (
                f"{longest} characters: {text[:60]!r}"
            )


@pytest.mark.parametrize(
    ("quadratic", "length"),
    [
        (r"\w+://", 20_000),
        (r'"(?:[^"\\]|\\.)*+"', 20_000),
        (r"[0-9]+:x", 40_000),
        (r"<[^>]*>", 50_000),
    ],
)
def test_the_attacks_find_patterns_that_are_quadratic(quadratic: str, length: int) -> None:
    pattern = Pattern("here", re.compile(quadratic), anchored=False)
    assert pattern.compiled is not None
    assert any(spent(pattern, text) > LIMIT_S for text in attacks(pattern.compiled, length))


@pytest.mark.parametrize(("place", "text"), [*rust_patterns()])
def test_patterns_of_schemas_are_run_by_an_engine_that_is_linear(place: str, text: str) -> None:
    adapter = pydantic.TypeAdapter(
        pydantic.create_model("Body", field=(str, pydantic.Field(pattern=text)))
    )
    for attack in attacks(re.compile(text), MIB):
        begun = time.process_time()
        with contextlib.suppress(pydantic.ValidationError):
            adapter.validate_python({"field": attack})
        assert time.process_time() - begun < LIMIT_S, place
