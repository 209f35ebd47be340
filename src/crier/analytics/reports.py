"""The dashboard, one bot's figures, and a line for each ad. Reads rollups and counters only."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crier.analytics import activity
from crier.analytics.activity import BotFigures, Point, Whose
from crier.analytics.rollup import KEPT
from crier.domain.intervals import wilson
from crier.domain.ratios import cost_per_click, cpm, ctr
from crier.domain.span import Bucket, Span, SpanError
from crier.storage import engine, queries
from crier.storage.queries import StatementTemplate, value

SQL: Final = queries.load("analytics")
TOP: Final = 5


class OwnerCounts(NamedTuple):
    """Bots, subscribers and ads as they are now."""

    bots: int
    bots_running: int
    subscribers: int
    active_users: int
    ads: int
    ads_broadcasting: int


class CurrencySums(NamedTuple):
    """What came of broadcasts that were priced in one currency."""

    currency: str
    sent: int
    unique_clicks: int
    revenue: Decimal


class TopAdRow(NamedTuple):
    """One of the ads that were clicked most."""

    id: int
    title: str | None
    status: str
    sent: int
    clicks: int
    unique_clicks: int


class NamedBot(NamedTuple):
    """A bot's name and size."""

    id: int
    bot_name: str
    username: str | None
    status: str
    subscribers: int


class ChatCounts(NamedTuple):
    """A bot's chats by status, as they are now."""

    subscribers: int
    blocked: int
    gone: int
    unsubscribed: int


class DeliverySums(NamedTuple):
    """How a bot's parts of broadcasts ended."""

    broadcasts: int
    audience: int
    sent: int
    blocked: int
    failed: int
    unknown: int
    skipped: int
    clicks: int
    unique_clicks: int


class AdSums(NamedTuple):
    """What came of an ad's broadcasts."""

    ad_id: int
    broadcasts: int = 0
    broadcast_id: int | None = None
    audience: int = 0
    sent: int = 0
    blocked: int = 0
    failed: int = 0
    unknown: int = 0
    skipped: int = 0
    clicks: int = 0
    unique_clicks: int = 0
    machine_clicks: int = 0
    price: Decimal | None = None


_COUNTS: Final = SQL.query("counts", OwnerCounts)
_BROADCASTS: Final = SQL.query("broadcasts", CurrencySums)
_TOP_ADS: Final = SQL.query("top_ads", TopAdRow)
_NAMED_BOTS: Final = SQL.query("named_bots", NamedBot)
_BIGGEST_BOTS: Final = SQL.query("biggest_bots", int)
_PEOPLE: Final = SQL.query("people", ChatCounts)
_RETENTION: Final[StatementTemplate[list[dict[str, Any]]]] = SQL.query("retention", value)
_DELIVERY: Final = SQL.query("delivery", DeliverySums)
_ADS: Final = SQL.query("ads", AdSums)


def bucket_of(span: Span) -> Bucket:
    """Return minutes for some hours, hours for some days, days beyond."""
    length = span.end - span.start
    if length <= timedelta(hours=6):
        return "minute"
    return "hour" if length <= timedelta(days=3) else "day"


