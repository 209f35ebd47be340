"""The dashboard, one bot's figures, and a line for each ad. Reads rollups and counters only."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crier.analytics import activity
from crier.analytics.activity import Whose
from crier.analytics.rollup import KEPT
from crier.domain.intervals import wilson
from crier.domain.ratios import cost_per_click, cpm, ctr
from crier.domain.span import Bucket, Span, SpanError
from crier.storage import queries

SQL = queries.load("analytics")
TOP: Final = 5
EVER: Final = Span(datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
_SUMS: Final = (
    *("broadcasts", "audience", "sent", "blocked", "failed", "unknown", "skipped"),
    *("clicks", "unique_clicks", "machine_clicks"),
)


def bucket_of(span: Span) -> Bucket:
    """Minutes for some hours, hours for some days, days beyond."""
    length = span.end - span.start
    if length <= timedelta(hours=6):
        return "minute"
    return "hour" if length <= timedelta(days=3) else "day"


def chosen(session: Session, span: Span, bucket: Bucket | None) -> Bucket:
    """The bucket that was asked for, else one that suits the span.

    Raises:
        SpanError: minutes of the span are not kept any more, or there would be too many points.
    """
    finest = activity.finest(session, span)
    if bucket == "minute" != finest:
        raise SpanError("bucket", f"minutes are kept for {KEPT.days} days: take `hour`")
    suiting = bucket_of(span)
    found = bucket or ("hour" if suiting == "minute" != finest else suiting)
    span.cut(found)
    return found


def dashboard(
    session: Session, owner: int | None, span: Span, bucket: Bucket | None, zone: ZoneInfo
) -> dict[str, Any]:
    """Everything of one owner (of everybody where None) at a glance.

    `active_users` are those of the subscribers that were seen since the day (UTC) of the span's
    start.
    """
    counts = _all(session, "counts", owner=owner, start=span.start)[0]
    series = activity.series(session, Whose(owner), span, chosen(session, span, bucket), zone)
    by_bot = activity.by_bot(session, owner, span)
    sums = activity.sums(series)
    money = _all(session, "broadcasts", owner=owner, start=span.start, end=span.end)
    sent = sum(row["sent"] for row in money)
    return {
        "totals": {
            **counts,
            **{name: sums[name] for name in ("messages_in", "messages_out", "clicks")},
            "sent": sent,
            "ctr": ctr(sum(row["unique_clicks"] for row in money), sent),
            "revenue": money[0]["revenue"] if money else Decimal(0),
            "currency": money[0]["currency"] if money else "USD",
            "revenues": [{"currency": m["currency"], "amount": m["revenue"]} for m in money],
        },
        "counted": activity.counted(session, span),
        "series": series,
        "top_bots": _top_bots(session, owner, by_bot[: 4 * TOP]),
        "top_ads": [
            {**row, "ctr": ctr(row["unique_clicks"], row["sent"])}
            for row in _all(
                session, "top_ads", owner=owner, start=span.start, end=span.end, limit=TOP
            )
        ],
    }


def bot(
    session: Session, bot_id: int, span: Span, bucket: Bucket | None, zone: ZoneInfo
) -> dict[str, Any]:
    """Growth, retention by week, activity by hour of week and delivery health of one bot."""
    people = _all(session, "people", bot_id=bot_id)[0]
    this = Whose(bot_id=bot_id)
    series = activity.series(session, this, span, chosen(session, span, bucket), zone)
    delivery = _all(session, "delivery", bot_id=bot_id, start=span.start, end=span.end)[0]
    tried = delivery["sent"] + delivery["blocked"] + delivery["failed"] + delivery["unknown"]
    retention = _all(session, "retention", bot_id=bot_id)
    return {
        "id": bot_id,
        "people": people,
        "growth": _growth(session, bot_id, span, series, people["subscribers"]),
        "retention": retention[0]["metric_value"] if retention else [],
        "activity": activity.by_hour_of_week(session, this, span, zone),
        "delivery": {
            **delivery,
            "success_rate": delivery["sent"] / tried if tried else None,
            "ctr": ctr(delivery["unique_clicks"], delivery["sent"]),
            "errors": sum(point["errors"] for point in series),
            "throttled": sum(point["throttled"] for point in series),
        },
        "counted": activity.counted(session, span),
        "series": series,
    }


def ads(session: Session, ad_ids: Sequence[int], span: Span) -> dict[int, dict[str, Any]]:
    """What came of each ad's broadcasts that began in the span; zeros where there were none."""
    rows = _all(session, "ads", ids=list(ad_ids), start=span.start, end=span.end)
    found = {row["ad_id"]: row for row in rows}
    nothing = {**dict.fromkeys(_SUMS, 0), "broadcast_id": None, "price": None}
    return {ad_id: _with_ratios(found.get(ad_id, nothing)) for ad_id in ad_ids}


def _with_ratios(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "ctr": ctr(row["unique_clicks"], row["sent"]),
        "ctr_interval": wilson(row["unique_clicks"], row["sent"]),
        "cpm": cpm(row["price"], row["sent"]),
        "cost_per_click": cost_per_click(row["price"], row["clicks"]),
    }


def _top_bots(
    session: Session, owner: int | None, busiest: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The busiest bots that are not deleted; where there are few, then the biggest."""
    busy = {row["bot_id"]: row for row in busiest}
    biggest = [row["id"] for row in _all(session, "biggest_bots", owner=owner, limit=TOP)]
    ids = list(dict.fromkeys([*busy, *biggest]))
    named = {row["id"]: row for row in _all(session, "named_bots", ids=ids)}
    figures = ("messages_in", "messages_out", "new_subscribers", "lost_subscribers", "clicks")
    nothing = dict.fromkeys(figures, 0)
    return [
        {**named[bot_id], **{name: busy.get(bot_id, nothing)[name] for name in figures}}
        for bot_id in ids
        if bot_id in named
    ][:TOP]


def _growth(
    session: Session, bot_id: int, span: Span, series: list[dict[str, Any]], now: int
) -> list[dict[str, Any]]:
    """Subscribers at the end of each bucket: counted back from how many there are now."""
    present = datetime.now(UTC) + timedelta(minutes=1)
    after = activity.counted(session, span).end
    if after < present:
        since = activity.totals(session, Whose(bot_id=bot_id), Span(after, present))
        now -= since["new_subscribers"] - since["lost_subscribers"]
    growth = []
    for point in reversed(series):
        growth.append(
            {
                "at": point["at"],
                "subscribers": now,
                "new_subscribers": point["new_subscribers"],
                "lost_subscribers": point["lost_subscribers"],
            }
        )
        now -= point["new_subscribers"] - point["lost_subscribers"]
    return growth[::-1]


def _all(session: Session, name: str, **parameters: Any) -> list[dict[str, Any]]:
    result = session.connection().exec_driver_sql(SQL[name], parameters)
    return [dict(row) for row in result.mappings()]
