"""A template makes the Bot API call that the ad's content asks for."""

import json
from typing import Any

import msgspec
import pytest

from crier.domain import message as messages
from crier.domain.media_kinds import MediaKind
from crier.domain.message import AdMessage, Button, Media, Options, Template
from crier.domain.slug import Click, Slugs

SLUGS = Slugs([b"a key for tests"])
BASE = "https://ads.example"


def body(message: AdMessage, **who: Any) -> dict[str, Any]:
    template = Template(message, links=(BASE, SLUGS, 9))
    answer: dict[str, Any] = json.loads(template.body(who.pop("chat_id", 5), **who))
    return answer


def test_a_text_is_one_sendmessage() -> None:
    message = AdMessage(text='5 < 6 & "so"', options=Options(disable_link_preview=True))
    assert Template(message).method == "sendMessage"
    assert body(message) == {
        "chat_id": 5,
        "text": '5 < 6 & "so"',
        "link_preview_options": {"is_disabled": True},
    }


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("photo", "sendPhoto"),
        ("video", "sendVideo"),
        ("animation", "sendAnimation"),
        ("document", "sendDocument"),
    ],
)
def test_a_medium_carries_the_text_as_caption_and_the_buttons(kind: MediaKind, method: str) -> None:
    message = AdMessage(
        text="<b>x</b>",
        parse_mode="HTML",
        media=(Media(kind, "media:1"),),
        buttons=((Button("Go", "https://a.example"),),),
        options=Options(disable_notification=True, protect_content=True),
    )
    template = Template(message, files={"media:1": "FILE"})
    assert template.method == method
    assert json.loads(template.body(-100)) == {
        "chat_id": -100,
        kind: "FILE",
        **({"disable_content_type_detection": True} if kind == "document" else {}),
        "caption": "<b>x</b>",
        "parse_mode": "HTML",
        "disable_notification": True,
        "protect_content": True,
        "reply_markup": {"inline_keyboard": [[{"text": "Go", "url": "https://a.example"}]]},
    }


def test_several_media_are_an_album_whose_first_item_has_the_caption() -> None:
    message = AdMessage(text="x", media=(Media("photo", "https://a/1.jpg"), Media("video", "v")))
    template = Template(message, files={"v": "attach://f1"})
    assert template.method == "sendMediaGroup"
    assert json.loads(template.body(1))["media"] == [
        {"type": "photo", "media": "https://a/1.jpg", "caption": "x"},
        {"type": "video", "media": "attach://f1"},
    ]


def test_personal_fields_are_escaped_for_the_markup_and_for_json() -> None:
    name = '<A&"\\ \n_b!'
    html = AdMessage(text="Hi {first_name}, @{username}", parse_mode="HTML")
    assert body(html, first_name=name, username="u")["text"] == (
        'Hi &lt;A&amp;&quot;\\ \n_b!, @u'
    )  # fmt: skip
    markdown = AdMessage(text="Hi {first_name}", parse_mode="MarkdownV2")
    assert body(markdown, first_name=name)["text"] == 'Hi <A&"\\\\ \n\\_b\\!'
    plain = AdMessage(text="Hi {first_name}{username}")
    assert body(plain, first_name=name)["text"] == f"Hi {name}"
    assert plain.personal
    assert not AdMessage(text=r"\{first_name} {other}").personal


def test_tracked_links_lead_through_signed_slugs_and_the_rest_stays() -> None:
    message = messages.tracked(
        AdMessage(
            text='<a href="https://t.example/?a&amp;b">t</a> <a href="tg://user?id=1">u</a> '
            '<a href="https://p.example/{username}">p</a> https://shown.example',
            parse_mode="HTML",
            buttons=((Button("b", "https://b.example"), Button("c", "https://b.example")),),
        )
    )
    assert message.links == ("https://t.example/?a&b", "https://b.example", "https://b.example")
    assert message.track
    sent = body(message, chat_id=-42, username="joe")
    urls = [f"{BASE}/r/{SLUGS.sign(9, -42, n)}" for n in range(3)]
    assert sent["text"] == (
        f'<a href="{urls[0]}">t</a> <a href="tg://user?id=1">u</a> '
        '<a href="https://p.example/joe">p</a> https://shown.example'
    )
    keyboard = sent["reply_markup"]["inline_keyboard"]
    assert [button["url"] for button in keyboard[0]] == urls[1:]


