"""What a bot answers, as its row stores it."""

from typing import Any

import msgspec
import pytest

from crier.domain import replies
from crier.domain.replies import Command, Reply, ReplyButton


def test_a_welcome_is_nothing_a_text_or_a_whole_reply() -> None:
    assert replies.welcome_of(None) is None
    assert replies.welcome_of("hello") == Reply(text="hello")
    stored: dict[str, object] = {
        "text": "hi",
        "parse_mode": "HTML",
        "media_url": None,
        "buttons": [],
    }
    assert replies.welcome_of(stored) == Reply(text="hi", parse_mode="HTML")


def test_the_menu_shows_commands_only_and_describes_each() -> None:
    commands = replies.commands_of(
        [
            {
                "trigger": "/help",
                "match": "command",
                "reply": {"text": "<b>How</b> it works\nmore"},
            },
            {"trigger": "price", "match": "command", "reply": {"media_url": "https://a.example/b"}},
            {"trigger": "hello", "match": "exact", "reply": {"text": "hello"}},
            {"trigger": "a", "match": "command", "reply": {"text": "x"}, "description": "Says x"},
        ]
    )
    assert replies.menu(commands) == [
        ("help", "How it works"),
        ("price", "price"),
        ("a", "Says x"),
    ]


def test_the_key_of_forwarded_updates_is_not_the_secret_it_comes_from() -> None:
    key = replies.forward_key("secret")
    assert key == replies.forward_key("secret") != replies.forward_key("other")
    assert "secret" not in key


def test_a_menu_fits_into_what_telegram_takes() -> None:
    (command,) = replies.commands_of(
        [{"trigger": "a", "match": "command", "reply": {"text": "x" * 300}}]
    )
    assert replies.menu((command,)) == [("a", "x" * 256)]
    assert replies.MENU_MAX_COMMANDS == 100


def test_what_is_shared_between_sessions_never_changes() -> None:
    shared: list[Any] = [Reply(), ReplyButton("b"), Command("a", "exact", Reply())]
    for one in shared:
        with pytest.raises(AttributeError):
            one.text = "other"


def test_a_stored_button_and_command_hold_only_what_is_set() -> None:
    assert msgspec.to_builtins(ReplyButton("b")) == {"text": "b"}
    assert msgspec.to_builtins(Command("a", "exact", Reply())).keys() == {
        "trigger", "match", "reply",
    }  # fmt: skip
