"""What belongs to organisations, and what becomes of it when they go, as with an account.

Their bots are deleted, each as by hand; their ads that were never launched too. Ads that were
launched were published, and are a part of what others have sent and been paid for: they stay as
they are.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.services import organisations
from crier.services.audit import AuditLine
from crier.services.bots import bots
from crier.services.caller import Caller
from crier.services.errors import NotFoundError
from crier.services.privacy import requests
from crier.services.privacy.requests import Deletion
from crier.storage import engine, queries
from crier.storage.models.bots import Bot
from crier.storage.models.people import User


class _Ads(NamedTuple):
    drafts: int
    launched: int


SQL: Final = queries.load("privacy")
_ADS_OF: Final = SQL.query("ads_of", _Ads)
_DRAFTS: Final = SQL.query("drafts")


class Belongings(NamedTuple):
    """What organisations have: bots, what would go and stay with them, and ads."""

    bots: int
    drafts: int
    ads: int
    deletion: Deletion


def preview_account(session: Session, user_id: int) -> Belongings:
    """Return what deleting the account would take, and what would stay.

    Raises:
        NotFoundError: there is no such account.
    """
    if session.get(User, user_id) is None:
        raise NotFoundError("no such user")
    return preview(session, organisations.alone(session, user_id))


def preview(session: Session, owners: Sequence[int]) -> Belongings:
    """Return what deleting organisations would take, and what would stay."""
    ids = session.scalars(_live(owners).with_only_columns(Bot.id)).all()
    ads = engine.first(session, _ADS_OF(owners=owners)) or _Ads(0, 0)
    deletion = requests.preview_deletion(session, *ids)
    return Belongings(len(ids), ads.drafts, ads.launched, deletion)


def erase(
    session: Session, actor: Caller | str, owners: Sequence[int], goes: str, object_id: int
) -> list[AuditLine]:
    """Delete all bots and drafts of organisations; return lines for the audit log.

    The caller holds their rows, and has ended what they run (`people/suspension.py`).

    Args:
        goes: with what they go: "user" or "organisation". object_id: its id.
    """
    locked = _live(owners).order_by(Bot.id).with_for_update(of=Bot)
    lines = []
    for bot in session.scalars(locked).all():
        lines.append(bots.take_down(session, actor, bot))
        requests.erase_bot(session, actor, bot)
    if drafts := engine.run(session, _DRAFTS(owners=owners)):
        lines.append(AuditLine(f"{goes}.erase_drafts", goes, object_id, {"ads": drafts}))
    return lines


def _live(owners: Sequence[int]) -> sa.Select[Bot]:
    return sa.select(Bot).where(Bot.user_id.in_(owners), Bot.deleted_at.is_(None))
