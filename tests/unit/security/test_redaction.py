"""No secret in a log line, a report or a row, whatever shape it comes in."""

import io
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crier.observability import context
from crier.observability.logs import Lines
from crier.observability.redact import head, scrub, scrub_value

SHARED = Path(__file__).parents[2] / "support" / "secrets.json"

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"
SECRETS = [
    (TOKEN, "AAFake"),
    (f"https://api.telegram.org/bot{TOKEN}/getMe", "AAFake"),
    ("123456789%3AAAFakeFakeFakeFakeFakeFakeFakeFakeFake", "AAFake"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0aaaa.c2lnbmF0dXJlc2ln", "c2ln"),
    ("crier_0a1b2c3d_abcdefghijklmnopqrstuvwxyzABCDEF", "abcdefghij"),
    ("v1.0a1b2c3d.QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=", "QUJD"),
    ("postgresql://crier:hunter2hunter2@db/crier", "hunter2"),
    ("Authorization: Bearer abcdefghijklmnop", "abcdefghij"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_what_looks_like_a_secret_goes(text: str, secret: str) -> None:
    assert secret not in scrub(f"before {text} after")
    assert scrub(f"before {text} after").startswith("before ")


@pytest.mark.parametrize(
    "text", ["12:30:45", "user 7 did bot.start", "https://example.com/a?b=c", "v1.2.3", "10:20"]
)
def test_what_is_none_stays(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    "name", ["password", "bot_token", "Authorization", "api_key", "X-CSRF-TOKEN", "dsn", "cookie"]
)
def test_a_field_that_tells_of_a_secret_is_hidden_whatever_it_holds(name: str) -> None:
    assert scrub_value({"a": [{name: "plain"}]}) == {"a": [{name: "<hidden>"}]}


def line(record: logging.LogRecord, *, as_json: bool = True) -> str:
    stream = io.StringIO()
    Lines(stream, as_json=as_json, service={}).handle(record)
    return stream.getvalue()


def record(event: str, *args: Any, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("test").makeRecord(
        "test", logging.WARNING, "file", 1, event, args, None, extra=extra
    )


def test_a_line_is_one_json_object_with_event_level_time_and_fields() -> None:
    with context.bound(request_id="r1"):
        parsed = json.loads(line(record("limit_reached", user_id=7)))
    assert parsed["@timestamp"].endswith("Z")
    assert {
        "event.action": "limit_reached",
        "log.level": "warning",
        "user.id": "7",
        "http.request.id": "r1",
    }.items() <= (parsed.items())


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_no_secret_gets_into_a_line_by_any_way(text: str, secret: str, as_json: bool) -> None:
    try:
        raise ValueError(f"it was {text}")
    except ValueError as error:
        made = record("failed %s", text, url=text, deep={"a": [text]}, error=error)
        made.exc_info = (type(error), error, error.__traceback__)
    with context.bound(url=text):
        written = line(made, as_json=as_json)
    assert secret not in written
    assert "ValueError" in written


def test_a_field_that_cannot_be_json_is_written_as_text() -> None:
    assert "object at" in line(record("odd", thing=object()))


def test_bound_fields_end_with_their_block() -> None:
    with context.bound(bot_id=1):
        with context.bound(chat=2):
            assert context.current() == {"bot_id": 1, "chat": 2}
        assert context.current() == {"bot_id": 1}
    assert context.current() == {}


OLD_SHAPES = (
    re.compile(r"[0-9]+(?::|%(?:25)*3a|\\+u003a)[a-z0-9_-]{24,}", re.ASCII | re.IGNORECASE),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"),
    re.compile(r"\bcrier_[0-9a-f]{8}_[\w-]{20,}"),
    re.compile(r"\bv1\.[0-9a-f]{8}\.[\w=-]{20,}"),
    re.compile(r"(\w+://[^\s:/@]*):[^\s@/]+@"),
    re.compile(r"(?i)(bearer\s+)[\w.~+/=-]{8,}"),
)
"""Simple forms of what is looked for, which take a time quadratic in the text."""
INSTEAD = ("<token>", "<token>", "<key>", "<sealed>", r"\1:<hidden>@", r"\1<token>")
PIECES = (
    *("0", "12", ":", "%3a", "%253A", "%25", "\\u003A", "\\", "a" * 8, "_-" * 12, "Aa1" * 8),
    *("eyJ", "-eyJ", ".", "crier_0a1b2c3d_", "v1.0a1b2c3d.", "://", "x", "@", "/", " ", "é", "٣"),
    *("bearer ", "BEARER\t\n", "=", "+", '"', "-"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@settings(max_examples=500)
def test_all_that_simple_patterns_find_is_found(text: str) -> None:
    wanted = text
    for shape, instead in zip(OLD_SHAPES, INSTEAD, strict=True):
        wanted = shape.sub(instead, wanted)
    assert scrub(text) == wanted


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_cut_that_goes_through_a_secret_shows_no_part_of_it(text: str, secret: str) -> None:
    limit = 3000
    for shift in (*range(-90, 3), -1990, -2005):
        long = "é " * ((limit + shift) // 2) + f" {text} " + " é" * 3000
        assert secret not in head(long, limit)
        assert limit - 100 < len(head(long, limit)) <= limit
    assert secret not in head(f"{text} " * 500, limit)  # each shortens what is shown


def test_a_cut_text_ends_in_an_ellipsis_and_a_whole_one_does_not() -> None:
    assert head("a" * 5, 5) == "aaaaa"
    assert head("a" * 6, 5) == "aaaa…"
    assert head("a" * 100_000, 5) == "aaaa…"


def test_names_and_texts_of_a_report_are_cut() -> None:
    (name, text), *_ = scrub_value({"x" * 500: "y" * 50_000}).items()
    assert (len(name), len(text)) == (100, 20_000)


@pytest.mark.parametrize("one", json.loads(SHARED.read_text()), ids=lambda one: one["secret"][:20])
def test_what_the_dashboard_takes_out_the_platform_takes_out(one: dict[str, str]) -> None:
    assert one["secret"] in one["text"]
    assert one["secret"] not in scrub(one["text"])
