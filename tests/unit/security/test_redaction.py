"""No secret in a log line, a report or a row, whatever shape it comes in."""

import io
import json
import logging
from typing import Any

import pytest

from crier.observability import context
from crier.observability.logs import Lines
from crier.observability.redact import scrub, scrub_value

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
    Lines(stream, as_json=as_json, program="test").handle(record)
    return stream.getvalue()


def record(event: str, *args: Any, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("test").makeRecord(
        "test", logging.WARNING, "file", 1, event, args, None, extra=extra
    )


def test_a_line_is_one_json_object_with_event_level_time_and_fields() -> None:
    with context.bound(request_id="r1"):
        parsed = json.loads(line(record("limit_reached", user_id=7)))
    assert parsed["at"].endswith("Z")
    assert {
        "event": "limit_reached",
        "level": "warning",
        "user_id": 7,
        "request_id": "r1",
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
