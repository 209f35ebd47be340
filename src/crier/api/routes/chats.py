"""Chats, messages and imported audiences of a bot."""

import io
from collections.abc import Callable
from typing import IO

from flask_openapi3 import APIBlueprint, Tag
from werkzeug.exceptions import UnsupportedMediaType

from crier.api.http import db, paging
from crier.api.http.access import MIB, allow, caller
from crier.api.http.idempotency import HEADER, idempotent
from crier.api.http.web import Reply
from crier.api.schemas.bots import BotPath
from crier.api.schemas.chats import (
    ChatPage,
    ChatQuery,
    ImportAnswer,
    ImportFile,
    ImportQuery,
    MessagePage,
    MessageQuery,
)
from crier.services.bots import bots, chats, reports
from crier.services.bots.chat_csv import read_csv
from crier.services.bots.chat_lists import ChatList, read_json
from crier.storage.models.bots import Subscriber
from crier.storage.models.records import Message

blueprint = APIBlueprint("chats", __name__, abp_tags=[Tag(name="Bots")])
_READERS = {
    "application/json": read_json,
    "text/csv": read_csv,
    "text/plain": read_csv,
}


@blueprint.get("/api/bots/<int:bot_id>/chats", responses={200: ChatPage})
@allow("people.read")
def list_chats(path: BotPath, query: ChatQuery) -> Reply:
    """List the chats that a bot knows, the newest first."""
    bot = bots.get(db.session(), caller(), path.bot_id)
    found = reports.chats(bot, query.status, query.q)
    keys = (Subscriber.joined_at, Subscriber.chat_id)
    rows, cursor = paging.page(found, query, *keys, scalars=False)
    return ChatPage(items=rows, next_cursor=cursor)


@blueprint.post("/api/bots/<int:bot_id>/chats/import", responses={202: ImportAnswer})
@allow("people.edit", max_body=64 * MIB)
@idempotent
def import_chats(path: BotPath, query: ImportQuery, raw: ImportFile) -> Reply:
    """Import an audience that another tool has.

    `{"chat_ids": [...]}`, or a CSV file with a column `chat_id`. The chats are active subscribers
    at once, unless they are already. People that said /stop to the bot, or blocked it, are
    rejected.
    """
    # A key has had the whole body read, to compare it.
    stream = io.BytesIO(raw.get_data()) if HEADER in raw.headers else raw.stream
    bot = bots.get(db.session(), caller(), path.bot_id)
    given = _reader(raw)(stream, query.column)
    found = chats.import_chats(db.session(), caller(), bot, given)
    return ImportAnswer.model_validate(found), 202


@blueprint.post("/api/bots/<int:bot_id>/chats/import/preview", responses={200: ImportAnswer})
@allow("people.edit", max_body=64 * MIB)
def preview_import(path: BotPath, query: ImportQuery, raw: ImportFile) -> Reply:
    """Show how a list would be read, and what an import would do with it; changes nothing."""
    bot = bots.get(db.session(), caller(), path.bot_id)
    found = chats.preview_import(db.session(), bot, _reader(raw)(raw.stream, query.column))
    return ImportAnswer.model_validate(found)


def _reader(raw: ImportFile) -> Callable[[IO[bytes], str | None], ChatList]:
    reader = _READERS.get(raw.mimetype)
    if reader is None or raw.content_encoding:
        raise UnsupportedMediaType("send application/json or text/csv, not compressed")
    return reader


@blueprint.get("/api/bots/<int:bot_id>/messages", responses={200: MessagePage})
@allow("people.read")
def list_messages(path: BotPath, query: MessageQuery) -> Reply:
    """List a bot's messages, newest first."""
    bot = bots.get(db.session(), caller(), path.bot_id)
    found = reports.messages(bot, query.chat_id, query.direction)
    rows, cursor = paging.page(found, query, Message.id, scalars=False)
    return MessagePage(items=rows, next_cursor=cursor)
