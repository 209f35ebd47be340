"""What a bot answers, as its row stores it."""

from crier.domain import replies
from crier.domain.replies import Reply


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
