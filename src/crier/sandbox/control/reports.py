"""What the sandbox counted: the truth that a test compares with."""

from __future__ import annotations

import json
from dataclasses import dataclass

import msgspec

from crier.sandbox.bot import Bot
from crier.sandbox.control import NotFoundError, Order
from crier.sandbox.roster import COUNTERS, Status
from crier.sandbox.wire import Json

MAX_PAGE = 100_000


def summary(order: Order) -> Json:
    world = order.world
    return {
        "bots": len(world.bots),
        "chats": sum(len(bot.roster) for bot in world.bots.values()),
        "limits": world.limits,
        "faults": len(world.faults),
    }


def totals(order: Order) -> Json:
    """All bots' totals added up, and each bot's own."""
    added: dict[str, int] = {}
    for bot in order.world.bots.values():
        for name, value in msgspec.to_builtins(bot.totals).items():
            added[name] = added.get(name, 0) + value
    return {"all": added, "bots": {str(b.id): b.totals for b in order.world.bots.values()}}


def chat(order: Order) -> Json:
    bot, chat_id = order.bot, int(order.names["chat"])
    row = bot.roster.find(chat_id)
    if row < 0:
        raise NotFoundError(f"bot {bot.id} has no chat {chat_id}")
    return {
        "id": chat_id,
        "status": Status(bot.roster.status[row]).name.lower(),
        "chat": order.world.chat_json(chat_id),
    } | {name: bot.roster.counters[name][row] for name in COUNTERS}


@dataclass(frozen=True)
class _Filter:
    """Which rows a page of counters holds."""

    status: int | None
    accepted: int | None
    not_accepted: int | None
    only_duplicates: bool

    def takes(self, bot: Bot, row: int) -> bool:
        accepted = bot.roster.counters["accepted"][row]
        return (
            (self.status is None or bot.roster.status[row] == self.status)
            and (self.accepted is None or accepted == self.accepted)
            and (self.not_accepted is None or accepted != self.not_accepted)
            and not (self.only_duplicates and not bot.roster.counters["duplicates"][row])
        )


def received(order: Order) -> Json:
    """Pages of [chat_id, accepted, status, attempts, flood, forbidden, duplicates], by row.

    `after` is the `next` of the page before; `accepted=N`, `not=N`, `status=...` and
    `duplicates=1` filter.
    """
    bot, limit = order.bot, min(MAX_PAGE, max(1, order.integer("limit", 10_000)))
    name = order.query.get("status", "")
    if name and name.upper() not in Status.__members__:
        raise ValueError(f"there is no status {name!r}")
    wanted = _Filter(
        int(Status[name.upper()]) if name else None,
        order.integer("accepted", 0) if "accepted" in order.query else None,
        order.integer("not", 0) if "not" in order.query else None,
        order.query.get("duplicates", "") == "1",
    )
    chats: list[list[object]] = []
    row, size = max(0, order.integer("after", 0)), len(bot.roster)
    while row < size and len(chats) < limit:
        if wanted.takes(bot, row):
            chats.append(_line(bot, row))
        row += 1
    return {"chats": chats, "next": row if row < size else None}


def _line(bot: Bot, row: int) -> list[object]:
    roster = bot.roster
    counters = roster.counters
    return [
        roster.chat_ids[row],
        counters["accepted"][row],
        Status(roster.status[row]).name.lower(),
        counters["attempts"][row],
        counters["flood"][row],
        counters["forbidden"][row],
        counters["duplicates"][row],
    ]


def outbox(order: Order) -> Json:
    """Messages still known in full, by id: of one `chat`, after id `after`, `incoming=1` too."""
    bot, limit = order.bot, min(MAX_PAGE, max(1, order.integer("limit", 1000)))
    chat_id, after = order.integer("chat", 0), order.integer("after", 0)
    incoming = order.query.get("incoming", "") == "1"
    shown: list[Json] = []
    for message_id, message in bot.messages.items():
        if message_id <= after or (chat_id and message.chat_id != chat_id):
            continue
        if message.outgoing or incoming:
            body: Json = json.loads(message.body)
            shown.append({"at": message.at, "outgoing": message.outgoing, "message": body})
        if len(shown) == limit:
            break
    return {"messages": shown}


def texts(order: Order) -> Json:
    """The bot's last 1,000 different texts, each with how often it was accepted."""
    return {"texts": list(order.bot.texts.values())}
