"""Bots and broadcasts of the containers."""

from typing import Any

from tests.containers.stack import Visitor
from tests.support.sandbox import Sandbox, SandboxBot

OPEN = ("scheduled", "broadcasting", "paused")


def add_bot(admin: Visitor, sandbox: Sandbox, number: int, people: int) -> SandboxBot:
    """A running bot whose people have all said /start."""
    bot = sandbox.create_bot(username=f"Container{number}Bot")
    body = {"bot_token": bot.token, "bot_name": f"Container {number}"}
    added = admin.call("POST", "/api/bots/add", body)
    admin.call("POST", f"/api/bots/{added['id']}/start")
    sandbox.add_people(bot.id, people, status="seen")
    messages = {"count": people, "text": "/start"}
    sandbox.control("POST", f"/bots/{bot.id}/messages", messages)
    return bot


def subscribers(admin: Visitor) -> int:
    return sum(bot["subscribers"] for bot in admin.call("GET", "/api/bots")["items"])


def statistics(admin: Visitor, ad: Any) -> Any:
    return admin.call("GET", f"/api/ads/{ad['id']}/statistics")


def ended(admin: Visitor, ad: Any) -> Any:
    """Statistics, once nothing is open any more; requests may fail while the database restarts."""
    answer = admin.request("GET", f"/api/ads/{ad['id']}/statistics")
    if answer.status != 200:
        return None
    return answer.json if answer.json["status"] not in OPEN else None
