"""Updates decode one by one: a bad one costs itself, and text is fit for PostgreSQL."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crier.telegram.errors import UpdateDecodeProblem
from crier.telegram.types import Update
from crier.telegram.updates import clean_text, decode_batch, decode_update, salvage

PERSON = {"id": 7, "is_bot": False, "first_name": "Ann", "language_code": "en"}
CHAT = {"id": 7, "type": "private", "first_name": "Ann"}
MESSAGE = {"message_id": 1, "from": PERSON, "chat": CHAT, "date": 1_700_000_000}


def update(update_id: int = 5, **fields: object) -> bytes:
    return json.dumps({"update_id": update_id, **fields}).encode()


def good(raw: bytes) -> Update:
    found = decode_update(raw)
    assert isinstance(found, Update), found
    return found


def test_a_text_message_is_read() -> None:
    found = good(update(message={**MESSAGE, "text": "/start x", "unknown": {"a": [1]}}))
    assert found.kind == "message"
    assert found.message is not None
    assert found.message.content_type == "text"
    assert found.message.content == "/start x"
    assert found.message.from_ is not None
    assert found.message.from_.id == 7


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"photo": [{"file_id": "a", "width": 1, "height": 1}]}, "photo"),
        ({"animation": {"file_id": "a"}, "document": {"file_id": "b"}}, "animation"),
        ({"venue": {}, "location": {}}, "venue"),
        ({"dice": {"emoji": "x", "value": 6}}, "dice"),
        ({"left_chat_member": PERSON}, "left_chat_member"),
        ({"something_new": 1}, "other"),
    ],
)
def test_what_a_message_holds_has_telegrams_own_name(content: dict[str, Any], kind: str) -> None:
    found = good(update(message={**MESSAGE, **content}))
    assert found.message is not None
    assert found.message.content_type == kind


def test_of_a_photo_the_largest_size_is_the_file_to_reuse() -> None:
    sizes = [{"file_id": f"f{n}", "width": n, "height": n} for n in (90, 1280, 320)]
    found = good(update(message={**MESSAGE, "photo": sizes}))
    assert found.message is not None
    assert found.message.file is not None
    assert found.message.file.file_id == "f1280"


def test_blocking_and_unblocking_are_read() -> None:
    bot = {"id": 1, "is_bot": True, "first_name": "b"}
    change = {
        "chat": CHAT,
        "from": PERSON,
        "date": 1,
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": "kicked", "until_date": 0},
    }
    found = good(update(my_chat_member=change))
    assert found.kind == "my_chat_member"
    assert found.my_chat_member is not None
    assert not found.my_chat_member.new_chat_member.present


def test_a_press_on_a_button_of_a_forgotten_message_is_read() -> None:
    press = {"id": "99", "from": PERSON, "data": "x", "chat_instance": "1"}
    old = {"message_id": 3, "chat": CHAT, "date": 0}
    found = good(update(callback_query={**press, "message": old}))
    assert found.callback_query is not None
    assert found.callback_query.message is not None
    assert good(update(callback_query=press)).kind == "callback_query"


def test_an_unknown_kind_is_an_update_without_a_kind() -> None:
    assert good(update(poll_answer={"poll_id": "1"})).kind is None


def test_64_bit_ids_pass_and_larger_ones_are_problems() -> None:
    chat = {"id": -(2**63), "type": "supergroup"}
    found = good(update(message={**MESSAGE, "chat": chat}))
    assert found.message is not None
    assert found.message.chat.id == -(2**63)
    too_large = update(message={**MESSAGE, "chat": {**chat, "id": 2**63}})
    problem = decode_update(too_large)
    assert isinstance(problem, UpdateDecodeProblem)
    assert problem.update_id == 5


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r"a\u0000b", "ab"),
        (r"a\ud800", "a�"),
        (r"\udc00a", "�a"),
        (r"\ud800\ud83d\ude00", "�😀"),
        (r"\ud83d\ude00", "😀"),
        (r"\\u0000\\ud800", r"\u0000\ud800"),
    ],
)
def test_text_is_made_fit_for_postgresql(raw: str, text: str) -> None:
    body = update(message={**MESSAGE, "text": "TEXT"}).replace(b"TEXT", raw.encode())
    found = good(body)
    assert found.message is not None
    assert found.message.text == text


def test_broken_utf8_is_replaced() -> None:
    body = update(message={**MESSAGE, "text": "TEXT"}).replace(b"TEXT", b"a\xff")
    found = good(body)
    assert found.message is not None
    assert found.message.text == "a�"


BAD = [
    b'{"update_id":2,"message":5}',
    b'{"update_id":2,"message":{"message_id":1}}',
    b'{"update_id":2,"message":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    b'{"update_id":2,"x":' + b"[" * 50_000 + b"]" * 50_000 + b',"message":7}',
    b"5",
    b"null",
    b'{"message":{}}',
    b'{"update_id":-1}',
    b'{"update_id":"x"}',
    b'{"update_id":99999999999999999999999999}',
    b"{}",
    b'{"update_id":2,"message":{"message_id":1,"date":1e99,"chat":{"id":1,"type":"private"}}}',
]


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_update_is_a_problem_and_its_neighbours_are_not_lost(bad: bytes) -> None:
    fine = update(1, message={**MESSAGE, "text": r'[{"\\"},'})
    batch = decode_batch(b"[" + b",".join([fine, bad, update(3)]) + b"]")
    assert [one.update_id for one in batch.updates] == [1, 3]
    assert len(batch.problems) == 1
    assert batch.problems[0].reason


def test_a_batch_whose_envelope_breaks_is_saved() -> None:
    lone = update(2, message={**MESSAGE, "text": "TEXT"}).replace(b"TEXT", rb"\ud800")
    deep = BAD[2]
    body = b'{"ok":true, "result" : [' + b",".join([update(1), lone, deep, update(4)]) + b"]}"
    batch = salvage(body)
    assert batch is not None
    assert [one.update_id for one in batch.updates] == [1, 2, 4]
    assert [problem.update_id for problem in batch.problems] == [2]
    assert salvage(b"<html>") is None
    assert salvage(b'{"ok":true,"result":[{"update_id":1}') is None


def test_a_batch_may_be_empty() -> None:
    assert decode_batch(b"[]").updates == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.sampled_from(
    ["update_id", "message", "callback_query", "my_chat_member", "from", "chat", "id", "text",
     "photo", "entities", "date", "type", "user", "new_chat_member", "status", "message_id"]
)  # fmt: skip
SHAPED = st.recursive(
    JSON,
    lambda inner: st.dictionaries(FIELDS, inner, max_size=6) | st.lists(inner, max_size=3),
    max_leaves=30,
)


@given(value=SHAPED)
def test_any_json_is_an_update_or_a_problem(value: object) -> None:
    found = decode_update(json.dumps(value).encode())
    assert isinstance(found, Update | UpdateDecodeProblem)


@given(raw=st.binary())
def test_any_bytes_are_an_update_or_a_problem(raw: bytes) -> None:
    assert isinstance(decode_update(raw), Update | UpdateDecodeProblem)


@given(at=st.integers(0, 200), junk=st.binary(max_size=6))
def test_a_mutilated_update_never_takes_its_neighbours_ids(at: int, junk: bytes) -> None:
    whole = update(message={**MESSAGE, "text": "hello"})
    found = decode_update(whole[:at] + junk + whole[at + len(junk) :])
    assert isinstance(found, Update | UpdateDecodeProblem)


@given(text=st.text(st.characters(codec=None)))
def test_clean_text_can_be_stored(text: str) -> None:
    cleaned = clean_text(text)
    assert "\0" not in cleaned
    cleaned.encode()
