"""Exports that are written as files: asked for, looked at, and deleted.

How many are open is counted under a lock of their creator's (`lock_creator`), so that two requests
at once do not both take the last place. The row and its job are one transaction. An export is its
creator's alone, in the organisation for which it was asked for, and in a role that may still hand
on the one of then: what an admin asked for no operator's key of the same account may read.
"""

from datetime import datetime
from typing import Any, Final, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.analytics.datasets import Dataset, Selection
from crier.analytics.formats import Format
from crier.domain.permissions import Role
from crier.services import audit, organisations
from crier.services.caller import GRANTABLE, Caller, as_role, role_in
from crier.services.errors import LimitedError, NotFoundError
from crier.services.exports import selection
from crier.services.exports.selection import Named
from crier.storage import engine, queries, queue
from crier.storage.models.people import User
from crier.storage.models.records import Export

SQL: Final = queries.load("export_jobs")
OPEN_MAX: Final = 3
"""Exports of one account that wait or run."""

READERS: Final = frozenset[Role](("admin", "operator", "viewer"))
"""Roles that may export."""
_RETRY_S: Final = 60
_organisation: Final = sa.func.coalesce(Export.organisation_id, Export.user_id)
LOCK_CREATOR = SQL.query("lock_creator")


class Holdings(NamedTuple):
    """What an account has of exports."""

    open: int
    bytes: int


HOLDINGS = SQL.query("holdings", Holdings)


class ExportOrder(NamedTuple):
    """What is asked for; the span as it was asked for."""

    dataset: Dataset
    format: Format
    start: datetime | None
    end: datetime | None
    named: Named


def create(
    session: Session, caller: Caller, order: ExportOrder, *, max_bytes: int, asked: dict[str, Any]
) -> Export:
    """Ask for an export to be written; `asked` is for the audit log.

    Raises:
        NotFoundError: something that is named is not in the caller's scope.
        InvalidError: recipients of no ad, or a span that ends before it begins.
        LimitedError: the account has too many open ones, or too much in finished ones.
    """
    wanted = selected(session, caller, order)
    engine.run(session, LOCK_CREATOR(user_id=caller.user_id))
    check_room(session, caller.user_id, max_bytes)
    export = Export(
        user_id=caller.user_id,
        organisation_id=caller.team.id if caller.team else None,
        role=caller.role,
        dataset=order.dataset,
        format=order.format,
        span_start=order.start,
        span_end=order.end,
        bot_id=wanted.bot_id,
        ad_id=wanted.ad_id,
        broadcast_id=wanted.broadcast_id,
    )
    session.add(export)
    session.flush()
    engine.run(session, queue.defer_export(export.id))
    audit.record(session, caller, "export.create", "export", export.id, asked)
    return export


def check_room(session: Session, user_id: int, max_bytes: int) -> None:
    """Raise LimitedError where the account may not ask for another export now."""
    (held,) = engine.rows(session, HOLDINGS(user_id=user_id))
    if held.open >= OPEN_MAX:
        text = f"{OPEN_MAX} exports of yours wait or are being written"
        raise LimitedError(f"{text}: delete one, or let it end", _RETRY_S)
    if held.bytes >= max_bytes:
        text = f"your exports take {held.bytes:,} of {max_bytes:,} bytes"
        raise LimitedError(f"{text}: delete some of them", _RETRY_S)


def selected(session: Session, caller: Caller, order: ExportOrder) -> Selection:
    """Return what an order means for the caller now. Raises as `selection.select`."""
    span = selection.whole_span(order.start, order.end)
    return selection.select(session, caller, order.dataset, span, order.named)


def order_of(export: Export) -> ExportOrder:
    """Return what an export was asked for."""
    return ExportOrder(
        cast("Dataset", export.dataset),
        cast("Format", export.format),
        export.span_start,
        export.span_end,
        Named(export.bot_id, export.ad_id, export.broadcast_id),
    )


def query(caller: Caller) -> sa.Select[Export]:
    """Select the exports that the caller may see."""
    roles = sorted(GRANTABLE[caller.role])
    shown = [name for name, needed in selection.NEEDED.items() if caller.may(needed)]
    return sa.select(Export).where(
        Export.user_id == caller.user_id,
        _organisation == caller.organisation_id,
        Export.role.in_(roles),
        Export.dataset.in_(shown),
    )


def get(session: Session, caller: Caller, export_id: int) -> Export:
    """Return an export of the caller's.

    Raises:
        NotFoundError: there is none.
    """
    export = session.scalar(query(caller).where(Export.id == export_id))
    if export is None:
        raise NotFoundError("no such export")
    return export


def delete(session: Session, caller: Caller, export_id: int) -> None:
    """Forget an export: one that is being written ends, and a file is removed soon after.

    Raises:
        NotFoundError: there is none.
    """
    export = get(session, caller, export_id)
    session.delete(export)
    session.flush()
    engine.run(session, queue.defer_clean_exports())
    details = {"dataset": export.dataset, "status": export.status}
    audit.record(session, caller, "export.delete", "export", export_id, details)


def creator_of(session: Session, export: Export) -> tuple[Caller, User] | None:
    """Return the creator of an export, in the role of then; None where it may be read no longer.

    The account's row comes as well.
    """
    user, role = session.get_one(User, export.user_id), cast("Role", export.role)
    caller = acting(session, user, export.organisation_id or user.id, role)
    return None if caller is None or role not in READERS else (caller, user)


def acting(session: Session, user: User, organisation_id: int, role: Role) -> Caller | None:
    """Return an account in a role that it had; None where it may hand that on no longer."""
    found = organisations.membership(session, user.id, organisation_id)
    if not user.is_active or found is None:
        return None
    if role not in GRANTABLE[role_in(cast("Role", user.role), found.team)]:
        return None
    return Caller(
        user_id=user.id, username=user.username, role=role, team=as_role(found.team, role)
    )
