"""Reviews of ads: which wait, and what was handed in, decided and changed until now.

Both are read from the audit log, where each step has its line in the step's own transaction
(`audit_log_object_idx`).
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.ad_state import AdStatus
from crier.services.ads import ads
from crier.services.caller import Caller
from crier.storage.models.ads import Advertisement
from crier.storage.models.people import AuditEntry

STEPS: Final = {f"ad.{step}": step for step in ("submit", "approve", "reject", "change")}
_HANDED_IN: Final = (
    sa.select(AuditEntry.id, AuditEntry.at, AuditEntry.actor)
    .where(
        AuditEntry.object_type == "ad",
        AuditEntry.object_id == sa.cast(Advertisement.id, sa.String(80)),
        AuditEntry.action == "ad.submit",
    )
    .order_by(AuditEntry.id.desc())
    .limit(1)
    .lateral("handed_in")
)
HANDED_IN: Final = sa.func.coalesce(_HANDED_IN.c.id, 0).label("handed_in")
"""What the queue is ordered by: the audit line of handing in."""


def waiting(caller: Caller) -> sa.Select[Any]:
    """Return a query of the ads that wait for a review by the caller: the ad, its id, by which
    account and when it was handed in last."""
    columns: list[Any] = [
        Advertisement,
        Advertisement.id,
        HANDED_IN,
        _HANDED_IN.c.at.label("submitted_at"),
        _HANDED_IN.c.actor.label("submitted_by"),
    ]
    found = sa.select(*columns).select_from(Advertisement).outerjoin(_HANDED_IN, sa.true())
    found = found.where(Advertisement.status == AdStatus.PENDING_REVIEW)
    seen = ads.query(caller).whereclause
    return found if seen is None else found.where(seen)


def history(session: Session, caller: Caller, ad_id: int) -> sa.Select[Any]:
    """Return a query of the steps of one ad's reviews, and of the changes between them.

    Raises:
        NotFoundError: there is no such ad that the caller sees.
    """
    ad = ads.get(session, caller, ad_id)
    return sa.select(AuditEntry).where(
        AuditEntry.object_type == "ad",
        AuditEntry.object_id == str(ad.id),
        AuditEntry.action.in_(STEPS),
    )
