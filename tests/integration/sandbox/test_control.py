"""The control API: bulk worlds, faults, counters, wrong use."""

import http.client
import time

import pytest

from tests.support.sandbox import ControlError, Json, Sandbox, SandboxBot
from tests.support.waiting import until

PERSON = 1_000_000_001


@pytest.fixture
def bot(sandbox: Sandbox) -> SandboxBot:
    made = sandbox.create_bot()
    sandbox.add_people(made.id, 10, first_id=PERSON)
    return made


def raw(sandbox: Sandbox, bot: SandboxBot, method: str = "sendMessage") -> tuple[int, str, bytes]:
    """Status, content type and body of one call; b"" and 0 where the connection was cut."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=10)
    try:
        path = f"/bot{bot.token}/{method}?chat_id={PERSON}&text=hello"
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.getheader("Content-Type", ""), response.read()
    except (ConnectionError, http.client.BadStatusLine):
        return 0, "", b""
    except http.client.IncompleteRead as error:
        return -1, "", error.partial
    finally:
        connection.close()


def accepted(sandbox: Sandbox, bot: SandboxBot) -> int:
    return int(sandbox.chat(bot.id, PERSON)["accepted"])


def test_a_flood_storm_asks_to_wait_in_body_and_header(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.add_fault("flood", bot=bot.id, retry_after=41, count=2)
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
    connection.request("GET", f"/bot{bot.token}/sendMessage?chat_id={PERSON}&text=a")
    response = connection.getresponse()
    assert (response.status, response.getheader("Retry-After")) == (429, "41")
    assert b'"retry_after":41' in response.read()
    connection.close()
    assert sandbox.call(bot.token, "getMe")["error_code"] == 429
    assert sandbox.call(bot.token, "getMe")["ok"]


@pytest.mark.parametrize("kind", ["error", "html", "empty"])
def test_a_proxys_failure_comes_with_or_without_effect(
    sandbox: Sandbox, bot: SandboxBot, kind: str
) -> None:
    for after_effect in (False, True):
        sandbox.add_fault(
            kind, status=502, methods=["sendMessage"], count=1, after_effect=after_effect
        )
        status, content_type, body = raw(sandbox, bot)
        assert status == 502
        assert ("html" in content_type) == (kind == "html")
        assert bool(body) == (kind != "empty")
        assert accepted(sandbox, bot) == int(after_effect)
        assert sandbox.totals(bot.id)["faults"] == 1 + after_effect


def test_a_connection_is_cut_before_or_after_the_effect(sandbox: Sandbox, bot: SandboxBot) -> None:
    for kind, effect in (("cut_before", 0), ("cut_after", 1)):
        sandbox.add_fault(kind, count=1)
        assert raw(sandbox, bot)[0] == 0
        assert accepted(sandbox, bot) == effect


def test_an_answer_can_be_truncated_or_late(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.add_fault("truncate", count=1)
    status, _, body = raw(sandbox, bot)
    assert status == -1
    assert body.startswith(b'{"ok":true')
    sandbox.add_fault("slow", delay_s=0.5, count=1)
    before = time.monotonic()
    assert raw(sandbox, bot)[0] == 200
    assert time.monotonic() - before >= 0.5  # the delay is what is promised
    assert accepted(sandbox, bot) == 2


def test_any_error_of_telegram_can_be_made(sandbox: Sandbox, bot: SandboxBot) -> None:
    text = "Bad Request: CHAT_RESTRICTED"
    sandbox.add_fault("error", status=400, description=text, chats=[PERSON])
    answer = sandbox.call(bot.token, "sendMessage", chat_id=PERSON, text="a")
    assert (answer["error_code"], answer["description"]) == (400, text)
    assert sandbox.call(bot.token, "sendMessage", chat_id=PERSON + 1, text="a")["ok"]


def test_faults_end_by_time_and_can_be_removed(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.add_fault("error", duration_s=1.0)
    assert not sandbox.call(bot.token, "getMe")["ok"]
    until(lambda: bool(sandbox.call(bot.token, "getMe")["ok"]), what="the fault ends")
    fault = sandbox.add_fault("error")
    sandbox.control("DELETE", f"/faults/{fault}")
    assert sandbox.call(bot.token, "getMe")["ok"]


def test_a_fault_with_a_probability_acts_on_a_share(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.add_fault("error", probability=0.5)
    failed = sum(not sandbox.call(bot.token, "getMe")["ok"] for _ in range(200))
    assert 50 < failed < 150


def test_a_million_people_are_made_at_once_and_then_looked_up_one_by_one(sandbox: Sandbox) -> None:
    bot = sandbox.create_bot()
    before = sandbox.cpu_s
    people = sandbox.add_people(
        bot.id, 1_000_000, blocked_share=0.1, deleted_share=0.02, languages={"en": 3, "de": 1}
    )
    assert sandbox.cpu_s - before < 5, "nobody has an object of their own yet"
    blocked = sandbox.control("GET", f"/bots/{bot.id}/received?status=blocked&limit=100000")
    assert len(blocked["chats"]) == 100_000
    sandbox.call(bot.token, "sendMessage", chat_id=blocked["chats"][0][0], text="a")
    sent = next(
        p for p in people if sandbox.call(bot.token, "sendMessage", chat_id=p, text="a")["ok"]
    )
    assert [line.chat_id for line in sandbox.received(bot.id, "not=0")] == [sent]
    sandbox.write(bot.id, sent, "hello")
    (update,) = sandbox.call(bot.token, "getUpdates")["result"]
    assert update["message"]["from"]["language_code"] in ("en", "de")


def test_the_same_seed_makes_the_same_people(sandbox: Sandbox) -> None:
    worlds = []
    for bot in sandbox.create_bots(2):
        sandbox.add_people(bot.id, 1000, first_id=PERSON, blocked_share=0.3, seed=7)
        worlds.append([line.status for line in sandbox.received(bot.id)])
    assert worlds[0] == worlds[1]
    assert worlds[0].count("blocked") == 300


def test_a_share_of_the_people_blocks_the_bot_later(sandbox: Sandbox, bot: SandboxBot) -> None:
    body = {"status": "blocked", "share": 0.3}
    assert sandbox.control("POST", f"/bots/{bot.id}/status", body) == {"changed": 3}
    assert len(sandbox.call(bot.token, "getUpdates")["result"]) == 3


def test_a_described_person_looks_as_described(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.add_person(bot.id, 42, first_name="Zoë <3", username="zoe", language_code="fr")
    sandbox.write(bot.id, 42, "hi", content={"photo": []})
    (update,) = sandbox.call(bot.token, "getUpdates")["result"]
    assert update["message"]["from"] == {
        "id": 42,
        "is_bot": False,
        "first_name": "Zoë <3",
        "username": "zoe",
        "language_code": "fr",
    }


def test_counters_can_be_cleared_and_the_world_kept(sandbox: Sandbox, bot: SandboxBot) -> None:
    sandbox.call(bot.token, "sendMessage", chat_id=PERSON, text="a")
    sandbox.reset("counters")
    assert sandbox.totals(bot.id)["attempts"] == 0
    assert accepted(sandbox, bot) == 0
    sandbox.call(bot.token, "sendMessage", chat_id=PERSON, text="a")
    assert sandbox.chat(bot.id, PERSON)["duplicates"] == 0


@pytest.mark.parametrize(
    ("verb", "path", "body", "reason"),
    [
        ("GET", "/nonsense", None, "no such control endpoint: GET /control/nonsense"),
        ("GET", "/bots/5", None, "there is no bot 5"),
        ("POST", "/bots", {"nonsense": 1}, "unknown field `nonsense`"),
        ("POST", "/bots", {"bots": [{"token": "nonsense"}]}, "a token looks like"),
        ("POST", "/faults", {"kind": "nonsense"}, "kind must be one of"),
        ("POST", "/faults", {"kind": "flood", "bot": 5}, "there is no bot 5"),
        ("PATCH", "/limits", {"bot_rate": -1}, "bot_rate must be between 0 and 1e9"),
        ("PATCH", "/limits", {"nonsense": 1}, "unknown field `nonsense`"),
        ("POST", "/reset", {"what": "nonsense"}, "what must be all or counters"),
    ],
)
def test_wrong_use_gets_one_clear_line(
    sandbox: Sandbox, verb: str, path: str, body: Json | None, reason: str
) -> None:
    with pytest.raises(ControlError) as caught:
        sandbox.control(verb, path, body)
    assert reason in str(caught.value)


def test_wrong_people_are_refused(sandbox: Sandbox, bot: SandboxBot) -> None:
    for options in (
        {"count": 5, "first_id": PERSON},
        {"count": 0},
        {"count": 5, "status": "nonsense"},
        {"count": 5, "blocked_share": 0.7, "deleted_share": 0.7},
    ):
        with pytest.raises(ControlError):
            sandbox.control("POST", f"/bots/{bot.id}/people", options)


def test_prometheus_is_shown_what_was_counted(sandbox: Sandbox) -> None:
    bot = sandbox.create_bot()
    person = sandbox.add_person(bot.id, 501)
    sandbox.call(bot.token, "sendMessage", chat_id=person, text="hello")
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=10)
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    shown = answer.read().decode()
    connection.close()
    assert answer.status == 200
    assert 'sandbox_events_total{kind="accepted"} 1.0' in shown
    assert "sandbox_bots 1.0" in shown
