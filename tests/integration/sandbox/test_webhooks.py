"""Webhooks: setting them, and how updates are delivered, over real HTTP."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.sandbox import Json, Sandbox, SandboxBot
from tests.support.waiting import until

PERSON = 1_000_000_001


class Receiver:
    """A bot's own server: notes what comes and answers as told."""

    def __init__(self) -> None:
        self.updates: list[Json] = []
        self.secrets: list[str | None] = []
        self.times: list[float] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.most_at_once = 0
        self.hold_s = 0.0
        self._now = 0
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, headers, answer = receiver.take(
                    body, self.headers.get("X-Telegram-Bot-Api-Secret-Token")
                )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def take(self, body: Json, secret: str | None) -> tuple[int, dict[str, str], bytes]:
        with self._lock:
            self.updates.append(body)
            self.secrets.append(secret)
            self.times.append(time.monotonic())
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            answer = self.answers.pop(0) if self.answers else (200, {}, b"")
        time.sleep(self.hold_s)  # a program that takes its time
        with self._lock:
            self._now -= 1
        return answer

    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.updates]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def bot(sandbox: Sandbox) -> Iterator[SandboxBot]:
    made = sandbox.create_bot()
    sandbox.add_people(made.id, 20, first_id=PERSON)
    yield made
    sandbox.call(made.token, "deleteWebhook")


def set_webhook(sandbox: Sandbox, bot: SandboxBot, url: str, **options: object) -> Json:
    return sandbox.call(bot.token, "setWebhook", url=url, **options)


def test_updates_come_with_the_secret_and_leave_the_queue(
    sandbox: Sandbox, bot: SandboxBot, receiver: Receiver
) -> None:
    sandbox.write(bot.id, PERSON, "before")
    answer = set_webhook(sandbox, bot, receiver.url, secret_token="s3cret_-")
    assert (answer["result"], answer["description"]) == (True, "Webhook was set")
    sandbox.write(bot.id, PERSON, "after")
    until(lambda: sandbox.bot(bot.id)["pending_updates"] == 0, what="all is delivered")
    assert receiver.texts() == ["before", "after"]
    assert receiver.secrets == ["s3cret_-"] * 2


def test_one_chat_is_served_in_order_and_chats_side_by_side(
    sandbox: Sandbox, bot: SandboxBot, receiver: Receiver
) -> None:
    receiver.hold_s = 0.05
    for number in range(3):
        for person in range(10):
            sandbox.write(bot.id, PERSON + person, str(number))
    set_webhook(sandbox, bot, receiver.url, max_connections=5)
    until(lambda: sandbox.bot(bot.id)["pending_updates"] == 0, what="all is delivered")
    for person in range(10):
        mine = [
            u["message"]["text"]
            for u in receiver.updates
            if u["message"]["from"]["id"] == PERSON + person
        ]
        assert mine == ["0", "1", "2"]
    assert 2 <= receiver.most_at_once <= 5


def test_a_failing_update_is_tried_again_at_once_and_then_after_two_seconds(
    sandbox: Sandbox, bot: SandboxBot, receiver: Receiver
) -> None:
    receiver.answers = [(500, {}, b""), (500, {}, b"")]
    set_webhook(sandbox, bot, receiver.url)
    sandbox.write(bot.id, PERSON, "hello")
    until(lambda: sandbox.bot(bot.id)["pending_updates"] == 0, what="it is delivered")
    first, second, third = receiver.times
    assert second - first < 1.8
    assert third - second > 1.8
    info = sandbox.call(bot.token, "getWebhookInfo")["result"]
    assert info["last_error_message"] == (
        "Wrong response from the webhook: 500 Internal Server Error"
    )


def test_retry_after_replaces_the_wait_and_other_chats_go_on(
    sandbox: Sandbox, bot: SandboxBot, receiver: Receiver
) -> None:
    receiver.answers = [(429, {"Retry-After": "1"}, b"")]
    set_webhook(sandbox, bot, receiver.url)
    sandbox.write(bot.id, PERSON, "waits")
    until(lambda: len(receiver.updates) == 1, what="the first try")
    sandbox.write(bot.id, PERSON + 1, "goes on")
    until(lambda: sandbox.bot(bot.id)["pending_updates"] == 0, what="both are delivered")
    assert receiver.texts() == ["waits", "goes on", "waits"]
    assert receiver.times[2] - receiver.times[0] > 0.9


def test_a_call_in_the_answer_is_executed_but_no_get(
    sandbox: Sandbox, bot: SandboxBot, receiver: Receiver
) -> None:
    call = {"method": "sendMessage", "chat_id": PERSON, "text": "reply"}
    kind = {"Content-Type": "application/json"}
    receiver.answers = [(200, kind, json.dumps(call).encode()), (200, kind, b'{"method":"logOut"}')]
    set_webhook(sandbox, bot, receiver.url)
    sandbox.write(bot.id, PERSON, "one")
    sandbox.write(bot.id, PERSON, "two")
    until(lambda: sandbox.bot(bot.id)["pending_updates"] == 0, what="both are delivered")
    assert [m["text"] for m in sandbox.outbox(bot.id)] == ["reply"]
    assert sandbox.call(bot.token, "getMe")["ok"]


