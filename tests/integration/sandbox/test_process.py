"""The process: start, refusals, clean end, and what a state file keeps."""

import http.client
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.sandbox import ControlError, Sandbox
from tests.support.waiting import until

PERSON = 1_000_000_001


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crier.sandbox", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_its_help_says_what_it_is() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert "A Telegram Bot API server for tests and demos" in shown.stdout


def test_wrong_use_is_one_clear_line(tmp_path: Path) -> None:
    with Sandbox.start() as taken:
        refused = run("--port", str(taken.port))
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "Address already in use" in refused.stderr
    damaged = tmp_path / "state"
    damaged.write_bytes(b"nonsense")
    for options, reason in (
        (("--bot-rate", "-1"), "bot_rate must be between"),
        (("--port", "70000"), "port must be 0..65535"),
        (("--state", str(damaged)), "is no state of this sandbox: delete it"),
        (("--state", str(damaged / "below")), "Not a directory"),
    ):
        wrong = run(*options)
        assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)
        assert reason in wrong.stderr


def test_sigterm_ends_it_at_once_and_cleanly() -> None:
    sandbox = Sandbox.start()
    sandbox.create_bot()
    assert sandbox.stop() == 0


def test_polls_and_webhooks_do_not_hold_up_the_end() -> None:
    sandbox = Sandbox.start()
    polling, hooked = sandbox.create_bots(2)
    person = sandbox.add_people(hooked.id, 1)[0]
    sandbox.call(hooked.token, "setWebhook", url="http://127.0.0.1:9/hook")
    sandbox.write(hooked.id, person, "never delivered")
    client = Sandbox.connect(sandbox.url)
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(client.call, polling.token, "getUpdates", timeout=50)
        until(lambda: bool(sandbox.bot(polling.id)["is_polling"]), what="the poll waits")
        assert sandbox.stop() == 0
        assert isinstance(poll.exception(10), ConnectionError | http.client.HTTPException)
    client.disconnect()


def test_the_control_token_guards_the_control_api_only() -> None:
    with Sandbox.start("--control-token", "secret") as sandbox:
        with pytest.raises(ControlError, match="needs the header Authorization"):
            sandbox.create_bot()
        assert sandbox.call("1:" + "a" * 30, "getMe")["error_code"] == 401


def test_new_tokens_of_one_address_are_limited_where_asked() -> None:
    with Sandbox.start("--new-bots-per-minute", "2") as sandbox:
        bots = sandbox.create_bots(3)
        codes = [sandbox.call(bot.token, "getMe").get("error_code", 200) for bot in bots]
        assert codes == [200, 200, 429]
        assert sandbox.call(bots[0].token, "getMe")["ok"]


def test_the_outbox_is_bounded_and_the_counters_are_not() -> None:
    with Sandbox.start("--outbox", "5", "--no-limits") as sandbox:
        bot = sandbox.create_bot()
        sandbox.add_people(bot.id, 1, first_id=PERSON)
        for number in range(20):
            sandbox.call(bot.token, "sendMessage", chat_id=PERSON, text=str(number))
        assert [m["text"] for m in sandbox.outbox(bot.id)] == ["15", "16", "17", "18", "19"]
        assert sandbox.chat(bot.id, PERSON)["accepted"] == 20


@pytest.mark.parametrize("crash", [False, True], ids=["stopped", "killed"])
def test_a_state_file_keeps_the_world(tmp_path: Path, crash: bool) -> None:
    options = ("--state", str(tmp_path / "deep" / "state"))
    first = Sandbox.start(*options)
    bot = first.create_bot(first_name="Kept")
    first.add_people(bot.id, 100, first_id=PERSON, blocked_share=0.5)
    group = first.add_group(bot.id, username="kept_group", is_update=False)
    first.add_person(bot.id, 42, first_name="Zoë")
    person = next(line.chat_id for line in first.received(bot.id, "status=started"))
    before = first.call(bot.token, "sendMessage", chat_id=person, text="once")["result"]
    first.write(bot.id, 42, "waiting")
    pending = first.call(bot.token, "getUpdates")["result"]
    saved = tmp_path / "deep" / "state"
    until(saved.exists, what="a first snapshot")
    written = saved.stat().st_mtime_ns
    first.change_bot(bot.id, stars=3)  # any change: a snapshot follows
    if crash:
        until(lambda: saved.stat().st_mtime_ns != written, what="the snapshot is written")
        first.kill()
    else:
        first.stop()
    with Sandbox.start(*options) as second:
        assert second.bots() == [bot]
        assert second.call(bot.token, "getUpdates")["result"] == pending
        assert second.chat(bot.id, person)["accepted"] == 1
        assert second.call(bot.token, "getChat", chat_id="@kept_group")["result"]["id"] == group
        after = second.call(bot.token, "sendMessage", chat_id=person, text="once")["result"]
        assert after["message_id"] > before["message_id"]
        assert second.chat(bot.id, person)["duplicates"] == 1
        second.write(bot.id, 42, "new")
        new = second.call(bot.token, "getUpdates", offset=-1)["result"][0]
        assert new["update_id"] > pending[-1]["update_id"]
        assert new["message"]["from"]["first_name"] == "Zoë"
