"""Which addresses Telegram keeps as links, at the edges of TDLib's rules."""

import pytest

from crier.domain.markup import MarkupError
from crier.domain.markup.links import (
    check_kept,
    is_date_format,
    is_emoji_or_date,
    is_id,
    is_link,
    kept_labels,
)


@pytest.mark.parametrize(
    "url",
    [
        "e.com", "HTTP://e.com", "https://e.com/a?b#c", "e.com:1", "e.com:65535", "e.com:00080",
        "http://u:p@e.com", "u@e.com", "ü.com", "e%41.com", "http://[::1]", "[::1]:80/x",
        "tg://user?id=1", "TG:user?x=2&ID=1099511627775", "tg://user/?id=5",
        "tg:settings", "tg://a-b_c", "ton://a", "tonsite://a.ton", "tonsite:..",
    ],
)  # fmt: skip
def test_a_link_is_kept(url: str) -> None:
    assert is_link(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "word", ".", "http://.", "http://word", "ftp://e.com", "e.com:0", "e.com:65536",
        "e.com:123456", "e.com:", "e.com:x", "e.com:٣", "e com", "u v@e.com", "e%4.com", "e%.com",
        "http://[::g]", "[::1", "[]", "[", "http://[1.2.3.4]", "tg:", "tg://.",
        "tg://a.b", "tg://a:80", "tg://u@a", "tg:http://a", "tonsite://.", "tonsite://a:80",
        "tonsite://ü", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_other_addresses_are_dropped(url: str) -> None:
    assert not is_link(url)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1", True), ("-1", True), (str(2**63 - 1), True), (str(-(2**63)), True),
        (str(2**63), False), (str(-(2**63) - 1), False), ("0", False), ("01", False),
        ("+1", False), ("", False), ("-", False), ("1 ", False), ("٣", False),
    ],
)  # fmt: skip
def test_an_id_is_a_number_of_64_bits_written_plainly(text: str, right: bool) -> None:
    assert is_id(text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [("", True), ("r", True), ("R", True), ("tTdDwW", True), ("rt", False), ("x", False)],
)
def test_a_date_is_shown_in_a_known_form(text: str, right: bool) -> None:
    assert is_date_format(text) is right


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("tg://emoji?id=5", True), ("tg:emoji/?x=1&id=5", True), ("TG://EMOJI?id=-5", True),
        ("tg://emoji?id=0", False), ("tg://emoji?id=x&id=5", False), ("tg://emoji?ID=5", False),
        ("tg://emoji", False), ("tg://emoji?#id=5", False),
        ("tg://time?unix=1", True), ("tg://time?unix=2147483647", True),
        ("tg://time?unix=2147483648", False), ("tg://time?unix=0", False),
        ("tg://time?unix=-1", False), ("tg://time?unix=1&unix=x", False),
        ("tg://time?unix=1&format=r", True), ("tg://time?unix=1&format=x", False),
        ("tg://time?unix=1&format=x&format=r", True), ("tg://time?format=r", False),
        ("tg://user?id=5", False), ("e.com", False),
    ],
)  # fmt: skip
def test_an_emoji_or_a_date_is_written_as_an_address(url: str, right: bool) -> None:
    assert is_emoji_or_date(url) is right


def test_labels_that_are_addresses_are_kept_and_none_within_another() -> None:
    text = "a.com b.com"
    assert kept_labels(text, [(0, 5), (0, 5), (6, 11)]) == [(0, 5), (6, 11)]
    assert kept_labels(text, [(2, 5), (0, 5)]) == [(0, 5)]
    assert kept_labels(text, [(0, 11), (0, 5)]) == [(0, 5)], "two are no address"
    assert kept_labels("xa.com b.com", [(1, 6), (0, 6)]) == [(0, 6)]
    assert kept_labels("word tg:x [::1]", [(0, 4), (5, 9), (10, 15)]) == [(5, 9), (10, 15)]
    assert kept_labels("a.com b", [(5, 7)]) == []


def test_a_kept_link_that_cannot_be_sent_refuses_the_whole_message() -> None:
    check_kept(["e.com", "e.com \n", "e.com/\u2028"])
    with pytest.raises(MarkupError, match="must be encoded in UTF-8"):
        check_kept(["e.com/\ud83d"])
    with pytest.raises(MarkupError, match=r"entity URL 'http://\.' is invalid"):
        check_kept(["e.com", "http://\u2028."])
