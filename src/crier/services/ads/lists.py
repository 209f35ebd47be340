"""The ads that somebody sees, each with its latest broadcast and what came of that until now.

One statement reads a page. The latest broadcast of an ad is found by `broadcasts_ad_idx`, its sums
by the keys of `broadcast_sums` and `broadcast_clicks` (the view `broadcast_figures`); the order by
`newest` looks at the ads of the page alone, any other one at each ad that the caller sees.
"""

from typing import Any, Final

import sqlalchemy as sa

from crier.services.ads import ads
from crier.services.caller import Caller
from crier.storage.models.ads import Advertisement, Broadcast
from crier.storage.text import contains

_LAST: Final = (
    sa.select(Broadcast.id, Broadcast.status, Broadcast.created_at, Broadcast.audience)
    .where(Broadcast.ad_id == Advertisement.id)
    .order_by(Broadcast.id.desc())
    .limit(1)
    .lateral("latest")
)
_VIEW: Final = sa.table(
    "broadcast_figures",
    *(sa.column(name, sa.BigInteger) for name in ("broadcast_id", "audience", "sent")),
    sa.column("unique_clicks", sa.BigInteger),
)
_FIGURES: Final = sa.select(_VIEW).where(_VIEW.c.broadcast_id == _LAST.c.id).lateral("figures")

_AUDIENCE: Final = sa.case(
    (_LAST.c.status == "scheduled", _LAST.c.audience), else_=_FIGURES.c.audience
)
_NEVER: Final = sa.literal("1970-01-01T00:00:00Z", sa.Text).cast(sa.TIMESTAMP(timezone=True))
_PER_MILLION: Final = _FIGURES.c.unique_clicks * 1_000_000 / sa.func.nullif(_FIGURES.c.sent, 0)
ORDERS: Final[dict[str, sa.Label[Any]]] = {
    "last_broadcast": sa.func.coalesce(_LAST.c.created_at, _NEVER).label("last_at"),
    "sent": sa.func.coalesce(_FIGURES.c.sent, -1).label("last_sent"),
    "clicks": sa.func.coalesce(_FIGURES.c.unique_clicks, -1).label("last_clicks"),
    "ctr": sa.func.coalesce(sa.cast(_PER_MILLION, sa.BigInteger), -1).label("last_ctr"),
}
"""What ads may be ordered by, besides their age; the greatest first, ads without it last."""


def search(caller: Caller, *, status: str | None, q: str | None) -> sa.Select[Any]:
    """Return a query of the ads that the caller sees, by status and by words of their title or
    content: the ad, its id, what `ORDERS` holds, and what came of its latest broadcast."""
    columns: list[Any] = [
        Advertisement,
        Advertisement.id,
        _LAST.c.id.label("broadcast_id"),
        _LAST.c.status.label("broadcast_status"),
        _LAST.c.created_at.label("broadcast_at"),
        _AUDIENCE.label("audience"),
        _FIGURES.c.sent,
        _FIGURES.c.unique_clicks,
        *ORDERS.values(),
    ]
    seen = ads.query(caller).whereclause
    found = (
        sa.select(*columns)
        .select_from(Advertisement)
        .outerjoin(_LAST, sa.true())
        .outerjoin(_FIGURES, sa.true())
    )
    if seen is not None:
        found = found.where(seen)
    if status is not None:
        found = found.where(Advertisement.status == status)
    if q is not None:
        words = sa.or_(contains(Advertisement.title, q), contains(Advertisement.content, q))
        found = found.where(words)
    return found
