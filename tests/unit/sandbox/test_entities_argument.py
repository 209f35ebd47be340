"""The `entities` argument, dates, and how entities lie in the end: Telegram's words and ways."""

import json
from typing import Any

import pytest

from crier.sandbox.entities import formatted, read
from crier.sandbox.errors import ApiError

BOLD = {"type": "bold", "offset": 0, "length": 1}
DATE = {"type": "date_time", "offset": 0, "length": 1, "unix_time": 1_700_000_000}


def shown(text: str, *entities: Any) -> list[tuple[str, int, int]]:
    found = formatted(text, "", json.dumps(entities)).entities
    return [(e["type"], e["offset"], e["length"]) for e in found]


def given(kind: str, offset: int, length: int) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length}


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        (5, "expected an Object"),
        ({}, 'Can\'t find field "offset"'),
        ({"offset": 0}, 'Can\'t find field "length"'),
        ({"offset": 0, "length": 1}, 'Can\'t find field "type"'),
        ({"offset": 0, "length": 1, "type": ""}, "Type is not specified"),
        ({"offset": 0, "length": 1, "type": 5}, "Unsupported type specified"),
        (BOLD | {"type": "bolder"}, "Unsupported type specified"),
        (BOLD | {"type": None}, 'Field "type" must be of type String'),
        (BOLD | {"offset": None}, 'Field "offset" must be a Number'),
        (BOLD | {"offset": True}, 'Field "offset" must be a Number'),
        (BOLD | {"offset": 1.0}, 'Field "offset" must be a valid Number'),
        (BOLD | {"offset": "01"}, 'Field "offset" must be a valid Number'),
        (BOLD | {"length": 2**31}, 'Field "length" must be a valid Number'),
        (BOLD | {"type": "text_link"}, 'Can\'t find field "url"'),
        (BOLD | {"type": "pre", "language": []}, 'Field "language" must be of type String'),
        (BOLD | {"type": "text_mention"}, 'Can\'t find field "user"'),
        (BOLD | {"type": "text_mention", "user": 5}, 'Field "user" must be of type Object'),
        (BOLD | {"type": "custom_emoji"}, 'Can\'t find field "custom_emoji_id"'),
        (BOLD | {"type": "date_time"}, 'Can\'t find field "unix_time"'),
        (DATE | {"date_time_format": "x"}, "Invalid date-time format specified"),
    ],
)
def test_an_entity_that_cannot_be_read_is_refused_before_the_chat(
    entity: object, reason: str
) -> None:
    with pytest.raises(ApiError) as caught:
        read("x", "", json.dumps([entity]))
    assert caught.value.description == f"Bad Request: can't parse MessageEntity: {reason}"


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        (BOLD | {"offset": -1}, "receive an entity with incorrect offset -1"),
        (BOLD | {"length": -1}, "receive an entity with incorrect length -1"),
        (BOLD | {"offset": 1_000_001}, "receive an entity with incorrect offset 1000001"),
        (
            BOLD | {"offset": 4},
            "entity begins after the end of the text at UTF-16 offset 4",
        ),
        (
            BOLD | {"offset": 1, "length": 5},
            "entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 6",
        ),
        (
            BOLD | {"type": "text_link", "url": "nonsense"},
            "entity URL 'nonsense' is invalid: Wrong HTTP URL",
        ),
        (BOLD | {"type": "custom_emoji", "custom_emoji_id": 0},
         "invalid custom emoji identifier specified"),
        (BOLD | {"type": "text_mention", "user": {"id": 0}}, "user not found"),
        (DATE | {"unix_time": 0}, "invalid date specified"),
    ],
)  # fmt: skip
def test_an_entity_that_does_not_fit_is_refused_after_the_chat(entity: object, reason: str) -> None:
    draft = read("xyz", "", json.dumps([entity]))
    with pytest.raises(ApiError) as caught:
        draft.finished()
    assert caught.value.description == f"Bad Request: {reason}"


def test_numbers_may_be_strings_and_the_first_of_a_name_counts() -> None:
    assert shown("xy", BOLD | {"offset": "1", "length": "1"}) == [("bold", 1, 1)]
    twice = '[{"type": "bold", "type": "italic", "offset": 0, "length": 1}]'
    assert formatted("x", "", twice).entities[0]["type"] == "bold"


