"""Updates go on to an owner's own program: signed, in order, retried, never blocking the bot."""

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from crier.domain.replies import forward_key
from tests.support.fleet import FleetRows, Worker, running_worker
from tests.support.listener import Listener, listening
from tests.support.sandbox import SandboxBot
from tests.support.waiting import until

ANN, BOB = 1001, 1002


@pytest.fixture
def program() -> Iterator[Listener]:
    with listening() as server:
        yield server


@pytest.fixture
def worker(world: FleetRows) -> Iterator[Worker]:
    with running_worker(world, CRIER_FETCH_ALLOW="127.0.0.1") as running:
        yield running


@pytest.fixture
def bot(world: FleetRows, worker: Worker, program: Listener) -> SandboxBot:
    added = world.add_bot(settings={"forward_url": f"{program.url}/updates"})
    world.start(added.id)
    for person, name in ((ANN, "Ann"), (BOB, "Bob")):
        world.sandbox.add_person(added.id, person, first_name=name)
    return added


def texts(program: Listener, person: int) -> list[str]:
    messages = [json.loads(post.body).get("message") for post in program.posts]
    return [m["text"] for m in messages if m and m["chat"]["id"] == person]


def test_updates_are_posted_signed(world: FleetRows, bot: SandboxBot, program: Listener) -> None:
    world.sandbox.write(bot.id, ANN, "hello")
    until(lambda: texts(program, ANN) == ["hello"], 5)
    post = program.posts[0]
    key = forward_key("whsec-of-the-bot").encode()
    digest = hmac.new(key, post.body, hashlib.sha256).hexdigest()
    assert post.headers["x-crier-signature"] == f"sha256={digest}"
    assert post.path == "/updates"


def test_an_answer_may_carry_a_call(world: FleetRows, bot: SandboxBot, program: Listener) -> None:
    call = {"method": "sendMessage", "chat_id": ANN, "text": "from my program"}
    program.answer = lambda post: (200, json.dumps(call).encode())
    world.sandbox.write(bot.id, ANN, "hello")
    until(lambda: [m["text"] for m in world.sandbox.outbox(bot.id)] == ["from my program"], 5)
    until(lambda: world.texts(bot.id, "out") == ["from my program"], 5)


@pytest.mark.parametrize("method", ["deleteWebhook", "logOut", "getMe", "close x HTTP/1.1\r\n", 7])
def test_calls_that_an_answer_may_not_carry_are_ignored(
    world: FleetRows, bot: SandboxBot, program: Listener, method: object
) -> None:
    before = dict(world.sandbox.bot(bot.id)["methods"])
    program.answer = lambda post: (200, json.dumps({"method": method}).encode())
    world.sandbox.write(bot.id, ANN, "hello")
    until(lambda: texts(program, ANN) == ["hello"], 5)
    world.sandbox.write(bot.id, ANN, "again")
    until(lambda: texts(program, ANN) == ["hello", "again"], 5)
    after = dict(world.sandbox.bot(bot.id)["methods"])
    before.pop("getupdates", 0), after.pop("getupdates", 0)
    assert after == before


def test_a_failing_program_gets_each_chat_in_order_once_it_works(
    world: FleetRows, bot: SandboxBot, program: Listener
) -> None:
    failing = {ANN}
    program.answer = lambda post: (
        500 if json.loads(post.body)["message"]["chat"]["id"] in failing else 200, b"",
    )  # fmt: skip
    for n in range(3):
        world.sandbox.write(bot.id, ANN, f"a{n}")
        world.sandbox.write(bot.id, BOB, f"b{n}")
    until(lambda: texts(program, BOB) == ["b0", "b1", "b2"], 5)
    assert set(texts(program, ANN)) == {"a0"}, "the next of a chat waits for the one before"
    failing.clear()
    until(lambda: texts(program, ANN)[-2:] == ["a1", "a2"], 10)


def test_a_dead_program_does_not_hold_the_bot_up(world: FleetRows, bot: SandboxBot) -> None:
    dead = "http://127.0.0.1:9/"
    world.change(bot.id, settings={"forward_url": dead}, welcome="Hello")
    world.until_status(bot.id, "running")
    world.sandbox.add_people(bot.id, 40, first_id=5000)
    world.sandbox.write_many(bot.id, 1500)
    until(lambda: len(world.texts(bot.id)) == 1500, 20)
    world.sandbox.write(bot.id, ANN, "/start")
    until(lambda: "Hello" in [m["text"] for m in world.sandbox.outbox(bot.id)], 5)
    until(lambda: any("too many updates wait" in line for line in world.logs(bot.id)), 5)
    world.stop(bot.id)  # the tries of one update alone would take a minute, and hundreds wait


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/", "http://localhost:1/", "http://169.254.169.254/x", "http://[::1]:1/"],
)
def test_an_address_in_our_own_network_is_not_posted_to(world: FleetRows, url: str) -> None:
    with running_worker(world) as worker:
        bot = world.add_bot(settings={"forward_url": url})
        world.start(bot.id)
        forwarded = worker.fleet.guarded.post(url, b"{}", {})
        failure = worker.await_(forwarded)
        assert "public internet" in str(failure)


def test_what_was_not_forwarded_when_the_worker_stopped_is_forwarded_by_the_next(
    world: FleetRows, bot: SandboxBot, worker: Worker, program: Listener
) -> None:
    program.answer = lambda post: (500, b"")
    for n in range(3):
        world.sandbox.write(bot.id, ANN, f"a{n}")
    until(lambda: len(world.texts(bot.id)) == 3 and texts(program, ANN), 5)
    worker.stop()
    program.answer = lambda post: (200, b"")
    with running_worker(world, CRIER_FETCH_ALLOW="127.0.0.1"):
        until(lambda: texts(program, ANN)[-3:] == ["a0", "a1", "a2"], 10)
    assert len(world.texts(bot.id)) == 3