def chosen(session: Session, span: Span, bucket: Bucket | None) -> Bucket:
    """Return the bucket that was asked for, else one that suits the span.

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
    """Return everything of one owner (of everybody where None) at a glance.

    `active_users` are those of the subscribers that were seen since the day (UTC) of the span's
    start.
    """
    (counts,) = engine.rows(session, _COUNTS(owner=owner, start=span.start))
    series = activity.series(session, Whose(owner), span, chosen(session, span, bucket), zone)
    by_bot = activity.by_bot(session, owner, span)
    sums = activity.sums(series)
    money = earned(session, owner, span)
    top = _TOP_ADS(owner=owner, start=span.start, end=span.end, limit=TOP)
    return {
        "totals": {
            **counts._asdict(),
            **{name: sums[name] for name in ("messages_in", "messages_out", "clicks")},
            **_summed(money),
            "revenue": money[0].revenue if money else Decimal(0),
            "currency": money[0].currency if money else "USD",
        },
        "counted": activity.counted(session, span),
        "series": series,
        "top_bots": _top_bots(session, owner, by_bot[: 4 * TOP]),
        "top_ads": [
            {**row._asdict(), "ctr": ctr(row.unique_clicks, row.sent)}
            for row in engine.rows(session, top)
        ],
    }


def totals(session: Session, owner: int | None, span: Span) -> dict[str, Any]:
    """Return what one owner's bots and ads did in a span (everybody's where None), as sums."""
    return {
        "counted": activity.counted(session, span),
        **activity.totals(session, Whose(owner), span),
        **_summed(earned(session, owner, span)),
    }


def earned(session: Session, owner: int | None, span: Span) -> list[CurrencySums]:
    """Return what came of the broadcasts that began in a span, by currency, the largest first."""
    return engine.rows(session, _BROADCASTS(owner=owner, start=span.start, end=span.end))


def _summed(money: Sequence[CurrencySums]) -> dict[str, Any]:
    sent = sum(row.sent for row in money)
    return {
        "sent": sent,
        "ctr": ctr(sum(row.unique_clicks for row in money), sent),
        "revenues": [{"currency": row.currency, "amount": row.revenue} for row in money],
    }


def bot_totals(session: Session, bot_id: int, span: Span) -> dict[str, Any]:
    """Return what one bot did in a span, as sums."""
    (delivery,) = engine.rows(session, _DELIVERY(bot_id=bot_id, start=span.start, end=span.end))
    return {
        "counted": activity.counted(session, span),
        **activity.totals(session, Whose(bot_id=bot_id), span),
        "sent": delivery.sent,
        "ctr": ctr(delivery.unique_clicks, delivery.sent),
    }


def bot(
    session: Session, bot_id: int, span: Span, bucket: Bucket | None, zone: ZoneInfo
) -> dict[str, Any]:
    """Return growth, retention by week, activity by hour of week and delivery health of a bot."""
    (people,) = engine.rows(session, _PEOPLE(bot_id=bot_id))
    this = Whose(bot_id=bot_id)
    series = activity.series(session, this, span, chosen(session, span, bucket), zone)
    asked = {"bot_id": bot_id, "start": span.start, "end": span.end}
    (delivery,) = engine.rows(session, _DELIVERY(**asked))
    tried = delivery.sent + delivery.blocked + delivery.failed + delivery.unknown
    return {
        "id": bot_id,
        "people": people,
        "growth": _growth(session, bot_id, span, series, people.subscribers),
        "changes": _changes(session, bot_id, span, series),
        "retention": engine.first(session, _RETENTION(bot_id=bot_id)) or [],
        "activity": activity.by_hour_of_week(session, this, span, zone),
        "delivery": {
            **delivery._asdict(),
            "success_rate": delivery.sent / tried if tried else None,
            "ctr": ctr(delivery.unique_clicks, delivery.sent),
            "errors": sum(point.errors for point in series),
            "throttled": sum(point.throttled for point in series),
        },
        "counted": activity.counted(session, span),
        "series": series,
    }


def ads(session: Session, ad_ids: Sequence[int], span: Span) -> dict[int, dict[str, Any]]:
    """Return what came of each ad's broadcasts that began in the span; zeros for none."""
    statement = _ADS(ids=list(ad_ids), start=span.start, end=span.end)
    found = {row.ad_id: row for row in engine.rows(session, statement)}
    return {ad_id: _with_ratios(found.get(ad_id, AdSums(ad_id))) for ad_id in ad_ids}


def _with_ratios(row: AdSums) -> dict[str, Any]:
    return {
        **row._asdict(),
        "ctr": ctr(row.unique_clicks, row.sent),
        "ctr_interval": wilson(row.unique_clicks, row.sent),
        "cpm": cpm(row.price, row.sent),
        "cost_per_click": cost_per_click(row.price, row.clicks),
    }


def _top_bots(
    session: Session, owner: int | None, busiest: list[BotFigures]
) -> list[dict[str, Any]]:
    """Return the busiest bots that are not deleted; where there are few, then the biggest."""
    busy = {row.bot_id: row for row in busiest}
    biggest = engine.rows(session, _BIGGEST_BOTS(owner=owner, limit=TOP))
    ids = list(dict.fromkeys([*busy, *biggest]))
    named = {row.id: row for row in engine.rows(session, _NAMED_BOTS(ids=ids))}
    figures = ("messages_in", "messages_out", "new_subscribers", "lost_subscribers", "clicks")
    found = [(named[id], busy.get(id, BotFigures(id))) for id in ids if id in named][:TOP]
    return [
        {**bot._asdict(), **{name: getattr(did, name) for name in figures}} for bot, did in found
    ]


def _changes(session: Session, bot_id: int, span: Span, series: list[Point]) -> dict[str, int]:
    """Return who joined and who left by reason; what has no reason was before there were any."""
    found = activity.changes(session, bot_id, span)
    new = sum(point.new_subscribers for point in series)
    lost = sum(point.lost_subscribers for point in series)
    return {
        **found._asdict(),
        "joined": new - found.returned,
        "unrecorded": lost - sum(found) + found.returned,
    }


def _growth(
    session: Session, bot_id: int, span: Span, series: list[Point], now: int
) -> list[dict[str, Any]]:
    """Return the subscribers at the end of each bucket, counted back from those of now."""
    present = datetime.now(UTC) + timedelta(minutes=1)
    after = activity.counted(session, span).end
    if after < present:
        since = activity.totals(session, Whose(bot_id=bot_id), Span(after, present))
        now -= since["new_subscribers"] - since["lost_subscribers"]
    growth = []
    for point in reversed(series):
        growth.append(
            {
                "at": point.at,
                "subscribers": now,
                "new_subscribers": point.new_subscribers,
                "lost_subscribers": point.lost_subscribers,
            }
        )
        now -= point.new_subscribers - point.lost_subscribers
    return growth[::-1]
