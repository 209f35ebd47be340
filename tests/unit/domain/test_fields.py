"""Personal fields are tried out at their shortest and at their longest."""

import html

from crier.domain.fields import FIELD_MAX_CHARS, samples


def test_a_text_is_tried_without_names_and_with_the_longest() -> None:
    shortest, longest = samples("a {first_name} b {username}", None)
    assert shortest == "a  b "
    first, last = longest.removeprefix("a ").split(" b ")
    assert (len(first), len(last)) == (64, 32) == tuple(FIELD_MAX_CHARS.values())


def test_the_longest_names_are_escaped_for_the_markup() -> None:
    plain, marked = samples("{first_name}", None)[1], samples("{first_name}", "HTML")[1]
    assert plain != marked
    assert html.unescape(marked) == plain


def test_an_escaped_field_and_another_name_stay() -> None:
    for text in samples(r"\{first_name} {other}", "MarkdownV2"):
        assert text == r"\{first_name} {other}"
