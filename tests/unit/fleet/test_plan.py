"""What updates do, decided without any IO."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crier.domain.offsets import NEW_COUNT_S, QUEUE_MAX, STUBBORN_POLLS, sift
from crier.fleet.effects import ChatChange, Counts, latency
from crier.fleet.handlers import ReplyRules, parse_command
from crier.fleet.plan import Plan, Profile, chat_of, plan
from crier.telegram.types import Update
from crier.telegram.updates import decode_update

INSTANCE = UUID(int=1)
PERSON = {"id": 7, "is_bot": False, "first_name": "Ann", "username": "ann", "language_code": "de"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ann", "username": "ann"}
GROUP = {"id": -100, "type": "group", "title": "Chat"}


def message(text: str, chat: dict[str, Any] = PRIVATE, **more: Any) -> dict[str, Any]:
    content = {"message_id": 1, "date": 1, "chat": chat, "from": PERSON, "text": text, **more}
    return {"message": content}


def member(status: str, chat: dict[str, Any] = PRIVATE) -> dict[str, Any]:
    user = {"id": 1, "is_bot": True, "first_name": "bot"}
    return {
        "my_chat_member": {
            "chat": chat,
            "from": PERSON,
            "date": 1,
            "old_chat_member": {"status": "left", "user": user},
            "new_chat_member": {"status": status, "user": user},
        }
    }


def planned(*updates: dict[str, Any], rules: ReplyRules | None = None) -> Plan:
    decoded = []
    for number, update in enumerate(updates):
        found = decode_update(json.dumps({"update_id": number + 1, **update}).encode())
        assert isinstance(found, Update), found
        decoded.append(found)
    return plan(decoded, Profile(1, INSTANCE, "my_bot", rules or ReplyRules(None, [])))


def verdict(change: ChatChange) -> tuple[bool | None, str | None]:
    return change.opted_out, change.reach


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ([message("/start")], (False, "ok")),
        ([message("/START@My_Bot")], (False, "ok")),
        ([message("/start@other_bot")], (None, "ok")),
        ([message("hi")], (None, "ok")),
        ([message("/stop")], (True, "ok")),
        ([message("/start"), message("/stop")], (True, "ok")),
        ([message("/stop"), message("/start")], (False, "ok")),
        ([message("/start"), member("kicked")], (False, "blocked")),
        ([message("/start"), member("kicked"), member("member")], (False, "ok")),
        ([member("kicked"), message("I am back")], (None, "ok")),
        ([message("hi", GROUP)], (None, None)),
        ([message("/start", GROUP)], (False, "ok")),
        ([member("administrator", GROUP)], (False, "ok")),
        ([member("left", GROUP)], (None, "gone")),
        ([member("left", GROUP), member("member", GROUP)], (False, "ok")),
    ],
)
def test_a_batch_says_of_a_chat_what_its_last_updates_say(
    updates: list[dict[str, Any]], expected: tuple[bool | None, str | None]
) -> None:
    (change,) = planned(*updates).effects.chats.values()
    assert verdict(change) == expected


def test_the_first_payload_of_a_batch_is_the_source_and_a_bad_one_is_none() -> None:
    good = planned(message("/start one"), message("/start two")).effects.chats[7]
    assert good.source == "one"
    assert planned(message("/start a b")).effects.chats[7].source is None
    assert planned(message("/start " + "x" * 65)).effects.chats[7].source is None


def test_messages_and_posts_are_recorded_edits_and_presses_are_not() -> None:
    press = {"callback_query": {"id": "1", "from": PERSON, "data": "x"}}
    post = {"channel_post": message("post", {"id": -5, "type": "channel"})["message"]}
    edit = {"edited_message": message("edited")["message"]}
    made = planned(message("one"), edit, press, post)
    assert [row.content for row in made.effects.messages] == ["one", "post"]
    assert made.effects.counts.messages_in == 2


def test_only_people_are_answered() -> None:
    rules = ReplyRules("Welcome", [])
    robot = {"id": 9, "is_bot": True, "first_name": "robot"}
    assert planned(message("/start"), rules=rules).calls[0][1] == 7
    assert planned(message("/start", **{"from": robot}), rules=rules).calls == []


def reply_to(text: str, reply: dict[str, Any], **person: Any) -> Any:
    rules = ReplyRules(None, [{"trigger": "/x", "match": "command", "reply": reply}])
    made = planned(message(text, **{"from": PERSON | person}), rules=rules)
    return made.calls[0][2][0]


@pytest.mark.parametrize(
    ("mode", "name", "expected"),
    [
        ("HTML", "<b>&", "Hi &lt;b&gt;&amp;!"),
        ("MarkdownV2", "_*[a](b)", "Hi \\_\\*\\[a\\]\\(b\\)!"),
        (None, "<b>_", "Hi <b>_!"),
        (None, "", "Hi !"),
    ],
)
def test_personal_fields_are_escaped_for_the_markup(
    mode: str | None, name: str, expected: str
) -> None:
    reply = {"text": "Hi {first_name}!", "parse_mode": mode}
    assert reply_to("/x", reply, first_name=name).params["text"] == expected


def test_a_reply_with_media_and_buttons_is_one_call() -> None:
    buttons = [[{"text": "Go", "url": "https://a.example"}, {"text": "No", "callback_data": "n"}]]
    reply = {"text": "See", "media_url": "https://a.example/x.MP4?y=1", "buttons": buttons}
    call = reply_to("/x", reply)
    assert (call.method, call.message_type, call.content) == ("sendVideo", "video", "See")
    assert call.params == {
        "chat_id": 7,
        "video": "https://a.example/x.MP4?y=1",
        "caption": "See",
        "reply_markup": {"inline_keyboard": buttons},
    }


def test_a_command_is_told_from_text_and_from_other_bots_commands() -> None:
    assert parse_command("/a@MY_bot  b c ", "my_bot") == ("a", "b c")
    assert parse_command("/a@else", "my_bot") == (None, None)
    assert parse_command("no /a", "my_bot") == (None, None)
    assert parse_command("/", "my_bot") == (None, None)
    assert parse_command(None, None) == (None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "chat",
                    "from",
                    "text",
                    "date",
                    "message_id",
                    "type",
                    "data",
                    "message",
                    "user",
                    "status",
                    "new_chat_member",
                    "old_chat_member",
                    "first_name",
                    "is_bot",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)
KINDS = st.sampled_from(
    ["message", "edited_message", "channel_post", "callback_query", "my_chat_member", "poll"]
)


@given(KINDS, JSON)
def test_whatever_can_be_decoded_can_be_planned(kind: str, payload: Any) -> None:
    update = decode_update(json.dumps({"update_id": 1, kind: payload}).encode())
    if isinstance(update, Update):
        effects = plan([update], Profile(1, INSTANCE, None, ReplyRules("W", []))).effects
        assert isinstance(chat_of(update), int)
        for change in effects.chats.values():
            assert change.type in {"private", "group", "supergroup", "channel"}
            assert len(change.username or "") <= 64
        for row in effects.messages:
            assert "\x00" not in (row.content or "")
            assert abs(row.chat_id) < 2**63


@given(
    st.lists(st.integers(0, 300), max_size=20),
    st.integers(0, 300),
    st.floats(0, 10 * 86_400),
    st.integers(0, 10),
)
def test_what_is_taken_is_new_once_and_confirmed(
    ids: list[int], offset: int, idle_s: float, stale_polls: int
) -> None:
    found = sift(ids, offset, idle_s=idle_s, stale_polls=stale_polls)
    taken = [ids[at] for at in found.fresh]
    assert len(taken) == len(set(taken))
    if taken:
        assert found.offset == max(ids) + 1 == max(taken) + 1
    anew = idle_s >= NEW_COUNT_S or stale_polls >= STUBBORN_POLLS
    if not anew:
        assert all(update_id >= offset for update_id in taken)
        assert found.offset >= offset


def test_a_replayed_batch_is_stale_until_it_must_be_a_new_count() -> None:
    assert sift([5, 6], 10, idle_s=0) == ([], 10, True)
    assert sift([5, 6], 10, idle_s=NEW_COUNT_S).fresh == [0, 1]
    assert sift([5, 6], 10, idle_s=0, stale_polls=STUBBORN_POLLS).offset == 7
    assert sift([5, 6], QUEUE_MAX + 7, idle_s=0).fresh == [0, 1]
    assert sift([9, 10, 10, 12], 10, idle_s=0) == ([1, 3], 13, False)


def test_counts_add_up() -> None:
    total = Counts(messages_in=1)
    total.add(Counts(messages_in=2, errors=1, latency=latency(0.003, 4)))
    total.add(Counts(latency=latency(0.003)))
    assert (total.messages_in, total.errors) == (3, 1)
    assert total.latency is not None
    assert total.latency[2] == 5
    assert not Counts()
