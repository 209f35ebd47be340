"""Reports that come by themselves: who gets an ad's how often, and writing what is due.

People order for themselves alone: a report goes to the confirmed address or the linked chat of the
account that ordered it. A person has one order for an ad (the primary key). Once per period: the
letter, and the order's next time, are one transaction, in which that order's time has to be the one
that was read before (`_write`); so of two workers one writes, and one that dies has written
nothing. The end of a broadcast makes an order due by a trigger, in the transaction that ends it.
What is written waits in the outbox, which `people/outbox.py` tells of.

An order ends with what it rests on: the ad, the account, its place in the organisation, its role.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from crier.analytics import pdf
from crier.domain.permissions import Role
from crier.domain.report_times import Every, next_time
from crier.secrets.vault import Vault
from crier.services import audit
from crier.services.ads import ads
from crier.services.broadcasts import report_document, reports
from crier.services.caller import Caller
from crier.services.errors import ConflictError
from crier.services.exports import orders
from crier.services.people import letters, mail, notices, outbox, pages
from crier.services.people.notices import Way
from crier.services.people.outbox import Attachment, Channel, Letter
from crier.settings import Settings
from crier.storage.models.ads import Advertisement
from crier.storage.models.notices import ReportSchedule
from crier.storage.models.people import User

MOST: Final = 50
"""Orders of one account."""
_FIGURES: Final = ("audience", "sent", "blocked", "failed", "unknown", "skipped", "pending")
_CLICKS: Final = (("clicks", "clicks"), ("unique_clicks", "people who clicked"))
log = logging.getLogger(__name__)


class ReportOrder(NamedTuple):
    """How often somebody gets a report, and by which way; no `every`: not by itself."""

    every: Every | None
    tz: str | None
    next_at: datetime | None
    channel: Way


class _Due(NamedTuple):
    """An order that is due, as it was read."""

    user_id: int
    ad_id: int
    due_at: datetime


def order_of(session: Session, caller: Caller, ad_id: int, *, mail_works: bool) -> ReportOrder:
    """Return what the caller has ordered of an ad.

    Raises:
        NotFoundError: the caller sees no such ad.
    """
    ads.get(session, caller, ad_id)
    row = session.get(ReportSchedule, (caller.user_id, ad_id), populate_existing=True)
    way = _way(session, caller.user_id, mail_works=mail_works)
    if row is None:
        return ReportOrder(None, None, None, way)
    return ReportOrder(cast("Every", row.every), row.tz, row.due_at, way)


def order(session: Session, caller: Caller, ad_id: int, every: Every, tz: str) -> None:
    """Have the caller get the report on an ad by itself, in place of what was ordered before.

    Raises:
        NotFoundError: the caller sees no such ad. ConflictError: there are too many orders.
    """
    ads.get(session, caller, ad_id)
    session.get(User, caller.user_id, with_for_update={"key_share": True})
    mine = sa.select(sa.func.count()).where(
        ReportSchedule.user_id == caller.user_id, ReportSchedule.ad_id != ad_id
    )
    if (session.scalar(mine) or 0) >= MOST:
        raise ConflictError(f"you get {MOST} reports by themselves already: stop another one first")
    values: dict[str, Any] = {
        "organisation_id": caller.organisation_id,
        "role": caller.role,
        "every": every,
        "tz": tz,
        "due_at": next_time(every, ZoneInfo(tz), datetime.now(UTC)),
        "broadcast_id": None,
        "told": None,
    }
    put = insert(ReportSchedule).values(user_id=caller.user_id, ad_id=ad_id, **values)
    keys = ["user_id", "ad_id"]
    session.execute(put.on_conflict_do_update(index_elements=keys, set_=values))
    audit.record(session, caller, "ad.order_report", "ad", ad_id, {"every": every})


def stop(session: Session, caller: Caller, ad_id: int) -> None:
    """Send the caller no reports on an ad any more.

    Raises:
        NotFoundError: the caller sees no such ad.
    """
    ads.get(session, caller, ad_id)
    gone = _delete(caller.user_id, ad_id).returning(ReportSchedule.ad_id)
    if session.execute(gone).first():
        audit.record(session, caller, "ad.stop_report", "ad", ad_id)


def write_due(database: sessionmaker[Session], vault: Vault, settings: Settings) -> None:
    """Write the letters that are due."""
    with database.begin() as session:
        due = _due(session)
    for one in due:
        try:
            with database.begin() as session:
                _write(session, vault, settings, one)
        except Exception as error:  # noqa: BLE001 (one report that fails must not hold up the others)
            log.error("report_not_written", extra={"ad_id": one.ad_id, "error": str(error)})


def _due(session: Session) -> Sequence[_Due]:
    columns = (ReportSchedule.user_id, ReportSchedule.ad_id, ReportSchedule.due_at)
    found = sa.select(*columns).where(ReportSchedule.due_at <= sa.func.now())
    rows = session.execute(found.order_by(ReportSchedule.due_at))
    return [_Due(user, ad, at) for user, ad, at in rows if at is not None]


def _write(session: Session, vault: Vault, settings: Settings, due: _Due) -> None:
    """Put the letter of a due order into the outbox, and set its next time."""
    row = session.get(ReportSchedule, (due.user_id, due.ad_id))
    user = session.get(User, due.user_id)
    if row is None or user is None:
        return
    reader = orders.acting(session, user, row.organisation_id, cast("Role", row.role))
    mine = Advertisement.id == row.ad_id
    ad = session.scalar(ads.query(reader).where(mine)) if reader else None
    if reader is None or ad is None:
        session.execute(_delete(due.user_id, due.ad_id))
        return
    found = _written(session, settings, row, reader, ad)
    after = next_time(cast("Every", row.every), ZoneInfo(row.tz), datetime.now(UTC))
    change = {"due_at": after, "broadcast_id": None, "told": found[0] if found else row.told}
    moved = sa.update(ReportSchedule).where(
        ReportSchedule.user_id == due.user_id,
        ReportSchedule.ad_id == due.ad_id,
        ReportSchedule.due_at == due.due_at,
    )
    is_ours = session.execute(moved.values(**change).returning(ReportSchedule.ad_id)).first()
    if is_ours and found:
        outbox.put(session, vault, user.id, found[1], channel=found[2])


def _written(
    session: Session, settings: Settings, row: ReportSchedule, reader: Caller, ad: Advertisement
) -> tuple[str, Letter, Channel] | None:
    """Return the figures, the letter and its way; None where there is nothing new to tell, or no
    way."""
    way = _way(session, reader.user_id, mail_works=settings.mail is not None)
    broadcast_id = reports.broadcast_id_of(session, ad, row.broadcast_id)
    if way == "none" or broadcast_id is None:
        return None
    found = reports.statistics(
        session, ad, broadcast_id, owner=reader.owner, default_rate=settings.send_rate
    )
    told = " ".join(str(found[name]) for name in ("broadcast_id", "status", *_FIGURES, "clicks"))
    if row.every != "end" and told == row.told:
        return None
    zone = ZoneInfo(row.tz)
    document = report_document.write(session, reader, ad, found, zone)
    file = Attachment(f"crier-ad-{ad.id}.pdf", pdf.TYPE, document)
    address = mail.of(session, reader.user_id) if way == "mail" else None
    page = pages.of_broadcast(settings, ad.id, broadcast_id)
    text = _text(found, row.every, page)
    to = address.address if address else ""
    return told, Letter(to, f"Report: {letters.title_of(ad)}", text, file), way


def _text(found: dict[str, Any], every: str, page: str | None) -> str:
    lines = [f"{found[name]:,} {name}" for name in _FIGURES if found[name]]
    lines += [f"{found[name]:,} {words}" for name, words in _CLICKS]
    rate = found["ctr"]
    lines += [] if rate is None else [f"{rate:.1%} click rate"]
    when = {"day": "each day", "week": "each week", "end": "at each broadcast's end"}[every]
    return (
        f"Broadcast {found['broadcast_id']} is {found['status'].replace('_', ' ')}.\n\n"
        + "\n".join(lines)
        + "\n\nThe whole report is attached.\n\n"
        + f"You get this {when}. To stop it, press “Share” on the broadcast's page"
        + (f": {page}\n" if page else ".\n")
    )


def _way(session: Session, user_id: int, *, mail_works: bool) -> Way:
    """Return by which way a report reaches somebody now."""
    offered = notices.choices(session, user_id, mail_works=mail_works)
    way: Way = next(one.channel for one in offered if one.kind == "report")
    return way if way in notices.ways(session, user_id, mail_works=mail_works) else "none"


def _delete(user_id: int, ad_id: int) -> sa.Delete:
    return sa.delete(ReportSchedule).where(
        ReportSchedule.user_id == user_id, ReportSchedule.ad_id == ad_id
    )
