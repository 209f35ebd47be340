"""Bots, subscribers and broadcasts for tests of ads, as the fleet and the runners leave them."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crier.storage.models.ads import Broadcast, Delivery
from crier.storage.models.bots import Bot, Subscriber
from tests.support.api import Api, Person
from tests.support.factories import new_bot

TOKEN = "700000001:AAH-tests_only-0123456789abcdefghij"
ADD_PAGE = sa.text("INSERT INTO audience_pages VALUES (:d, :start, :chats)")
PAGES = sa.text("SELECT chat_ids FROM audience_pages WHERE delivery_id = :d ORDER BY start")


def add_bot(
    api: Api,
    owner: Person,
    *,
    chats: Sequence[int] = (),
    status: str = "running",
    token: str = TOKEN,
) -> int:
    """A bot of `owner` with active subscribers; its id."""
    with api.session() as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(Bot)) or 0
        bot = new_bot(
            api.deps.vault,
            token,
            owner=owner.id,
            telegram_id=700_000_001 + count,
            token_fingerprint=uuid.uuid4().bytes,
            bot_name=f"bot {count + 1}",
            public_key=uuid.uuid4().hex,
            status=status,
            desired_status="running" if status == "running" else "stopped",
        )
        session.add(bot)
        session.flush()
        add_chats(session, bot.id, chats)
        return bot.id


def add_chats(session: Any, bot_id: int, chats: Sequence[int], **columns: Any) -> None:
    """Active subscribers of a bot."""
    if chats:
        rows = [{"bot_id": bot_id, "chat_id": c, "status": "active", **columns} for c in chats]
        session.execute(sa.insert(Subscriber), rows)


def add_row(session: Any, table: str, **columns: Any) -> None:
    """A row of a table that has no model."""
    values = ", ".join(f":{name}" for name in columns)
    session.execute(
        sa.text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"), columns
    )


def add_worker(api: Api) -> None:
    """A worker that has just given a sign of life."""
    columns = "gen_random_uuid(), 'here', 1"
    with api.session() as session:
        session.execute(sa.text(f"INSERT INTO workers (id, host, pid) SELECT {columns}"))


def add_broadcast(
    api: Api, ad_id: int, owner: Person, parts: dict[int, list[int]], **columns: Any
) -> tuple[int, dict[int, int]]:
    """A broadcast with a delivery for each bot's chats; its id and delivery ids by bot."""
    add_worker(api)
    with api.session() as session:
        audience = sum(map(len, parts.values()))
        fields: dict[str, Any] = {
            "user_id": owner.id, "status": "broadcasting", "message": {"text": "x"},
            "audience": audience, "started_at": sa.func.now(), **columns,
        }  # fmt: skip
        broadcast = Broadcast(ad_id=ad_id, **fields)
        session.add(broadcast)
        session.flush()
        ids = {}
        for bot_id, chats in parts.items():
            delivery = Delivery(
                broadcast_id=broadcast.id, bot_id=bot_id, length=len(chats), audience=len(chats)
            )
            session.add(delivery)
            session.flush()
            ids[bot_id] = delivery.id
            for start in range(0, len(chats), 1000):
                page = chats[start : start + 1000]
                session.execute(ADD_PAGE, {"d": delivery.id, "start": start, "chats": page})
        session.execute(
            sa.text("UPDATE advertisements SET status = :s WHERE id = :id"),
            {"s": broadcast.status, "id": ad_id},
        )
        return broadcast.id, ids


def settle(
    api: Api, delivery_id: int, outcomes: Sequence[tuple[str, int | None, str | None]]
) -> None:
    """Record outcomes (status, error code, words) at the next positions, as a runner does."""
    with api.session() as session:
        delivery = session.get_one(Delivery, delivery_id)
        chats = [chat for page in session.scalars(PAGES, {"d": delivery_id}) for chat in page]
        for status, code, words in outcomes:
            session.execute(
                sa.text(
                    "INSERT INTO messages (bot_id, chat_id, status, direction, message_id, "
                    "delivery_id, position, error_code, error) "
                    "VALUES (:bot, :chat, :status, 'out', :mid, :d, :pos, :code, :error)"
                ),
                {
                    "bot": delivery.bot_id, "chat": chats[delivery.settled], "status": status,
                    "mid": 1000 + delivery.settled if status == "sent" else None,
                    "d": delivery_id, "pos": delivery.settled, "code": code, "error": words,
                },
            )  # fmt: skip
            setattr(delivery, status, getattr(delivery, status) + 1)
            delivery.settled += 1
            delivery.claimed = max(delivery.claimed, delivery.settled)


def at(text: str) -> datetime:
    """A time from the wire."""
    return datetime.fromisoformat(text)
