"""What the sandbox counted: the truth that a test compares with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

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
    """Return all bots' totals added up, and each bot's own."""
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


_Line = tuple[int, int, str, int, int, int, int]
_STATUS_NAMES = [status.name.lower() for status in Status]


def received(order: Order) -> Json:
    """Pages of [chat_id, accepted, status, attempts, flood, forbidden, duplicates], by row.

    `after` is the `next` of the page before; `accepted=N`, `not=N`, `status=...` and
    `duplicates=1` filter.
    """
    bot, limit = order.bot, min(MAX_PAGE, max(1, order.integer("limit", 10_000)))
    takes = _filter(order)
    chats: list[_Line] = []
    row, size = max(0, order.integer("after", 0)), len(bot.roster)
    while row < size and len(chats) < limit:
        behind = row + limit - len(chats)  # so many rows cannot fill the page beyond its limit
        chats += filter(takes, _lines(bot, row, behind)) if takes else _lines(bot, row, behind)
        row = behind
    return {"chats": chats, "next": row if row < size else None}


def _filter(order: Order) -> Callable[[_Line], bool] | None:
    """Return the test of the lines that a request wants; None for all.

    Raises:
        ValueError: a value is not understood.
    """
    query = order.query
    status = query.get("status", "")
    if status and status not in _STATUS_NAMES:
        raise ValueError(f"there is no status {status!r}")
    accepted, not_accepted = order.integer("accepted", -1), order.integer("not", -1)
    only_duplicates = query.get("duplicates", "") == "1"
    if not (status or only_duplicates or {"accepted", "not"} & query.keys()):
        return None

    def takes(line: _Line) -> bool:
        return (
            (accepted < 0 or line[1] == accepted)
            and line[1] != not_accepted
            and (not status or line[2] == status)
            and (not only_duplicates or line[6] > 0)
        )

    return takes


def _lines(bot: Bot, first: int, behind: int) -> Iterator[_Line]:
    part, roster = slice(first, behind), bot.roster
    counters = roster.counters
    return zip(
        roster.chat_ids[part],
        counters["accepted"][part],
        [_STATUS_NAMES[status] for status in roster.status[part]],
        *(counters[name][part] for name in ("attempts", "flood", "forbidden", "duplicates")),
        strict=True,
    )


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
    """Return the bot's last 1,000 different texts, each with how often it was accepted."""
    return {"texts": list(order.bot.texts.values())}
