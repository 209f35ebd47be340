"""Sending through the sandbox, over real HTTP: what goes through, what is refused, and how."""

import pytest

from tests.support.sandbox import Json, Sandbox, SandboxBot

PERSON = 1_000_000_001


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    """A bot with ten people that started it."""
    made = sandbox.create_bot()
    sandbox.add_people(made.id, 10, first_id=PERSON)
    return made


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
