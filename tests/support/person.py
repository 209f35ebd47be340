"""A person whom two bots of an operator know, marked in every column that may hold something."""

import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from crier.domain.slug import Click
from crier.services.broadcasts import clicks
from crier.services.privacy import erasing
from crier.stack.postgres import binary
from tests.support.ads import add_bot, add_broadcast, add_chats, add_row, settle
from tests.support.api import Api
from tests.support.postgres import owners

CHAT, OTHER = 5551234567, 5559999999
NAME, TEXT, SOURCE, AGENT = "Zorblaxia", "quuxberry pie", "vipguest77", "Frobnitz/9.1"
MARKS = (NAME, TEXT, SOURCE, AGENT, str(CHAT))


@dataclass
class World:
    """Two bots of oscar's and one of olga's; all three know the person, and another one."""

    bots: tuple[int, int]
    olgas: int
    ad: int
    broadcast: int
    deliveries: dict[int, int]


def make_world(api: Api) -> World:
    """Fill it: chats, messages, an ad that was sent, clicks, and an update that waits."""
    chats = [OTHER, *range(100, 106)]
    owners_of = (api.oscar, api.oscar, api.olga)
    tokens = [f"70000000{n}:AAH-tests_only-0123456789abcdefghij" for n in range(1, 4)]
    first, second, olgas = (
        add_bot(api, owner, chats=chats, token=token)
        for owner, token in zip(owners_of, tokens, strict=True)
    )
    bots, now = (first, second), datetime.now(UTC)
    with api.session() as session:
        for bot in (*bots, olgas):
            add_chats(
                session, bot, [CHAT], first_name=NAME, username=NAME, title=NAME, source=SOURCE,
                language_code="de", joined_at=now - timedelta(days=40, minutes=7),
                last_seen_at=now - timedelta(days=2),
            )  # fmt: skip
            for chat, words in ((CHAT, TEXT), (OTHER, "something else")):
                add_row(
                    session, "messages", bot_id=bot, chat_id=chat, content=words, status="received",
                    direction="in", message_id=chat % 1000,
                )  # fmt: skip
            for status in ("blocked", "active"):
                session.execute(
                    sa.text(
                        "UPDATE subscribers SET status = :s WHERE bot_id = :b AND chat_id = :c"
                    ),
                    {"s": status, "b": bot, "c": CHAT},
                )
        body = {"update_id": 7, "message": {"chat": {"id": CHAT}, "text": TEXT}}
        add_row(
            session, "webhook_updates", bot_id=bots[0], update_id=7, body=json.dumps(body).encode()
        )
    ad: int = api.oscar.post("/api/ads/create", {"content": "x", "price": "100.00"}).json["id"]
    parts = {bot: [CHAT, OTHER, 100] for bot in bots}
    message = {"text": "buy", "links": ["https://shop.example/"]}
    broadcast, deliveries = add_broadcast(api, ad, api.oscar, parts, message=message, price=100)
    for delivery in deliveries.values():
        settle(api, delivery, [("sent", None, None), ("blocked", 403, "blocked")])
    click(api, deliveries, CHAT)
    click(api, deliveries, OTHER, "Mozilla/5.0")
    return World(bots, olgas, ad, broadcast, deliveries)


def click(api: Api, deliveries: dict[int, int], chat: int, agent: str = AGENT) -> None:
    """Click once on the ad of each bot, and let a machine do so."""
    hits = [
        clicks.Hit(Click(delivery, chat, 0), kind, agent)
        for delivery in deliveries.values()
        for kind in ("person", "machine")
    ]
    with api.session() as session:
        engine = session.get_bind()
        assert isinstance(engine, sa.Engine)
        clicks.write(engine, hits)


def carry_out(api: Api) -> None:
    """Do what the job does each minute."""
    erasing.work_off(api.deps.sessions, api.deps.vault)


def settle_requests(api: Api) -> None:
    """Let the minute pass in which things may still be under way."""
    with api.session() as session:
        session.execute(sa.text("UPDATE privacy_requests SET due_at = now()"))


def sums(api: Api, world: World) -> dict[str, Any]:
    """Every figure that people see of the ad, the bots and the platform, but for audiences."""
    statistics = api.oscar.get(f"/api/ads/{world.ad}/statistics").json
    statistics.pop("estimated_seconds_left")
    statistics.pop("duration_seconds")
    statistics.pop("rate_per_second")
    with api.session() as session:
        counts = {
            name: session.scalar(sa.text(text))
            for name, text in {
                "minutes": "SELECT array_agg((messages_in, messages_out, clicks)::text ORDER BY"
                " bot_id, at) FROM bot_minutes WHERE clicks > 0",
                "counters": "SELECT array_agg(c::text ORDER BY delivery_id) FROM click_counters c",
                "revenue": "SELECT sum(price) FROM broadcasts",
                "broadcast": "SELECT array_agg(f::text) FROM broadcast_figures f",
            }.items()
        }
    return {"statistics": statistics, **counts}


def row_counts(api: Api) -> dict[str, str]:
    """How many rows, and how many different chats of a bot or delivery, the tables hold."""
    counts = {}
    with api.session() as session:
        for table in ("messages", "clicks", "first_clicks", "subscribers"):
            owner = "delivery_id" if "clicks" in table else "bot_id"
            text = f"SELECT count(*), count(DISTINCT ({owner}, chat_id)) FROM {table}"
            counts[table] = str(session.execute(sa.text(text)).one())
    return counts


def dump(database_url: str) -> str:
    """Return the whole database as SQL, as a backup would hold it."""
    run = subprocess.run(
        [binary("pg_dump"), "--no-owner", "--no-privileges", "--inserts", owners(database_url)],
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def marks_in(text: str) -> list[str]:
    """Which marks of the person a dump holds: in clear, or as the bytes of a column."""
    return [mark for mark in MARKS if mark in text or mark.encode().hex() in text]
