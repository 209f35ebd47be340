"""Linked chats: where the platform's bot writes to the person of an account.

A person takes a code from their own session and brings it to the bot from their chat. Invariants: a
code links one chat at most (its row is deleted by the statement that finds it), for `LIFETIME`, to
the account that it was made for, and only through the platform's bot; a code that comes to another
bot is void from then on, for that bot's owner has read it. It has 256 random bits and is stored as
a SHA-256. An account has one chat at most: linking another one takes its place. One chat may be
linked to several accounts, for one person may have them.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crier.domain import chat_links
from crier.domain.chat_links import LinkRequest
from crier.secrets.vault import Vault
from crier.services import audit, workspace
from crier.services.audit import AuditLine
from crier.services.caller import Caller
from crier.services.errors import ConflictError
from crier.services.people import notices, sign_ins
from crier.storage.models.bots import Bot, Subscriber
from crier.storage.models.notices import ChatLinkCode, LinkedChat
from crier.storage.models.people import User

LIFETIME: Final = timedelta(minutes=15)
NO_BOT: Final = "no bot is chosen for the platform: an admin does that under System, Settings"


def of(session: Session, user_id: int) -> LinkedChat | None:
    """Return the chat of an account."""
    return session.get(LinkedChat, user_id, populate_existing=True)


def is_blocked(session: Session, bot: Bot, chat: LinkedChat) -> bool:
    """Return whether the person has blocked the platform's bot."""
    found = sa.select(Subscriber.status).where(
        Subscriber.bot_id == bot.id, Subscriber.chat_id == chat.chat_id
    )
    return session.scalar(found) == "blocked"


def chat_id_of(session: Session, caller: Caller) -> int:
    """Return the id of the caller's chat.

    Raises:
        ConflictError: there is none.
    """
    chat = of(session, caller.user_id)
    if chat is None:
        raise ConflictError("no chat is linked to your account: link one under Notices")
    return chat.chat_id


def begin(session: Session, caller: Caller) -> tuple[str, datetime]:
    """Return the deep link that links the caller's chat, and until when it is good; an earlier one
    is void.

    Raises:
        ConflictError: no bot is chosen for the platform.
    """
    bot = workspace.platform_bot(session)
    if bot is None:
        raise ConflictError(NO_BOT)
    code, until = chat_links.new_code(), datetime.now(UTC) + LIFETIME
    values = {"code_hash": _hash(code), "expires_at": until}
    put = insert(ChatLinkCode).values(user_id=caller.user_id, **values)
    session.execute(put.on_conflict_do_update(index_elements=["user_id"], set_=values))
    return f"https://t.me/{bot.username}?start={code}", until


def take(session: Session, vault: Vault, bot_id: int, chat_id: int, asked: LinkRequest) -> str:
    """Do what the person of a chat has asked a bot for; return what to answer."""
    if asked.code is None:
        return _unlink_chat(session, bot_id, chat_id)
    held = workspace.held(session)
    spent = sa.delete(ChatLinkCode).where(ChatLinkCode.code_hash == _hash(asked.code))
    found = session.execute(
        spent.returning(ChatLinkCode.user_id, ChatLinkCode.expires_at)
    ).one_or_none()
    bot = workspace.platform_bot(session)
    if found is None or found.expires_at <= datetime.now(UTC) or bot is None:
        return chat_links.NOT_LINKED
    user = session.get(User, found.user_id)
    if bot_id != held.platform_bot_id or user is None or not user.is_active:
        return chat_links.NOT_LINKED
    _link(session, vault, user, chat_id, asked.name)
    return chat_links.linked(user.username)


def unlink(session: Session, caller: Caller) -> None:
    """Link no chat to the caller's account any more."""
    gone = sa.delete(LinkedChat).where(LinkedChat.user_id == caller.user_id)
    if session.execute(gone.returning(LinkedChat.user_id)).first():
        audit.record(session, caller, "user.unlink_chat", "user", caller.user_id)


def _link(session: Session, vault: Vault, user: User, chat_id: int, name: str) -> None:
    what = "Notices and links for a new password go there"
    notices.tell(session, vault, user, "A Telegram chat was linked to your account", what)
    values = {"chat_id": chat_id, "name": name, "linked_at": datetime.now(UTC)}
    put = insert(LinkedChat).values(user_id=user.id, **values)
    session.execute(put.on_conflict_do_update(index_elements=["user_id"], set_=values))
    who = sign_ins.caller_of(user, None)
    audit.record(session, who, "user.link_chat", "user", user.id)


def _unlink_chat(session: Session, bot_id: int, chat_id: int) -> str:
    """Unlink a chat from every account, as its person asks the platform's bot."""
    bot = workspace.platform_bot(session)
    if bot is not None and bot.id == bot_id:
        gone = sa.delete(LinkedChat).where(LinkedChat.chat_id == chat_id)
        ids = session.scalars(gone.returning(LinkedChat.user_id)).all()
        lines = [AuditLine("user.unlink_chat", "user", user_id) for user_id in ids]
        audit.record_all(session, "the person of the chat", lines)
    return chat_links.UNLINKED


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
