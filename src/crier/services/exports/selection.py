"""What a caller may export, and the line of the audit log that says so."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from crier.analytics.datasets import Dataset, Selection
from crier.domain.permissions import Permission
from crier.domain.span import EVER, Span, SpanError
from crier.services import audit
from crier.services.ads import ads
from crier.services.bots import bots
from crier.services.broadcasts import reports
from crier.services.caller import Caller
from crier.services.errors import InvalidError, NotFoundError
from crier.storage.models.ads import Broadcast

NEEDED: Final[dict[Dataset, Permission]] = {
    "bots": "bots.read",
    "ads": "money.read",
    "recipients": "people.read",
    "messages": "people.read",
    "subscribers": "people.read",
    "clicks": "people.read",
}
"""What the caller has to hold to export a dataset, by what it shows."""


class Named(NamedTuple):
    """What an export is limited to."""

    bot_id: int | None
    ad_id: int | None
    broadcast_id: int | None


def select(
    session: Session, caller: Caller, dataset: Dataset, span: Span, named: Named
) -> Selection:
    """Return what to export, once all that is named is found to be in the caller's scope.

    Raises:
        ForbiddenError: the caller's API key may not see such rows.
        NotFoundError: something that is named is not. InvalidError: recipients of no ad.
    """
    caller.require(NEEDED[dataset])
    bot_id, ad_id, broadcast_id = named
    if bot_id is not None:
        bots.get(session, caller, bot_id)
    if broadcast_id is not None:
        broadcast = session.get(Broadcast, broadcast_id)
        if broadcast is None or ad_id not in (None, broadcast.ad_id):
            raise NotFoundError("no such broadcast")
        ad_id = broadcast.ad_id
    if ad_id is not None:
        ad = ads.get(session, caller, ad_id)
        if dataset == "recipients":
            broadcast_id = reports.broadcast_id_of(session, ad, broadcast_id)
    elif dataset == "recipients":
        raise InvalidError(ad_id="name the ad, or one broadcast by `broadcast_id`")
    return Selection(
        dataset=dataset,
        owner=caller.owner,
        span=span,
        bot_id=bot_id,
        ad_id=ad_id,
        broadcast_id=broadcast_id,
    )


def whole_span(start: datetime | None, end: datetime | None) -> Span:
    """Return the span, which is all of time where no start or end is given.

    Raises:
        InvalidError: it ends before it begins, or lies outside of 1970 to 2200.
    """
    try:
        return Span.of(start or EVER.start, end or EVER.end, now=EVER.end)
    except SpanError as error:
        raise InvalidError(**{error.field: str(error)}) from None


def record(session: Session, caller: Caller, dataset: Dataset, asked: dict[str, Any]) -> None:
    """Write into the audit log that an export was asked for, and how."""
    audit.record(session, caller, "analytics.export", "export", dataset, asked)
