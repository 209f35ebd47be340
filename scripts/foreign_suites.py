"""Run the live test suites that others wrote for Telegram against the sandbox.

    .venv/bin/python scripts/foreign_suites.py telebot PATH [--python PYTHON] [pytest options]
    .venv/bin/python scripts/foreign_suites.py ptb PATH [--python PYTHON] [pytest options]

PATH is a checkout of pyTelegramBotAPI or python-telegram-bot, PYTHON an interpreter in which that
library and what its tests need are installed. Nothing of theirs is part of Crier. A sandbox is
started and made ready as the suite expects it: a bot, a person, groups, channels. Without pytest
options the tests that make requests are run. docs/sandbox.md says how many pass.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.sandbox import Sandbox, SandboxBot  # noqa: E402 - the path comes first

PERSON = 675_666_224  # python-telegram-bot's tests name this person by id
ANOTHER = 1_325_859_552  # ... and this one
PTB_FILES = (  # where its tests expect their files on the web
    "https://python-telegram-bot.org/static/testfiles/",
    "https://github.com/python-telegram-bot/python-telegram-bot/blob/master/tests/data/",
)
PTB_GAME = {
    "short_name": "test_game",
    "description": "A no-op test game, for python-telegram-bot bot framework testing.",
}
PTB_PROFILE_PHOTO_BYTES = 5403  # the size that its tests expect of that person's photo
PTB_CHANNEL = "pythontelegrambottests"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", choices=["telebot", "ptb"])
    parser.add_argument("path", type=Path, help="a checkout of the library")
    parser.add_argument("--python", default=sys.executable, help="with the library installed")
    arguments, options = parser.parse_known_args()
    path = arguments.path.resolve()
    prepare = {"telebot": _telebot, "ptb": _ptb}[arguments.suite]
    sites = {"telebot": (), "ptb": PTB_FILES}[arguments.suite]
    web = [option for s in sites for option in ("--web", f"{s}={path / 'tests' / 'data'}")]
    with Sandbox.start("--no-limits", *web) as sandbox:
        settings, folder, chosen = prepare(sandbox, path)
        environment = os.environ | settings | {"SANDBOX_URL": sandbox.url}
        environment["PYTHONPATH"] = str(ROOT / "scripts" / "foreign")
        command = [arguments.python, "-m", "pytest", "-p", f"{arguments.suite}_on_sandbox"]
        return subprocess.call([*command, *(options or chosen)], cwd=folder, env=environment)


def _telebot(sandbox: Sandbox, path: Path) -> tuple[dict[str, str], Path, list[str]]:
    bot = sandbox.create_bot()
    sandbox.add_person(bot.id, PERSON, first_name="Live")
    group = sandbox.add_group(
        bot.id, type="supergroup", status="administrator", creator=PERSON, members=[ANOTHER]
    )
    settings = {"TOKEN": bot.token, "CHAT_ID": str(PERSON), "GROUP_ID": str(group)}
    return settings, path / "tests", ["-q", "test_telebot.py"]


def _ptb(sandbox: Sandbox, path: Path) -> tuple[dict[str, str], Path, list[str]]:
    bot, other = (sandbox.create_bot(games=[PTB_GAME]) for _ in range(2))
    photo = (path / "tests" / "data" / "thumb.jpg").read_bytes()
    photo = photo.ljust(PTB_PROFILE_PHOTO_BYTES, b"\0")
    sandbox.add_person(
        bot.id,
        PERSON,
        first_name="PTB",
        last_name="Test user",
        photo=base64.b64encode(photo).decode(),
    )
    first = sandbox.call(bot.token, "sendMessage", chat_id=PERSON, text="the first of all")
    message_id = first["result"]["message_id"]  # tests expect that it cannot be deleted any more
    sandbox.call(bot.token, "deleteMessage", chat_id=PERSON, message_id=message_id)
    info = {
        "token": bot.token,
        "payment_provider_token": "284685063:TEST:sandbox",
        "chat_id": str(PERSON),
        "name": "PTB tests",
        "username": f"@{bot.username}",
    } | _ptb_chats(sandbox, bot, other, base64.b64encode(photo).decode())
    bots = base64.b64encode(json.dumps([info, info]).encode()).decode()
    settings = {"GITHUB_ACTIONS": "true", "TEST_WITH_OPT_DEPS": "true", "BOTS": bots}
    return settings | {"JOB_INDEX": "1"}, path, ["-q", "-m", "req", "tests"]


def _ptb_chats(
    sandbox: Sandbox, bot: SandboxBot, other: SandboxBot, photo: str
) -> dict[str, object]:
    people = {"creator": PERSON, "members": [ANOTHER, 1_000_000_001]}
    admin = {"status": "administrator", "rights": {"can_promote_members": False}}
    channel = sandbox.add_group(
        bot.id, "Tests", type="channel", username=PTB_CHANNEL, **people, **admin
    )
    sandbox.add_group(other.id, id=channel, status="administrator")
    title = f">>> telegram.Bot(test) @{bot.username}"
    admin = {"status": "administrator"}
    group = sandbox.add_group(bot.id, title, type="supergroup", photo=photo, **people, **admin)
    forum = sandbox.add_group(bot.id, "Forum", type="supergroup", is_forum=True, **people, **admin)
    paid = sandbox.add_group(bot.id, "Paid", type="channel", **people, **admin)
    return {
        "channel_id": f"@{PTB_CHANNEL}",
        "super_group_id": str(group),
        "forum_group_id": str(forum),
        "subscription_channel_id": paid,
    }


if __name__ == "__main__":
    sys.exit(main())
