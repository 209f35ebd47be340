"""Chats, messages and imported audiences of a bot."""

import io

from flask_openapi3 import APIBlueprint, Tag
from werkzeug.exceptions import UnsupportedMediaType

from crier.api import db, paging
from crier.api.access import MIB, allow, caller
from crier.api.idempotency import HEADER, idempotent
from crier.api.schemas.bots import BotPath
from crier.api.schemas.chats import (
    ChatPage,
    ChatQuery,
    ImportAnswer,
    ImportFile,
    MessagePage,
    MessageQuery,
)
from crier.api.web import Reply
from crier.services import bot_reports, bots, chat_lists, chats
from crier.storage.models.bots import Subscriber
from crier.storage.models.records import Message

blueprint = APIBlueprint("chats", __name__, abp_tags=[Tag(name="Bots")])
_READERS = {
    "application/json": chat_lists.read_json,
    "text/csv": chat_lists.read_csv,
    "text/plain": chat_lists.read_csv,
}


@blueprint.get("/api/bots/<int:bot_id>/chats", responses={200: ChatPage})
@allow("A", "O", "V")
def list_chats(path: BotPath, query: ChatQuery) -> Reply:
    """List the chats that a bot knows, the newest first."""
    bot = bots.get(db.session(), caller(), path.bot_id)
    found = bot_reports.chats(bot, query.status, query.q)
    keys = (Subscriber.joined_at, Subscriber.chat_id)
    rows, cursor = paging.page(found, query, *keys, scalars=False)
    return ChatPage(items=rows, next_cursor=cursor)


@blueprint.post("/api/bots/<int:bot_id>/chats/import", responses={202: ImportAnswer})
@allow("A", "O", max_body=64 * MIB)
@idempotent
def import_chats(path: BotPath, raw: ImportFile) -> Reply:
    """Import an audience that another tool has.

    `{"chat_ids": [...]}`, or a CSV file with a column `chat_id`. The chats are active subscribers
    at once, unless they are already. Who said /stop to the bot, or has blocked it, is rejected.
    """
    reader = _READERS.get(raw.mimetype)
    if reader is None or raw.content_encoding:
        raise UnsupportedMediaType("send application/json or text/csv, not compressed")
    # A key has had the whole body read, to compare it.
    stream = io.BytesIO(raw.get_data()) if HEADER in raw.headers else raw.stream
    bot = bots.get(db.session(), caller(), path.bot_id)
    found = chats.import_chats(db.session(), caller(), bot, reader(stream))
    return ImportAnswer.model_validate(found), 202


@blueprint.get("/api/bots/<int:bot_id>/messages", responses={200: MessagePage})
@allow("A", "O", "V")
def list_messages(path: BotPath, query: MessageQuery) -> Reply:
    """List a bot's messages, newest first."""
    bot = bots.get(db.session(), caller(), path.bot_id)
    found = bot_reports.messages(bot, query.chat_id, query.direction)
    rows, cursor = paging.page(found, query, Message.id, scalars=False)
    return MessagePage(items=rows, next_cursor=cursor)
