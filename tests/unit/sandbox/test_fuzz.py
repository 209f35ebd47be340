"""Whatever comes, the parsers answer with a result or with Telegram's refusal."""

import json

from hypothesis import given
from hypothesis import strategies as st

from crier.sandbox.arguments import TooLargeError, read
from crier.sandbox.entities import formatted
from crier.sandbox.entities.model import utf16_length
from crier.sandbox.errors import ApiError
from crier.sandbox.images import measure
from crier.sandbox.keyboards import reply_markup

_PIECES = st.sampled_from(
    [
        *"_*[]()~`>#+-=|{}.!\\\n\r<>&;/\"'= aé😀\0",
        *("<b>", "</b>", "<a href=", "```", "||", "__", "&#x", "![", "](tg://emoji?id=1)", "@"),
        *("<pre>", "<code class='language-x'>", "</code>", "</pre>", "http://e.com"),
        *("<blockquote expandable>", "</blockquote>", "<span class='tg-spoiler'>"),
    ]
)
_TEXTS = st.lists(_PIECES, max_size=30).map("".join) | st.text()


def check_refusal(error: ApiError) -> None:
    assert error.code == 400
    assert error.description.startswith("Bad Request: ")


@given(_TEXTS, st.sampled_from(["HTML", "Markdown", "MarkdownV2", ""]))
def test_markup_gives_entities_inside_the_text_or_a_refusal(text: str, mode: str) -> None:
    try:
        shown = formatted(text, mode, "")
    except ApiError as error:
        check_refusal(error)
        return
    size = utf16_length(shown.text)
    for entity in shown.entities:
        assert entity["offset"] >= 0
        assert entity["length"] > 0
        assert entity["offset"] + entity["length"] <= size


_KINDS = [b"application/json", b"multipart/form-data; boundary=B", b"text/plain"]
_KINDS += [b"application/x-www-form-urlencoded"]


@given(st.binary(), st.sampled_from(_KINDS), st.binary())
def test_arguments_never_fail(query: bytes, kind: bytes, body: bytes) -> None:
    try:
        read(query, kind, body)
    except TooLargeError:
        return


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["inline_keyboard", "keyboard", "text", "url", "callback_data", "web_app"]
                ),
                inner,
                max_size=3,
            )
        ),
    ).map(json.dumps)
)
def test_keyboards_are_read_or_refused(markup: str) -> None:
    try:
        reply_markup(markup)
    except ApiError as error:
        check_refusal(error)


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"RIFF....WEBP", b"BM"]),
    st.binary(),
)
def test_images_are_measured_or_not(head: bytes, rest: bytes) -> None:
    size = measure(head + rest)
    assert size is None or min(size) > 0
