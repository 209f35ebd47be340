"""Photos, animations and albums through the sandbox: what goes through, and what is refused."""

import json
import struct
import urllib.error
import urllib.request

import pytest

from tests.support.sandbox import Json, Sandbox, SandboxBot

PERSON = 1_000_000_001


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    """A bot with ten people that started it."""
    made = sandbox.create_bot()
    sandbox.add_people(made.id, 10, first_id=PERSON)
    return made


def png(width: int = 400, height: int = 300) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\0" * 8


def upload(
    sandbox: Sandbox, bot: SandboxBot, method: str, files: dict[str, bytes], **fields: object
) -> Json:
    """A multipart call, as clients make it."""
    parts = [
        f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, content in files.items():
        head = (
            f'--XX\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.png"\r\n\r\n'
        )
        parts.append(head.encode() + content + b"\r\n")
    request = urllib.request.Request(
        f"{sandbox.url}/bot{bot.token}/{method}",
        b"".join(parts) + b"--XX--\r\n",
        {"Content-Type": "multipart/form-data; boundary=XX"},
    )
    try:
        with urllib.request.urlopen(request) as response:
            return dict(json.load(response))
    except urllib.error.HTTPError as error:
        with error:
            return dict(json.load(error))


def test_an_uploaded_photo_can_be_sent_again_by_its_bot_alone(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    answer = upload(
        sandbox,
        bot,
        "sendPhoto",
        {"photo": png()},
        chat_id=PERSON,
        caption="<i>x</i>",
        parse_mode="HTML",
    )
    sizes = answer["result"]["photo"]
    assert (sizes[-1]["width"], sizes[-1]["height"]) == (400, 300)
    assert answer["result"]["caption_entities"][0]["type"] == "italic"
    file_id = sizes[-1]["file_id"]
    again = sandbox.call(bot.token, "sendPhoto", chat_id=PERSON, photo=file_id)["result"]
    assert again["photo"][-1]["file_unique_id"] == sizes[-1]["file_unique_id"]
    other = sandbox.create_bot()
    sandbox.add_people(other.id, 1, first_id=PERSON)
    refused = sandbox.call(other.token, "sendPhoto", chat_id=PERSON, photo=file_id)
    assert refused["description"] == "Bad Request: wrong file identifier/HTTP URL specified"
    path = sandbox.call(bot.token, "getFile", file_id=file_id)["result"]["file_path"]
    with urllib.request.urlopen(f"{sandbox.url}/file/bot{bot.token}/{path}") as response:
        assert response.read() == png()


def test_an_animation_is_shown_as_a_document_too(sandbox: Sandbox, bot: SandboxBot) -> None:
    url = "https://example.com/a.gif"
    message = sandbox.call(bot.token, "sendAnimation", chat_id=PERSON, animation=url)["result"]
    assert message["document"]["file_id"] == message["animation"]["file_id"]


@pytest.mark.parametrize(
    ("fields", "description"),
    [
        ({}, "Bad Request: there is no photo in the request"),
        (
            {"photo": "abcd"},
            "Bad Request: wrong remote file identifier specified: "
            "can't unserialize it. Wrong last symbol",
        ),
        (
            {"photo": "ftp://e.com/a.jpg"},
            "Bad Request: invalid file HTTP URL specified: Unsupported URL protocol",
        ),
        (
            {"photo": "https://e.com/a.jpg", "caption": "a" * 1025},
            "Bad Request: message caption is too long",
        ),
    ],
)
def test_wrong_photos_are_refused(
    sandbox: Sandbox, bot: SandboxBot, fields: Json, description: str
) -> None:
    answer = sandbox.call(bot.token, "sendPhoto", chat_id=PERSON, **fields)
    assert answer["description"] == description


def test_a_photo_url_on_this_machine_is_really_fetched(sandbox: Sandbox, bot: SandboxBot) -> None:
    html = sandbox.call(bot.token, "sendPhoto", chat_id=PERSON, photo=f"{sandbox.url}/control")
    assert html["description"] == "Bad Request: wrong type of the web page content"
    gone = sandbox.call(bot.token, "sendPhoto", chat_id=PERSON, photo="http://127.0.0.1:9/a.png")
    assert gone["description"] == "Bad Request: failed to get HTTP URL content"


def test_an_album_shares_a_group_id_and_counts_each_item(sandbox: Sandbox, bot: SandboxBot) -> None:
    media = [
        {"type": "photo", "media": "attach://one", "caption": "first"},
        {"type": "photo", "media": "https://example.com/b.jpg"},
    ]
    answer = upload(
        sandbox, bot, "sendMediaGroup", {"one": png()}, chat_id=PERSON, media=json.dumps(media)
    )
    first, second = answer["result"]
    assert first["media_group_id"] == second["media_group_id"]
    assert first["caption"] == "first"
    assert sandbox.chat(bot.id, PERSON)["accepted"] == 2


@pytest.mark.parametrize(
    ("media", "description"),
    [
        ([], "there are no messages to send"),
        (
            [{"type": "photo", "media": "https://e.com/a.jpg"}] * 11,
            "too many messages to send as an album",
        ),
        (
            [{"type": "animation", "media": "https://e.com/a.gif"}],
            "can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup",
        ),
        (
            [{"type": "hologram", "media": "x"}],
            'can\'t parse InputMedia: type "hologram" is unsupported',
        ),
        ([{"type": "photo"}], "can't parse InputMedia: media not found"),
        ("", 'parameter "media" is required'),
        (
            [{"type": "photo", "media": "https://e.com/a.jpg", "caption": "x" * 1025}],
            "message caption is too long",
        ),
        (
            [
                {"type": "photo", "media": "https://e.com/a.jpg"},
                {"type": "document", "media": "https://e.com/a.pdf"},
            ],
            "document can't be mixed with other media types",
        ),
        (
            [
                {
                    "type": "photo",
                    "media": "https://e.com/a.jpg",
                    "caption": "<x>",
                    "parse_mode": "HTML",
                }
            ],
            "can't parse InputMedia: Can't parse entities: "
            'Unsupported start tag "x" at byte offset 0',
        ),
    ],
)
def test_wrong_albums_are_refused(
    sandbox: Sandbox, bot: SandboxBot, media: list[Json] | str, description: str
) -> None:
    answer = sandbox.call(bot.token, "sendMediaGroup", chat_id=PERSON, media=media)
    assert answer["description"].removeprefix("Bad Request: ") == description


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        ("deleted", 403, "User is deactivated"),
        ("seen", 403, "Bot can't initiate conversation with a user"),
        ("blocked", 403, "USER_IS_BLOCKED"),
    ],
)
def test_an_album_to_somebody_out_of_reach_names_the_part_and_keeps_the_code(
    sandbox: Sandbox, bot: SandboxBot, status: str, code: int, words: str
) -> None:
    sandbox.set_status(bot.id, status, PERSON, is_update=False)
    media = [{"type": "photo", "media": "https://e.com/a.jpg"}] * 2
    answer = sandbox.call(bot.token, "sendMediaGroup", chat_id=PERSON, media=media)
    told = f'failed to send message #1 with the error message "{words}"'
    assert (answer["error_code"], answer["description"]) == (code, f"Forbidden: {told}")
    assert sandbox.chat(bot.id, PERSON)["accepted"] == 0


def test_the_chat_of_an_album_is_looked_for_before_its_items_are_counted(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    media = [{"type": "photo", "media": "https://e.com/a.jpg"}] * 11
    answer = sandbox.call(bot.token, "sendMediaGroup", chat_id=5, media=media)
    assert answer["description"] == "Bad Request: chat not found"
