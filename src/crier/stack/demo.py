"""The demo: simulated people, five bots, one ad, its broadcast, and the proof of its figures.

Everything goes the way of a customer, through the product's own HTTP API; the sandbox's control API
plays the people. At the end the statistics are compared with what the sandbox counted itself.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from crier.settings import Settings
from crier.stack import demo_report
from crier.stack.errors import StackError
from crier.stack.http import JsonApi

Say = Callable[[str], None]

BOTS = ("Daily Bread", "City Lights", "Garden Talk", "Night Trains", "Sea Weather")
PEOPLE_A_BOT = 1000
BLOCKED_A_BOT = 30  # without a word to the bot: the broadcast finds out
DELETED_A_BOT = 15
GROUPS_A_BOT = 2  # of which one moves to a supergroup just before its turn
START_LIMIT_S = 120.0
POLL_S = 0.3

AD = {
    "title": "Autumn fair",
    "content": "<b>The autumn fair is open</b>, {first_name}!\nThree days, forty stalls.",
    "parse_mode": "HTML",
    "buttons": [[{"text": "See the programme", "url": "https://example.com/fair"}]],
    "price": "120.00",
    "currency": "EUR",
}


@dataclass(frozen=True)
class _Bot:
    """One bot, in the sandbox's world and in the product."""

    telegram_id: int
    bot_id: int
    groups: list[int]


def run(settings: Settings, sandbox_url: str, password: str | None, say: Say) -> None:
    """Play the demo. What goes wrong in it is said, and the platform stays up."""
    product, sandbox = JsonApi(settings.http_url), JsonApi(sandbox_url)
    try:
        if password is None:
            raise StackError("the admin's password is not known here: set CRIER_ADMIN_PASSWORD")
        credentials = {"username": settings.admin_username, "password": password}
        product.token = product.call("POST", "/api/auth/login", credentials)["access_token"]
        _play(product, sandbox, say)
    except StackError as error:
        say(f"the demo stopped: {error}; the platform stays up")
    say(f"Crier stays up at {settings.http_url}; stop with Ctrl-C")


def _play(product: JsonApi, sandbox: JsonApi, say: Say) -> None:
    say(f"demo: {len(BOTS)} bots and {len(BOTS) * PEOPLE_A_BOT} people of a simulated Telegram")
    bots = [_make_bot(product, sandbox, name) for name in BOTS]
    for bot in bots:
        product.call("POST", f"/api/bots/{bot.bot_id}/start")
        _let_people_start(sandbox, bot)
    _wait_for_subscribers(product, len(BOTS) * (PEOPLE_A_BOT + GROUPS_A_BOT))
    for bot in bots:
        _let_people_leave(sandbox, bot)
    sandbox.call("POST", "/control/reset", {"what": "counters"})
    ad_id = product.call("POST", "/api/ads/create", AD)["id"]
    launched = product.call("POST", f"/api/ads/{ad_id}/broadcast", {})
    for bot in bots:
        sandbox.call("POST", f"/control/bots/{bot.telegram_id}/migrate", {"chat": bot.groups[0]})
    statistics: dict[str, Any] = {}
    with demo_report.progress(launched["audience"], say, is_terminal=sys.stdout.isatty()) as show:
        for statistics in _follow(product, ad_id):
            show(statistics)
    counted = _count(sandbox, bots)
    names = {bot.bot_id: name for bot, name in zip(bots, BOTS, strict=True)}
    demo_report.table(statistics, counted, names)
    _compare(statistics, counted, say)


def _make_bot(product: JsonApi, sandbox: JsonApi, name: str) -> _Bot:
    username = name.replace(" ", "") + "Bot"
    wanted = {"bots": [{"first_name": name, "username": username}]}
    made = sandbox.call("POST", "/control/bots", wanted)["bots"][0]
    body = {"bot_token": made["token"], "bot_name": name}
    added = product.call("POST", "/api/bots/add", body)
    return _Bot(made["id"], added["id"], [])


def _let_people_start(sandbox: JsonApi, bot: _Bot) -> None:
    path = f"/control/bots/{bot.telegram_id}"
    people = {"count": PEOPLE_A_BOT, "status": "seen", "languages": {"en": 5, "de": 3, "fr": 2}}
    sandbox.call("POST", f"{path}/people", people)
    sandbox.call("POST", f"{path}/messages", {"count": PEOPLE_A_BOT, "text": "/start"})
    for number in range(GROUPS_A_BOT):
        made = sandbox.call("POST", f"{path}/groups", {"title": f"Readers {number + 1}"})
        bot.groups.append(made["id"])


def _let_people_leave(sandbox: JsonApi, bot: _Bot) -> None:
    """Some block the bot, some delete their account; Telegram tells a bot only when it sends."""
    path = f"/control/bots/{bot.telegram_id}"
    shares = (("blocked", BLOCKED_A_BOT), ("deleted", DELETED_A_BOT))
    left = PEOPLE_A_BOT
    for status, count in shares:
        change = {"status": status, "share": count / left, "seed": bot.bot_id, "is_update": False}
        sandbox.call("POST", f"{path}/status", change)
        left -= count


def _wait_for_subscribers(product: JsonApi, wanted: int) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        bots = product.call("GET", "/api/bots")["items"]
        known = sum(bot["subscribers"] for bot in bots)
        if known >= wanted and all(bot["status"] == "running" for bot in bots):
            return
        if time.monotonic() > deadline:
            raise StackError(f"only {known} of {wanted} subscribers are known after two minutes")
        time.sleep(POLL_S)


def _follow(product: JsonApi, ad_id: int) -> Iterator[dict[str, Any]]:
    """Yield the statistics as they change, until the broadcast has ended."""
    while True:
        statistics = product.call("GET", f"/api/ads/{ad_id}/statistics")
        yield statistics
        if statistics["status"] in ("completed", "cancelled", "failed"):
            return
        time.sleep(POLL_S)


def _count(sandbox: JsonApi, bots: list[_Bot]) -> dict[int, dict[str, int]]:
    """Return what the sandbox counted, by the product's bot id."""
    return {bot.bot_id: _count_bot(sandbox, bot.telegram_id) for bot in bots}


def _count_bot(sandbox: JsonApi, telegram_id: int) -> dict[str, int]:
    counts = {"sent": 0, "blocked": 0, "failed": 0, "duplicates": 0}
    after: int | None = 0
    while after is not None:
        page = sandbox.call("GET", f"/control/bots/{telegram_id}/received?after={after}")
        after = page["next"]
        for _, accepted, status, _, _, forbidden, duplicates in page["chats"]:
            counts["sent"] += accepted
            counts["duplicates"] += duplicates
            if forbidden:
                counts["blocked" if status == "blocked" else "failed"] += 1
    return counts


def _compare(statistics: dict[str, Any], counted: dict[int, dict[str, int]], say: Say) -> None:
    wrong = [
        f"bot {row['bot_id']} {name}: {row[name]} reported, {counted[row['bot_id']][name]} counted"
        for row in statistics["per_bot"]
        for name in ("sent", "blocked", "failed")
        if row[name] != counted[row["bot_id"]][name]
    ]
    wrong += [f"bot {bot_id} sent twice" for bot_id, of in counted.items() if of["duplicates"]]
    if statistics["unknown"] or statistics["pending"] or statistics["skipped"]:
        wrong.append("some recipients have no certain outcome")
    if wrong:
        say(f"the statistics differ from what the sandbox counted: {'; '.join(wrong)}")
    else:
        say("the statistics equal what the sandbox counted itself, bot by bot")
