"""What a bot answers by itself: kept as it was given, checked by Telegram's rules."""

from typing import Any

import pytest

from crier.domain import replies
from crier.storage.models.bots import Bot
from tests.support.ads import add_bot
from tests.support.api import Api, wrong_fields

HELP = {
    "trigger": "/help",
    "match": "command",
    "reply": {
        "text": "Ask *us*, {first_name}",
        "parse_mode": "MarkdownV2",
        "media_url": None,
        "buttons": [[{"text": "Site", "url": "https://a.example"}]],
    },
}


def item(**changes: Any) -> dict[str, Any]:
    return {**HELP, **changes}


def reply(**changes: Any) -> dict[str, Any]:
    return item(reply={"text": "x", **changes})


def test_commands_come_back_as_they_were_put(api: Api) -> None:
    path = f"/api/bots/{add_bot(api, api.oscar)}/commands"
    assert api.oscar.get(path).json == {"items": []}
    described = item(trigger="price", description="What it costs")
    answer = api.oscar.put(path, {"items": [HELP, described]})
    assert answer.status_code == 200, answer.json
    assert answer.json == api.vera.get(path).json == {"items": [HELP, described]}
    with api.session() as session:
        stored = session.query(Bot).one()
        assert stored.generation == 1
        assert [c.trigger for c in replies.commands_of(stored.commands)] == ["/help", "price"]


def test_a_short_command_is_filled_up(api: Api) -> None:
    path = f"/api/bots/{add_bot(api, api.oscar)}/commands"
    api.oscar.put(path, {"items": [{"trigger": "hi", "match": "exact", "reply": {"text": "Hi!"}}]})
    assert api.oscar.get(path).json["items"] == [
        {
            "trigger": "hi",
            "match": "exact",
            "reply": {"text": "Hi!", "parse_mode": None, "media_url": None, "buttons": []},
        }
    ]


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([item(trigger="Help me")], "items.0.trigger"),
        ([item(trigger="")], "items.0.trigger"),
        ([item(trigger="x" * 33)], "items.0.trigger"),
        ([HELP, item(trigger="help")], "items.1.trigger"),
        ([item(match="regex")], "items.0.match"),
        ([reply(text="")], "items.0.reply.text"),
        ([reply(text="x" * 4097)], "items.0.reply.text"),
        ([reply(text="a.b", parse_mode="MarkdownV2")], "items.0.reply.text"),
        ([reply(parse_mode="Markdown")], "items.0.reply.parse_mode"),
        ([reply(media_url="file:///etc/passwd")], "items.0.reply.media_url"),
        ([reply(media_url="http://169.254.169.254/x.png")], "items.0.reply.media_url"),
        ([reply(buttons=[[{"text": "x"}]])], "items.0.reply.buttons.0.0"),
        (
            [reply(buttons=[[{"text": "x", "callback_data": "é" * 33}]])],
            "items.0.reply.buttons.0.0.callback_data",
        ),
        (
            [reply(buttons=[[{"text": "x", "url": "javascript:alert(1)"}]])],
            "items.0.reply.buttons.0.0.url",
        ),
        (
            [reply(buttons=[[{"text": "x", "url": "https://x.example@evil.example"}]])],
            "items.0.reply.buttons.0.0.url",
        ),
        (
            [reply(text='<a href="javascript:alert(1)">x</a>', parse_mode="HTML")],
            "items.0.reply.text",
        ),
        ([reply(text="https://x.example@evil.example/")], "items.0.reply.text"),
        ([reply(media_url="https://x.example@evil.example/a.jpg")], "items.0.reply.media_url"),
        ([HELP | {"colour": 1}], "items.0.colour"),
        ("none", "items"),
    ],
)
def test_a_wrong_command_is_422_and_names_the_field(api: Api, items: Any, field: str) -> None:
    path = f"/api/bots/{add_bot(api, api.oscar)}/commands"
    assert wrong_fields(api.oscar.put(path, {"items": items})) == {field}
    assert api.oscar.get(path).json == {"items": []}


def test_only_who_may_change_a_bot_may_put_its_commands(api: Api) -> None:
    path = f"/api/bots/{add_bot(api, api.oscar)}/commands"
    assert api.vera.put(path, {"items": []}).status_code == 403
    assert api.olga.put(path, {"items": []}).status_code == 404
    assert api.olga.get(path).status_code == 404