@pytest.mark.parametrize(
    ("text", "mode", "sent"),
    [
        ('<a href="https://faß.de/ß?b">x</a>', "HTML", '<a href="https://xn--fa-hia.de/ß?b">x</a>'),
        ("[x](faß.de)", "MarkdownV2", "[x](http://xn--fa-hia.de)"),
        ('<a href="https://a.de/ß">x</a>', "HTML", '<a href="https://a.de/ß">x</a>'),
        ("https://faß.de", "HTML", "https://faß.de"),  # people read it
    ],
)
def test_links_are_sent_with_the_name_that_is_looked_up(text: str, mode: str, sent: str) -> None:
    """Clients of Telegram that read names by the older IDNA would lead to `fass.de`."""
    button, medium = Button("b", "https://Faß.de/x"), Media("photo", "https://faß.de/a.jpg")
    message = AdMessage(text=text, parse_mode=mode, media=(medium,), buttons=((button,),))
    call = body(message)
    assert call["caption"] == sent
    assert call["photo"] == "https://xn--fa-hia.de/a.jpg"
    assert call["reply_markup"]["inline_keyboard"][0][0]["url"] == "https://xn--fa-hia.de/x"


def test_personal_fields_in_links_and_buttons_are_filled_for_their_place() -> None:
    message = messages.tracked(
        AdMessage(
            text='<a href="https://p.example/?n={first_name}&amp;u={username}">{first_name}</a>',
            parse_mode="HTML",
            buttons=(
                (
                    Button("For {first_name}", "https://b.example/{username}"),
                    Button("b", "www.b.example"),
                ),
            ),
        )
    )
    assert message.personal
    assert message.links == ("http://www.b.example",)
    sent = body(message, first_name='A&"ü ', username="joe_b")
    assert sent["text"] == (
        '<a href="https://p.example/?n=A%26%22%C3%BC%20&amp;u=joe_b">A&amp;&quot;ü </a>'
    )
    (personal, tracked) = sent["reply_markup"]["inline_keyboard"][0]
    assert personal == {"text": 'For A&"ü ', "url": "https://b.example/joe_b"}
    assert tracked["url"].startswith(f"{BASE}/r/")
    nameless = body(message)["reply_markup"]["inline_keyboard"][0][0]
    assert nameless == {"text": "For ", "url": "https://b.example/"}
    only_buttons = AdMessage(text="x", buttons=((Button("{username}", "https://b.example"),),))
    assert only_buttons.personal


def test_a_migrated_chat_keeps_its_first_id_in_the_slug() -> None:
    message = messages.tracked(AdMessage(text="x", buttons=((Button("b", "https://b.example"),),)))
    url = body(message, chat_id=-100, recipient=-5)["reply_markup"]["inline_keyboard"][0][0]["url"]
    assert SLUGS.read(url.removeprefix(f"{BASE}/r/")) == Click(9, -5, 0)


def test_a_paid_send_says_so() -> None:
    assert body(AdMessage(text="x"), paid=True)["allow_paid_broadcast"] is True
    assert "allow_paid_broadcast" not in body(AdMessage(text="x"))


def test_a_message_survives_its_storage() -> None:
    message = messages.tracked(
        AdMessage(
            text="t",
            parse_mode="HTML",
            media=(Media("photo", "https://a/1.jpg"),),
            buttons=((Button("b", "https://b.example"),),),
            options=Options(priority=3, late_minutes=5),
        )
    )
    stored = json.loads(json.dumps(messages.to_json(message)))
    assert messages.parse(stored) == message


def test_only_what_is_not_the_default_is_stored() -> None:
    assert messages.to_json(AdMessage()) == {}
    assert msgspec.to_builtins(Options(priority=2, paid_budget=5)) == {
        "paid_budget": 5,
        "priority": 2,
    }
    plain = Options()
    assert not plain.disable_notification
    assert not plain.protect_content
    assert not plain.disable_link_preview
    assert not plain.allow_paid_broadcast
    assert (plain.paid_budget, plain.priority, plain.late_minutes) == (0, 1, None)


def test_what_deliveries_share_never_changes() -> None:
    shared: list[Any] = [Options(), AdMessage(), Button("b", "u"), Media("photo", "s")]
    for one in shared:
        with pytest.raises(AttributeError, match="immutable"):
            setattr(one, one.__struct_fields__[0], None)
    made: list[Any] = [Options, AdMessage]
    for one in made:
        with pytest.raises(TypeError):
            one(True)


def test_a_message_with_tracked_links_needs_to_know_where_they_lead() -> None:
    message = messages.tracked(AdMessage(text="x", buttons=((Button("b", "https://b.example"),),)))
    with pytest.raises(ValueError, match="needs `links`"):
        Template(message).body(1)


def test_no_content_can_pass_for_a_slot() -> None:
    text = '\\u0000 0. first_name. "} {first_name}'
    assert body(AdMessage(text=text), first_name="{username}", username="no")["text"] == (
        '\\u0000 0. first_name. "} {username}'
    )