def test_what_telegram_finds_itself_and_empty_entities_are_left_out() -> None:
    assert shown("xy", *(given(kind, 0, 1) for kind in ("url", "hashtag", "email"))) == []
    assert shown("xy", given("bold", 1, 0)) == []


@pytest.mark.parametrize("argument", ["", "[", "{}", "5", "null", "[" * 100_000])
def test_entities_that_are_no_list_are_ignored(argument: str) -> None:
    assert formatted("x", "", argument).entities == []


def test_styles_are_split_around_others_and_joined_where_they_touch() -> None:
    assert shown("abcdef", given("bold", 0, 4), given("italic", 2, 4)) == [
        ("bold", 0, 2), ("italic", 2, 4), ("bold", 2, 2),
    ]  # fmt: skip
    assert shown("abcdef", given("bold", 0, 6), given("code", 2, 2)) == [
        ("bold", 0, 2), ("code", 2, 2), ("bold", 4, 2),
    ]  # fmt: skip
    assert shown("abcd", given("bold", 0, 2), given("bold", 2, 2)) == [("bold", 0, 4)]
    assert shown("a b.io c", given("spoiler", 0, 8)) == [
        ("spoiler", 0, 2), ("url", 2, 4), ("spoiler", 2, 4), ("spoiler", 6, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["code", "pre", "date_time"])
def test_nothing_lies_in_code_or_in_a_date(kind: str) -> None:
    outer = given(kind, 0, 4) | {"unix_time": 5}
    assert shown("abcd", outer, given("bold", 1, 2)) == [(kind, 0, 4)]
    assert shown("b.io", outer) == [(kind, 0, 4)]


def test_of_others_that_overlap_the_first_stays() -> None:
    link = {"url": "http://e.com/"}
    first, second = given("text_link", 0, 3) | link, given("text_link", 2, 3) | link
    assert shown("abcdef", second, first) == [("text_link", 0, 3)]
    quotes = given("blockquote", 0, 4), given("expandable_blockquote", 1, 2)
    assert shown("abcdef", *quotes) == [("blockquote", 0, 4)]


@pytest.mark.parametrize(
    ("said", "kept"),
    [("", ""), ("r", "r"), ("R", "r"), ("t", "t"), ("Td", "dT"), ("Wdt", "wdt"), ("DTW", "wDT")],
)
def test_dates_are_read_in_every_way_of_writing(said: str, kept: str) -> None:
    texts = {
        "HTML": f'<tg-time unix="1700000000" format="{said}">now</tg-time>',
        "MarkdownV2": f"![now](tg://time?unix=1700000000&format={said})",
    }
    found = [formatted(text, mode, "").entities for mode, text in texts.items()]
    found.append(
        formatted("now", "", json.dumps([DATE | {"length": 3, "date_time_format": said}])).entities
    )
    expected = {"offset": 0, "length": 3, "type": "date_time"}
    expected |= {"unix_time": 1_700_000_000, "date_time_format": kept}
    assert found == [[expected]] * 3


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        ('<tg-time unix="5" format="x">now</tg-time>', "HTML", "Invalid date format used"),
        ('<tg-time unix="5" format="rt">now</tg-time>', "HTML", "Invalid date format used"),
        *(
            (f"![now]({url})", "MarkdownV2", "Invalid tg://emoji or tg://time URL specified")
            for url in (
                "tg://time?unix=5&format=x",
                "tg://time?unix=0",
                "tg://time",
                "tg://emoji?id=0",
            )
        ),
    ],
)
def test_wrong_dates_are_refused(text: str, mode: str, reason: str) -> None:
    with pytest.raises(ApiError) as caught:
        read(text, mode, "")
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"


def test_a_time_tag_without_a_time_is_its_text() -> None:
    assert formatted("<tg-time>now</tg-time>", "HTML", "").entities == []


def test_a_caption_of_nothing_to_see_is_kept_but_a_text_is_refused() -> None:
    assert formatted("\u200b", "", "", 1024).text == "\u200b"
    with pytest.raises(ApiError, match="text must be non-empty"):
        formatted("\u200b", "", "")
