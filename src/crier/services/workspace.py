"""What an admin decides for the whole platform: its bot, and who may launch.

Invariants: the platform's bot is an admin's own, and no team's, for whoever has its token reads the
codes that link chats; links belong to the bot that they were made with, so all of them end when it
is another one or is deleted, in the same transaction. Whatever goes by the row holds it (`held`)
until commit: a change waits for that.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.services import audit
from crier.services.caller import Caller
from crier.services.errors import ConflictError, NotFoundError
from crier.storage.models.bots import Bot
from crier.storage.models.notices import ChatLinkCode, LinkedChat, Workspace
from crier.storage.models.organisations import Organisation
from crier.storage.models.people import User

_PLATFORM_BOT: Final = (
    sa.select(Bot)
    .join(Workspace, Workspace.platform_bot_id == Bot.id)
    .join(User, User.id == Bot.user_id)
    .join(Organisation, sa.and_(Organisation.id == User.id, Organisation.name.is_(None)))
    .where(Bot.deleted_at.is_(None), User.role == "admin", User.is_active)
)


def get(session: Session) -> Workspace:
    """Return the platform's settings."""
    return session.get_one(Workspace, True, populate_existing=True)


def held(session: Session) -> Workspace:
    """Return the platform's settings, which stay until this transaction ends."""
    return session.get_one(Workspace, True, populate_existing=True, with_for_update={"read": True})


def platform_bot(session: Session) -> Bot | None:
    """Return the platform's bot; None where there is none, or its owner is no active admin (any
    more), or a team."""
    return session.scalar(_PLATFORM_BOT)


def change(session: Session, caller: Caller, given: dict[str, Any]) -> Workspace:
    """Change the settings that are given. Another bot ends all links of chats.

    Raises:
        NotFoundError: there is no such bot. ConflictError: it is not an admin's own, or nameless.
    """
    if given.get("platform_bot_id") is not None:
        _check_bot(session, given["platform_bot_id"])
    row = session.get_one(Workspace, True, populate_existing=True, with_for_update=True)
    before = _facts(row)
    for name, value in given.items():
        setattr(row, name, value)
    session.flush()
    if (after := _facts(row)) == before:
        return row
    details: dict[str, Any] = {"before": before, "after": after}
    if before["platform_bot_id"] != after["platform_bot_id"]:
        details["links_ended"] = _end_links(session)
    audit.record(session, caller, "workspace.change", "workspace", None, details)
    return row


def count_links(session: Session) -> int:
    """Return how many accounts have a linked chat."""
    return session.scalar(sa.select(sa.func.count()).select_from(LinkedChat)) or 0


def forget_bot(session: Session, bot_id: int) -> None:
    """Let a bot that is deleted in this transaction be the platform's no more."""
    was = sa.update(Workspace).where(Workspace.platform_bot_id == bot_id)
    if session.execute(was.values(platform_bot_id=None).returning(Workspace.single)).first():
        _end_links(session)


def _check_bot(session: Session, bot_id: int) -> None:
    bot = session.get(Bot, bot_id, with_for_update={"read": True}, populate_existing=True)
    if bot is None or bot.deleted_at is not None:
        raise NotFoundError(f"there is no bot {bot_id}")
    team = session.get_one(Organisation, bot.user_id, populate_existing=True).name
    owner = None if team else session.get_one(User, bot.user_id)
    if owner is None or owner.role != "admin" or not owner.is_active:
        raise ConflictError(
            f"{bot.bot_name} belongs to "
            + (f"{owner.username}, who is no active admin" if owner else f"the team {team}")
            + ": whoever has the "
            "token of the platform's bot could link chats to other people's accounts. Choose a bot "
            "that an admin has added"
        )
    if bot.username is None:
        raise ConflictError(f"{bot.bot_name} has no username yet: start it first")


def _end_links(session: Session) -> int:
    session.execute(sa.delete(ChatLinkCode))
    ended = session.execute(sa.delete(LinkedChat).returning(LinkedChat.user_id))
    return len(ended.all())


def _facts(row: Workspace) -> dict[str, Any]:
    return {"platform_bot_id": row.platform_bot_id, "separate_launcher": row.separate_launcher}
