"""getUpdates over real HTTP: waiting, confirming, and who gets the 409."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.support.sandbox import Json, Sandbox, SandboxBot
from tests.support.waiting import until

PERSON = 1_000_000_001
OTHER_POLL = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    made = sandbox.create_bot()
    sandbox.add_people(made.id, 5, first_id=PERSON)
    return made


class Poller:
    """Calls of its own connections, each in a thread."""

    def __init__(self, sandbox: Sandbox, bot: SandboxBot, pool: ThreadPoolExecutor) -> None:
        self._sandbox = sandbox
        self._bot = bot
        self._pool = pool

    def start(self, **arguments: object) -> Future[Json]:
        """A long poll that is waiting when this returns."""
        calls = self._sandbox.totals(self._bot.id)["calls"]
        future = self._pool.submit(self.call, "getUpdates", **arguments)
        until(lambda: self._sandbox.totals(self._bot.id)["calls"] > calls, what="the poll arrives")
        return future

    def call(self, method: str, **arguments: object) -> Json:
        client = Sandbox.connect(self._sandbox.url)
        try:
            return client.call(self._bot.token, method, **arguments)
        finally:
            client.disconnect()


@pytest.fixture
def poller(sandbox: Sandbox, bot: SandboxBot) -> Iterator[Poller]:
    with ThreadPoolExecutor(4) as pool:
        yield Poller(sandbox, bot, pool)


def ids(answer: Json) -> list[int]:
    return [update["update_id"] for update in answer["result"]]


def test_updates_stay_until_a_higher_offset_confirms_them(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    sandbox.write_many(bot.id, 3)
    everything = ids(sandbox.call(bot.token, "getUpdates"))
    assert len(everything) == 3
    rest = sandbox.call(bot.token, "getUpdates", offset=everything[1])
    assert ids(rest) == everything[1:]
    assert ids(sandbox.call(bot.token, "getUpdates", offset=-1)) == everything[2:]


def test_a_batch_holds_at_most_a_hundred(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.write_many(bot.id, 150)
    assert len(ids(sandbox.call(bot.token, "getUpdates", limit=500, offset=1))) == 100
    assert len(ids(sandbox.call(bot.token, "getUpdates", limit=0))) == 1


def test_the_same_offset_within_half_a_second_gives_one_update(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    sandbox.write_many(bot.id, 3)
    offset = ids(sandbox.call(bot.token, "getUpdates"))[0]
    assert len(ids(sandbox.call(bot.token, "getUpdates", offset=offset))) == 3
    assert len(ids(sandbox.call(bot.token, "getUpdates", offset=offset))) == 1


def test_a_waiting_poll_is_answered_as_soon_as_somebody_writes(
    sandbox: Sandbox, bot: SandboxBot, poller: Poller
) -> None:
    waiting = poller.start(timeout=30)
    assert sandbox.bot(bot.id)["is_polling"]
    sandbox.write(bot.id, PERSON, "/start promo_7")
    (update,) = waiting.result(20)["result"]  # before its timeout, which would bring nothing
    assert update["message"]["text"] == "/start promo_7"
    assert update["message"]["entities"] == [{"offset": 0, "length": 6, "type": "bot_command"}]
    assert next(iter(update)) == "update_id"


def test_a_poll_without_news_ends_with_its_timeout(sandbox: Sandbox, bot: SandboxBot) -> None:
    before = time.monotonic()
    assert sandbox.call(bot.token, "getUpdates", timeout=1, offset=5)["result"] == []
    assert time.monotonic() - before > 0.9  # how long it is held is what is promised


def test_spinning_with_one_offset_is_slowed_to_three_seconds(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    sandbox.call(bot.token, "getUpdates", offset=7)
    before = time.monotonic()
    sandbox.call(bot.token, "getUpdates", offset=7)
    assert time.monotonic() - before > 2.9  # how long it is held is what is promised


def test_of_two_long_polls_the_older_one_dies(
    sandbox: Sandbox, bot: SandboxBot, poller: Poller
) -> None:
    older = poller.start(timeout=30, offset=1)
    newer = poller.start(timeout=30, offset=2)
    died = older.result(20)
    assert (died["error_code"], died["description"]) == (409, OTHER_POLL)
    sandbox.write(bot.id, PERSON, "hello")
    assert len(newer.result(20)["result"]) == 1


def test_a_second_conflict_is_held_back_for_three_seconds(poller: Poller) -> None:
    first = poller.start(timeout=30, offset=1)
    second = poller.start(timeout=30, offset=2)
    first.result(20)
    before = time.monotonic()
    third = poller.start(timeout=4, offset=3)
    assert second.result(20)["error_code"] == 409
    assert time.monotonic() - before > 2.5  # how long it is held is what is promised
    third.result(20)


def test_a_short_call_does_not_disturb_a_waiting_poll(
    sandbox: Sandbox, bot: SandboxBot, poller: Poller
) -> None:
    waiting = poller.start(timeout=30, offset=1)
    assert sandbox.call(bot.token, "getUpdates", offset=2)["result"] == []
    sandbox.write(bot.id, PERSON, "hello")
    assert len(waiting.result(20)["result"]) == 1


def test_setting_a_webhook_ends_the_poll_and_forbids_new_ones(
    sandbox: Sandbox, bot: SandboxBot, poller: Poller
) -> None:
    waiting = poller.start(timeout=30)
    sandbox.call(bot.token, "setWebhook", url="http://127.0.0.1:9/hook")
    assert waiting.result(20)["description"] == "Conflict: terminated by setWebhook request"
    refused = poller.start().result(20)
    assert refused["description"].startswith("Conflict: can't use getUpdates method while webhook")


def test_a_revoked_token_ends_the_poll_with_401(
    sandbox: Sandbox, bot: SandboxBot, poller: Poller
) -> None:
    waiting = poller.start(timeout=30)
    sandbox.revoke(bot.id)
    assert waiting.result(20)["error_code"] == 401


def test_only_allowed_updates_are_queued(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.call(bot.token, "getUpdates", allowed_updates=["message"])
    sandbox.block(bot.id, PERSON)
    sandbox.write(bot.id, PERSON + 1, "hello")
    sandbox.call(bot.token, "getUpdates", offset=1, allowed_updates="nonsense")
    sandbox.unblock(bot.id, PERSON)
    (update,) = sandbox.call(bot.token, "getUpdates", offset=2)["result"]
    assert "message" in update


def test_blocking_and_coming_back_tell_the_bot(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.block(bot.id, PERSON)
    sandbox.write(bot.id, PERSON, "/start")
    block, unblock, start = sandbox.call(bot.token, "getUpdates")["result"]
    left = block["my_chat_member"]
    assert left["old_chat_member"]["status"] == "member"
    assert (left["new_chat_member"]["status"], left["new_chat_member"]["until_date"]) == (
        "kicked",
        0,
    )
    assert left["new_chat_member"]["user"]["id"] == bot.id
    assert left["from"]["id"] == left["chat"]["id"] == PERSON
    assert unblock["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert start["message"]["text"] == "/start"


def test_a_pressed_button_gives_a_callback_that_is_answered_once(
    sandbox: Sandbox, bot: SandboxBot
) -> None:
    markup = {
        "inline_keyboard": [
            [{"text": "A", "callback_data": "a"}, {"text": "B", "callback_data": "b"}]
        ]
    }
    sent = sandbox.call(bot.token, "sendMessage", chat_id=PERSON, text="x", reply_markup=markup)
    pressed = sandbox.press(bot.id, PERSON, button="B")
    (update,) = sandbox.call(bot.token, "getUpdates")["result"]
    query = update["callback_query"]
    assert (query["data"], query["message"]) == ("b", sent["result"])
    assert query["id"] == pressed["callback_query_id"]
    answer = {"callback_query_id": query["id"], "text": "ok"}
    assert sandbox.call(bot.token, "answerCallbackQuery", **answer)["result"] is True
    late = sandbox.call(bot.token, "answerCallbackQuery", **answer)["description"]
    assert late.startswith("Bad Request: query is too old and response timeout expired")


def test_raw_updates_of_any_shape_can_be_pushed(sandbox: Sandbox, bot: SandboxBot) -> None:
    pushed = sandbox.push_updates(bot.id, {"kind": "invented", "payload": {"x": None}}, {})
    updates = sandbox.call(bot.token, "getUpdates")["result"]
    assert [u["update_id"] for u in updates] == pushed
    assert updates[0]["invented"] == {"x": None}