def test_the_same_webhook_again_is_already_set_and_deleting_tells_too(
    sandbox: Sandbox, bot: SandboxBot, receiver: Receiver
) -> None:
    set_webhook(sandbox, bot, receiver.url)
    assert set_webhook(sandbox, bot, receiver.url)["parameters"] == {"retry_after": 1}
    until(
        lambda: (
            set_webhook(sandbox, bot, receiver.url).get("description") == "Webhook is already set"
        ),
        what="the second call is allowed",
    )
    for words in ("was deleted", "is already deleted"):
        answer = sandbox.call(bot.token, "deleteWebhook")
        assert answer["description"] == f"Webhook {words}"


def test_info_shows_the_webhook_and_never_its_secret(
    sandbox: Sandbox, bot: SandboxBot, receiver: Receiver
) -> None:
    assert sandbox.call(bot.token, "getWebhookInfo")["result"] == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 0,
    }
    set_webhook(sandbox, bot, receiver.url, secret_token="secret", allowed_updates=["message"])
    info = sandbox.call(bot.token, "getWebhookInfo")["result"]
    assert (info["url"], info["max_connections"]) == (receiver.url, 40)
    assert info["allowed_updates"] == ["message"]
    assert "secret" not in json.dumps(info).replace(receiver.url, "")


def test_dropping_pending_updates_drops_them(
    sandbox: Sandbox, bot: SandboxBot, receiver: Receiver
) -> None:
    sandbox.write_many(bot.id, 5)
    set_webhook(sandbox, bot, receiver.url, drop_pending_updates=True)
    sandbox.write(bot.id, PERSON, "new")
    until(lambda: bool(receiver.updates), what="the new one comes")
    assert receiver.texts() == ["new"]


@pytest.mark.parametrize(
    ("url", "options", "description"),
    [
        ("http://x", {"secret_token": "a" * 257}, "secret token is too long"),
        ("http://x", {"secret_token": "ä"}, "secret token contains unallowed characters"),
        ("ftp://x", {}, "invalid webhook URL specified"),
        ("http://", {}, "invalid webhook URL specified"),
    ],
)
def test_wrong_webhooks_are_refused(
    sandbox: Sandbox, bot: SandboxBot, url: str, options: Json, description: str
) -> None:
    answer = set_webhook(sandbox, bot, url, **options)
    assert answer["description"] == f"Bad Request: {description}"


def test_a_host_that_does_not_exist_is_refused(sandbox: Sandbox, bot: SandboxBot) -> None:
    answer = set_webhook(sandbox, bot, "http://nowhere.invalid/hook")
    assert answer["description"].startswith("Bad Request: bad webhook: Failed to resolve host: ")


@pytest.mark.parametrize(
    ("fields", "description"),
    [
        ({"url": "https://"}, "invalid webhook URL specified"),
        ({"secret_token": "é"}, "secret token contains unallowed characters"),
        ({"secret_token": "x" * 257}, "secret token is too long"),
    ],
)
def test_a_webhook_that_is_refused_has_removed_the_one_before(
    sandbox: Sandbox, fields: Json, description: str
) -> None:
    bot = sandbox.create_bot()
    sandbox.add_people(bot.id, 1, first_id=PERSON)
    nowhere = "http://127.0.0.1:9/hook"
    assert sandbox.call(bot.token, "setWebhook", url=nowhere)["ok"]
    sandbox.write(bot.id, PERSON, "a")
    wrong = {"url": nowhere, "drop_pending_updates": True, **fields}

    def try_it() -> Json:
        return sandbox.call(bot.token, "setWebhook", **wrong)

    # at most one setWebhook a second is taken
    until(lambda: try_it()["error_code"] == 400, what="the second setWebhook is looked at")
    info = sandbox.call(bot.token, "getWebhookInfo")["result"]
    assert (info["url"], info["pending_update_count"]) == ("", 0)
    until(lambda: try_it()["description"] == f"Bad Request: {description}", what="it is named")


def test_a_certificate_is_shown(sandbox: Sandbox) -> None:
    bot = sandbox.create_bot()
    parts = (
        b'--XX\r\nContent-Disposition: form-data; name="url"\r\n\r\nhttp://127.0.0.1:9/\r\n'
        b'--XX\r\nContent-Disposition: form-data; name="certificate"; filename="c.pem"\r\n\r\n'
        b"pem\r\n--XX--\r\n"
    )
    request = urllib.request.Request(
        f"{sandbox.url}/bot{bot.token}/setWebhook",
        parts,
        {"Content-Type": "multipart/form-data; boundary=XX"},
    )
    with urllib.request.urlopen(request) as response:
        assert json.load(response)["ok"]
    info = sandbox.call(bot.token, "getWebhookInfo")["result"]
    assert info["has_custom_certificate"] is True
    assert sandbox.call(bot.token, "deleteWebhook")["ok"]
    info = sandbox.call(bot.token, "getWebhookInfo")["result"]
    assert info["has_custom_certificate"] is False
