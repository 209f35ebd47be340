"""Makes a letter of a notice that is due, and chooses its channel: by what is so at that moment."""

import logging
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.secrets.vault import MAIL, Vault, VaultError
from crier.services import organisations
from crier.services.people import mail, notices, outbox, pages
from crier.services.people.outbox import Channel, Letter, ResetRequest
from crier.settings import Settings
from crier.storage.models.ads import Advertisement, Broadcast, Delivery
from crier.storage.models.bots import Bot
from crier.storage.models.notices import Outgoing
from crier.storage.models.people import User

log = logging.getLogger(__name__)
_TITLE_CHARS: Final = 80
_SENT: Final = ("sent", "blocked", "failed", "unknown", "skipped")


class _Written(NamedTuple):
    user: User
    channel: Channel
    letter: Letter


def write(session: Session, vault: Vault, settings: Settings, row: Outgoing) -> None:
    """Make a letter of a notice that is locked; delete it where nobody is to be told."""
    try:
        written = _written(session, vault, settings, row)
    except VaultError:
        log.error("notice_unreadable", extra={"notice": row.notice})
        written = None
    if written is None:
        session.delete(row)
        return
    row.user_id, row.channel, row.notice = written.user.id, written.channel, None
    row.sealed = vault.seal(msgspec.json.encode(written.letter).decode(), MAIL)


def _written(session: Session, vault: Vault, settings: Settings, row: Outgoing) -> _Written | None:
    mail_works = settings.mail is not None
    if row.notice == outbox.RESET:
        asked = msgspec.json.decode(vault.open(row.sealed or "", MAIL), type=ResetRequest)
        found = mail.reset_letter(session, vault, asked, mail_works=mail_works)
        return found and _Written(*found)
    user = session.get(User, row.user_id)
    if user is None or not user.is_active:
        return None
    offered = notices.choices(session, user.id, mail_works=mail_works)
    way = next((one.channel for one in offered if one.kind == row.notice), "none")
    works = notices.ways(session, user.id, mail_works=mail_works)
    channel = next((one for one in works if one == way), None)
    letter = _letter(session, vault, settings, row, user) if channel else None
    if channel is None or letter is None:
        return None
    address = mail.of(session, user.id) if channel == "mail" else None
    letter.to = address.address if address else ""
    return _Written(user, channel, letter)


def _letter(
    session: Session, vault: Vault, settings: Settings, row: Outgoing, user: User
) -> Letter | None:
    if row.sealed is not None:
        return msgspec.json.decode(vault.open(row.sealed, MAIL), type=Letter)
    kind = Bot if row.notice == "bot_error" else Broadcast
    about: Any = session.get(kind, row.about)
    if about is None or organisations.membership(session, user.id, about.user_id) is None:
        return None  # of an organisation that the person has left
    if row.notice == "bot_error":
        return _of_bot(settings, about)
    return _of_broadcast(session, settings, about)


def _of_bot(settings: Settings, bot: Bot) -> Letter | None:
    """Return what is to be said of a bot in error; nothing of one that is well again."""
    if bot.deleted_at is not None or bot.status != "error":
        return None
    text = (
        f"{bot.bot_name} has stopped: {bot.last_error or 'see its log'}.\n\n"
        "Nothing is received or sent through it until you mend that and start it again.\n"
    )
    return Letter("", f"Bot in error: {bot.bot_name}", text + _line(pages.of_bot(settings, bot.id)))


def _of_broadcast(session: Session, settings: Settings, broadcast: Broadcast) -> Letter | None:
    """Return what is to be said of a broadcast, as it is by now."""
    if broadcast.status not in ("completed", "failed", "paused"):
        return None
    ad = session.get_one(Advertisement, broadcast.ad_id)
    title = title_of(ad)
    words = {"completed": "is finished", "failed": "has failed", "paused": "is paused"}
    why = f" {broadcast.reason}.\n\n" if broadcast.reason else "\n\n"
    more = "Look at its errors, then resume or cancel it.\n" if broadcast.status == "paused" else ""
    text = f"“{title}” {words[broadcast.status]}.{why}{_sums(session, broadcast)}\n{more}"
    subject = f"Broadcast {words[broadcast.status]}: {title}"
    page = pages.of_broadcast(settings, ad.id, broadcast.id)
    return Letter("", subject, text + _line(page))


def title_of(ad: Advertisement) -> str:
    """Return an ad's title on one line, as a subject can hold it."""
    return " ".join((ad.title or f"ad {ad.id}").split())[:_TITLE_CHARS]


def _sums(session: Session, broadcast: Broadcast) -> str:
    columns = [sa.func.coalesce(sa.func.sum(getattr(Delivery, name)), 0) for name in _SENT]
    sums = session.execute(sa.select(*columns).where(Delivery.broadcast_id == broadcast.id)).one()
    parts = [f"{name} {count:,}" for name, count in zip(_SENT, sums, strict=True) if count]
    return f"Of {broadcast.audience:,}: {', '.join(parts) or 'nobody was sent to'}."


def _line(page: str | None) -> str:
    return f"\n{page}\n" if page else ""
