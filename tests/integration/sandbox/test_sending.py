"""Sending through the sandbox, over real HTTP: what goes through, what is refused, and how."""

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


def send(sandbox: Sandbox, bot: SandboxBot, chat_id: object = PERSON, **fields: object) -> Json:
    return sandbox.call(bot.token, "sendMessage", chat_id=chat_id, **{"text": "hello", **fields})


def test_a_message_comes_back_as_telegram_shows_it(sandbox: Sandbox, bot: SandboxBot) -> None:
    markup = {"inline_keyboard": [[{"text": "Go", "url": "https://e.com/"}]]}
    answer = send(sandbox, bot, text="<b>é</b> 😀", parse_mode="HTML", reply_markup=markup)
    message = answer["result"]
    assert message["text"] == "é 😀"
    assert message["entities"] == [{"offset": 0, "length": 1, "type": "bold"}]
    assert message["reply_markup"] == markup
    assert message["from"]["id"] == bot.id
    assert message["chat"]["type"] == "private"
    assert message["chat"]["id"] == PERSON


def test_methods_are_found_in_any_case_and_unknown_ones_are_404(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    assert sandbox.call(bot.token, "GETME")["result"]["username"] == bot.username
    unknown = sandbox.call(bot.token, "sendNonsense")
    assert (unknown["error_code"], unknown["description"]) == (404, "Not Found: method not found")


@pytest.mark.parametrize(
    ("token", "code", "description"),
    [
        ("0123:" + "a" * 30, 401, "Unauthorized: invalid token specified"),
        ("nocolon", 401, "Unauthorized: invalid token specified"),
        ("1" * 81 + ":a", 401, "Unauthorized: invalid token specified"),
        ("abc:" + "a" * 30, 421, "Misdirected Request: unallowed token specified"),
        ("-5:" + "a" * 30, 401, "Unauthorized: invalid token specified"),
        ("99999999999999999:" + "a" * 30, 401, "Unauthorized: invalid token specified"),
        ("123:short", 401, "Unauthorized"),
        ("123:" + "a" * 30, 401, "Unauthorized"),
    ],
)
def test_wrong_tokens_are_refused_in_the_servers_order(
    sandbox: Sandbox, token: str, code: int, description: str
) -> None:
    answer = sandbox.call(token, "getMe")
    assert (answer["error_code"], answer["description"]) == (code, description)


def test_a_revoked_token_opens_nothing_and_its_successor_does(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    fresh = sandbox.revoke(bot.id, new_token=True)
    assert sandbox.call(bot.token, "getMe")["error_code"] == 401
    assert sandbox.call(fresh.token, "getMe")["ok"]
    sandbox.revoke(bot.id)
    assert sandbox.call(fresh.token, "getMe")["description"] == "Unauthorized"


@pytest.mark.parametrize(
    ("fields", "code", "description"),
    [
        ({"text": ""}, 400, "Bad Request: message text is empty"),
        ({"text": " \n"}, 400, "Bad Request: text must be non-empty"),
        ({"text": "a" * 4097}, 400, "Bad Request: message is too long"),
        ({"parse_mode": "x"}, 400, "Bad Request: unsupported parse_mode"),
        ({"chat_id": ""}, 400, "Bad Request: chat_id is empty"),
        ({"chat_id": "nonsense"}, 400, "Bad Request: chat not found"),
        ({"chat_id": 424242}, 400, "Bad Request: chat not found"),
        ({"chat_id": "@nobody"}, 400, "Bad Request: chat not found"),
        (
            {"text": "1 < 2", "parse_mode": "HTML", "chat_id": 424242},
            400,
            'Bad Request: can\'t parse entities: Unsupported start tag "" at byte offset 2',
        ),
        ({"reply_to_message_id": 77}, 400, "Bad Request: message to be replied not found"),
        ({"message_thread_id": 5}, 400, "Bad Request: message thread not found"),
    ],
)
def test_wrong_content_is_refused(
    sandbox: Sandbox, bot: SandboxBot, fields: Json, code: int, description: str
) -> None:
    answer = sandbox.call(
        bot.token, "sendMessage", **{"chat_id": PERSON, "text": "hello", **fields}
    )
    assert (answer["error_code"], answer["description"]) == (code, description)


def test_people_who_do_not_want_the_bot_give_403(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.block(bot.id, PERSON)
    sandbox.delete_account(bot.id, PERSON + 1)
    sandbox.set_status(bot.id, "seen", PERSON + 2)
    other = sandbox.create_bot()
    expected = {
        PERSON: "Forbidden: bot was blocked by the user",
        PERSON + 1: "Forbidden: user is deactivated",
        PERSON + 2: "Forbidden: bot can't initiate conversation with a user",
        other.id: "Forbidden: the bot can't send messages to the bot",
    }
    for chat_id, description in expected.items():
        answer = send(sandbox, bot, chat_id)
        assert (answer["error_code"], answer["description"]) == (403, description)
    assert sandbox.chat(bot.id, PERSON)["forbidden"] == 1
    send(sandbox, bot, 424242)
    totals = sandbox.totals(bot.id)
    assert (totals["attempts"], totals["forbidden"], totals["refused"]) == (5, 4, 1)


def test_groups_refuse_by_the_bots_standing(sandbox: Sandbox, bot: SandboxBot) -> None:
    for kind in ("group", "supergroup", "channel"):
        chat_id = sandbox.add_group(bot.id, type=kind, status="administrator")
        assert send(sandbox, bot, chat_id)["ok"]
        for status, words in (("kicked", "was kicked from"), ("left", "is not a member of")):
            sandbox.set_status(bot.id, status, chat_id)
            assert (
                send(sandbox, bot, chat_id)["description"]
                == f"Forbidden: bot {words} the {kind} chat"
            )
    gone = sandbox.add_group(bot.id)
    sandbox.set_status(bot.id, "gone", gone)
    assert send(sandbox, bot, gone)["description"] == "Forbidden: the group chat was deleted"


def test_missing_rights_in_groups_and_channels_are_named(sandbox: Sandbox, bot: SandboxBot) -> None:
    group = sandbox.add_group(bot.id, type="supergroup", denied=["text"])
    channel = sandbox.add_group(bot.id, type="channel")
    no_text = "Bad Request: not enough rights to send text messages to the chat"
    assert send(sandbox, bot, group)["description"] == no_text
    no_admin = "Bad Request: need administrator rights in the channel chat"
    assert send(sandbox, bot, channel)["description"] == no_admin


def test_a_moved_group_tells_its_new_id_and_both_chats_say_so(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    old = sandbox.add_group(bot.id, is_update=False)
    new = sandbox.migrate(bot.id, old)
    answer = send(sandbox, bot, old)
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": new}
    assert send(sandbox, bot, new)["ok"]
    messages = [u["message"] for u in sandbox.call(bot.token, "getUpdates")["result"]]
    assert messages[0]["migrate_to_chat_id"] == new
    assert messages[1]["migrate_from_chat_id"] == old


def test_a_chat_takes_a_burst_and_then_its_rate(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.set_limits(chat_rate=0.1)
    answers = [send(sandbox, bot) for _ in range(5)]
    assert [answer["ok"] for answer in answers] == [True, True, True, False, False]
    refused = answers[-1]
    assert refused["error_code"] == 429
    wait = refused["parameters"]["retry_after"]
    assert 5 <= wait <= 10
    assert refused["description"] == f"Too Many Requests: retry after {wait}"
    counted = sandbox.chat(bot.id, PERSON)
    assert (counted["attempts"], counted["accepted"], counted["flood"]) == (5, 3, 2)


def test_a_bot_takes_its_burst_and_rate_over_all_chats(sandbox: Sandbox) -> None:
    bot = sandbox.create_bot()
    people = sandbox.add_people(bot.id, 100)
    sandbox.set_limits(bot_rate=0.01, bot_burst=10)
    accepted = sum(send(sandbox, bot, person)["ok"] for person in people)
    assert accepted == 10


def test_a_group_takes_twenty_a_minute(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.set_limits(chat_rate=0, bot_rate=0)
    group = sandbox.add_group(bot.id, type="supergroup")
    answers = [send(sandbox, bot, group) for _ in range(21)]
    assert [answer["ok"] for answer in answers] == [True] * 20 + [False]
    assert 30 <= answers[-1]["parameters"]["retry_after"] <= 60


def test_paid_messages_go_beyond_the_free_rate_and_cost_stars(sandbox: Sandbox) -> None:
    bot = sandbox.create_bot(stars=1)
    people = sandbox.add_people(bot.id, 30)
    sandbox.set_limits(bot_rate=0.001, bot_burst=5)
    answers = [send(sandbox, bot, person, allow_paid_broadcast=True) for person in people]
    assert [answer["ok"] for answer in answers[:15]] == [True] * 15
    assert answers[15]["error_code"] == 429
    assert sandbox.totals(bot.id)["paid"] == 10
    assert sandbox.call(bot.token, "getMyStarBalance")["result"] == {"amount": 0}


def test_hidden_waiting_delays_a_send_instead_of_refusing_it(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    sandbox.set_limits(absorb_s=8, chat_rate=5, chat_burst=1)
    first = send(sandbox, bot)["result"]
    second = send(sandbox, bot)["result"]
    assert second["message_id"] == first["message_id"] + 1
    assert sandbox.chat(bot.id, PERSON)["flood"] == 0


def test_a_ban_counts_down_and_hammering_does_not_lengthen_it(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    sandbox.ban(bot.id, 100)
    waits = [send(sandbox, bot)["parameters"]["retry_after"] for _ in range(20)]
    assert set(waits) <= set(range(90, 101))
    assert sandbox.totals(bot.id)["while_banned"] == 20
    sandbox.ban(bot.id, 0)
    assert send(sandbox, bot)["ok"]


def test_repeats_of_a_text_to_one_chat_are_counted(sandbox: Sandbox, bot: SandboxBot) -> None:
    for text in ("one", "two", "one"):
        send(sandbox, bot, text=text)
    send(sandbox, bot, PERSON + 1, text="one")
    assert sandbox.chat(bot.id, PERSON)["duplicates"] == 1
    assert [line.chat_id for line in sandbox.received(bot.id, "duplicates=1")] == [PERSON]
    assert sandbox.texts(bot.id)[0] == {"text": "one", "accepted": 3, "duplicates": 1}


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


def test_a_copy_has_no_keyboard_and_may_have_a_new_caption(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    button = {"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}
    source = sandbox.call(
        bot.token,
        "sendPhoto",
        chat_id=PERSON,
        photo="https://e.com/a.jpg",
        caption="old",
        reply_markup=button,
    )["result"]
    copied = sandbox.call(
        bot.token,
        "copyMessage",
        chat_id=PERSON + 1,
        from_chat_id=PERSON,
        message_id=source["message_id"],
        caption="new",
    )["result"]
    assert list(copied) == ["message_id"]
    (message,) = sandbox.outbox(bot.id, PERSON + 1)
    assert message["caption"] == "new"
    assert "reply_markup" not in message
    missing = sandbox.call(
        bot.token, "copyMessage", chat_id=PERSON, from_chat_id=PERSON, message_id=999
    )
    assert missing["description"] == "Bad Request: message to copy not found"


def test_forwarding_names_the_origin_and_respects_protection(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    open_id = send(sandbox, bot)["result"]["message_id"]
    protected = send(sandbox, bot, protect_content=True)["result"]
    assert protected["has_protected_content"]
    forward = {"chat_id": PERSON + 1, "from_chat_id": PERSON}
    message = sandbox.call(bot.token, "forwardMessage", message_id=open_id, **forward)["result"]
    assert message["forward_origin"]["sender_user"]["id"] == bot.id
    refused = sandbox.call(
        bot.token, "forwardMessage", message_id=protected["message_id"], **forward
    )
    assert (
        refused["description"]
        == "Bad Request: message has protected content and can't be forwarded"
    )


def test_many_messages_are_copied_at_once(sandbox: Sandbox, bot: SandboxBot) -> None:
    ids = [send(sandbox, bot, text=str(n))["result"]["message_id"] for n in range(2)]
    copy = {"chat_id": PERSON + 1, "from_chat_id": PERSON}
    done = sandbox.call(bot.token, "copyMessages", message_ids=[*ids, 999], **copy)
    assert len(done["result"]) == 2
    wrong = sandbox.call(bot.token, "copyMessages", message_ids=ids[::-1], **copy)
    assert (
        wrong["description"]
        == "Bad Request: message identifiers must be in a strictly increasing order"
    )


def test_editing_changes_the_text_once(sandbox: Sandbox, bot: SandboxBot) -> None:
    message_id = send(sandbox, bot)["result"]["message_id"]
    where = {"chat_id": PERSON, "message_id": message_id}
    edited = sandbox.call(bot.token, "editMessageText", text="other", **where)["result"]
    assert edited["text"] == "other"
    assert edited["edit_date"] >= edited["date"]
    again = sandbox.call(bot.token, "editMessageText", text="other", **where)
    assert again["description"].startswith("Bad Request: message is not modified: specified new")
    theirs = sandbox.write(bot.id, PERSON, "mine")
    for message, reason in (
        (theirs, "message can't be edited"),
        (999, "message to edit not found"),
    ):
        answer = sandbox.call(
            bot.token, "editMessageText", chat_id=PERSON, message_id=message, text="x"
        )
        assert answer["description"] == f"Bad Request: {reason}"


def test_deleting_works_once(sandbox: Sandbox, bot: SandboxBot) -> None:
    where = {"chat_id": PERSON, "message_id": send(sandbox, bot)["result"]["message_id"]}
    assert sandbox.call(bot.token, "deleteMessage", **where)["result"] is True
    again = sandbox.call(bot.token, "deleteMessage", **where)
    assert again["description"] == "Bad Request: message to delete not found"


def test_commands_are_kept_by_scope_and_checked(sandbox: Sandbox, bot: SandboxBot) -> None:
    commands = [{"command": "/start", "description": "Begin"}]
    assert sandbox.call(bot.token, "setMyCommands", commands=commands)["result"] is True
    kept = sandbox.call(bot.token, "getMyCommands")["result"]
    assert kept == [{"command": "start", "description": "Begin"}]
    scope = {"type": "all_group_chats"}
    assert sandbox.call(bot.token, "getMyCommands", scope=scope)["result"] == []
    long = [{"command": "a" * 33, "description": "x"}]
    refused = sandbox.call(bot.token, "setMyCommands", commands=long)["description"]
    assert refused == "Bad Request: command length must not exceed 32"
    sandbox.call(bot.token, "deleteMyCommands")
    assert sandbox.call(bot.token, "getMyCommands")["result"] == []


def test_after_log_out_nothing_goes(sandbox: Sandbox, bot: SandboxBot) -> None:
    assert sandbox.call(bot.token, "logOut")["result"] is True
    assert sandbox.call(bot.token, "getMe")["description"] == "Logged out"
