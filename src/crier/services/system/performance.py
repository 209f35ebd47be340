"""How fast the platform is and was, as series and by route, bot and process."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crier.analytics.performance import reading
from crier.analytics.performance.reading import NOTHING, By, Cut, Found, Sums
from crier.analytics.performance.resolutions import Resolution
from crier.domain import histogram
from crier.domain.span import Span
from crier.observability.samples import INTERVAL_S
from crier.storage.models.bots import Bot

MOST: Final[dict[By, int]] = {"route": 50, "bot": 50, "process": 200}
_SHARES: Final = (0.50, 0.95, 0.99)
_KEYS: Final = {
    of: tuple(f"{of}latency_p{percent}_ms" for percent in (50, 95, 99))
    for of in ("", "send_", "update_", "database_", "cache_")
}
_NO_PERCENTILES: Final[dict[str, dict[str, float | None]]] = {
    of: dict.fromkeys(names) for of, names in _KEYS.items()
}
_SUMS_BY: Final[tuple[tuple[timedelta, Resolution], ...]] = (
    (timedelta(hours=3), "minute"),
    (timedelta(days=4), "hour"),
    (timedelta(days=200), "day"),
)
"""In what buckets sums of spans up to a length are counted, unless another one is asked for."""
Answer = dict[str, Any]


def series(session: Session, span: Span, bucket: Resolution | None, zone: ZoneInfo) -> Answer:
    """Return rates and latencies of the whole platform by bucket; rates are for a second."""
    cut = reading.cut(span, bucket or span.bucket, zone, datetime.now(UTC))
    found = reading.series(session, cut)
    points = [_point(at, cut.seconds(at), of) for at, of in zip(cut.buckets, found, strict=True)]
    return {**_counted(cut), "series": points}


def comparison(
    session: Session, span: Span, bucket: Resolution | None, zone: ZoneInfo
) -> dict[str, Answer]:
    """Return the rates and latencies of a span, and of the period before it, as a whole."""
    spans = {"whole": span, "previous": span.before(zone)}
    return {name: _whole(session, of, bucket, zone) for name, of in spans.items()}


def _whole(session: Session, span: Span, bucket: Resolution | None, zone: ZoneInfo) -> Answer:
    cut = reading.cut(span, bucket or _bucket_of_sums(span), zone, datetime.now(UTC))
    seconds = max((cut.span.end - cut.span.start).total_seconds(), 1.0)
    found = reading.together(reading.series(session, cut))
    return {"counted": cut.span, **_point(cut.span.start, seconds, found)}


def breakdown(
    session: Session,
    by: By,
    span: Span,
    bucket: Resolution | None,
    zone: ZoneInfo,
    name: str | None = None,
    *,
    default_rate: float,
) -> Answer:
    """Return sums of the span for each route, bot or process; the busiest of them.

    Of one `name` the series, too, and of a bot what it may send a second, which is `default_rate`
    where its settings name nothing else.
    """
    now = datetime.now(UTC)
    if name is None:
        cut = reading.cut(span, bucket or _bucket_of_sums(span), zone, now)
        names = reading.breakdown(session, cut, by, MOST[by])
        return {
            **_counted(cut),
            "items": _items(names, cut, by),
            "series": [],
            "allowed_rate": None,
        }
    cut = reading.cut(span, bucket or span.bucket, zone, now)
    of: dict[str, str] = {"process": name} if by == "process" else {"name": name}
    found = reading.series(session, cut, reading.KINDS[by], **of)
    points = [
        {"at": at, **_measures(one, cut.seconds(at), by)}
        for at, one in zip(cut.buckets, found, strict=True)
    ]
    allowed = _allowed_rate(session, name, default_rate) if by == "bot" else None
    return {**_counted(cut), "items": [], "series": points, "allowed_rate": allowed}


def _allowed_rate(session: Session, name: str, default: float) -> float | None:
    is_id = name.isascii() and name.isdecimal() and len(name) < 19
    bot = session.get(Bot, int(name)) if is_id else None
    if bot is None:
        return None
    rate = bot.settings.get("send_rate")
    return (default if rate is None else rate) or None


def _bucket_of_sums(span: Span) -> Resolution:
    fits = (bucket for most, bucket in _SUMS_BY if span.end - span.start <= most)
    return next(fits, "month")


def _counted(cut: Cut) -> Answer:
    return {"bucket": cut.bucket, "tz": cut.zone.key, "counted": cut.span}


def _point(at: datetime, seconds: float, found: Found) -> Answer:
    api, sends = found.get("api", NOTHING), found.get("sends", NOTHING)
    queue = found.get("queue")
    return {
        "at": at,
        "measured": "process" in found,
        "request_rate": api.count / seconds,
        "error_rate": api.errors / api.count if api.count else 0.0,
        **_percentiles(api.latency),
        "send_rate": sends.count / seconds,
        "send_error_rate": sends.errors / seconds,
        "rate_429": sends.throttled / seconds,
        "share_429": _share_429(sends),
        "waited_seconds": sends.waited_ms / 1000,
        **_percentiles(sends.latency, "send_"),
        "update_rate": found.get("updates", NOTHING).count / seconds,
        **_percentiles(found.get("updates", NOTHING).latency, "update_"),
        **_percentiles(found.get("database", NOTHING).latency, "database_"),
        **_percentiles(found.get("cache", NOTHING).latency, "cache_"),
        "queue_lag_seconds": queue.peak / 1000 if queue else None,
    }


def _items(names: dict[str, Found], cut: Cut, by: By) -> list[Answer]:
    seconds = max((cut.span.end - cut.span.start).total_seconds(), 1.0)
    return [{"name": name, **_measures(found, seconds, by)} for name, found in names.items()]


def _measures(found: Found, seconds: float, by: By) -> Answer:
    measures: Answer = {"memory_bytes": None, "cpu_share": None}
    for kind in ("api", "sends", "updates", "database", "cache"):
        measures[kind] = _measure(found[kind], seconds) if kind in found else None
    process = found.get("process")
    if process and by == "process":
        measures["memory_bytes"] = process.peak
        measures["cpu_share"] = process.cpu_ms / 1000 / (process.count * INTERVAL_S)
    return measures


def _measure(sums: Sums, seconds: float) -> Answer:
    return {
        "count": sums.count,
        "rate": sums.count / seconds,
        "errors": sums.errors,
        "throttled": sums.throttled,
        "share_429": _share_429(sums),
        "waited_seconds": sums.waited_ms / 1000,
        **_percentiles(sums.latency),
    }


def _share_429(sums: Sums) -> float:
    return sums.throttled / sums.count if sums.count else 0.0


def _percentiles(latency: Sequence[int], of: str = "") -> dict[str, float | None]:
    if not latency:
        return _NO_PERCENTILES[of]
    return dict(
        zip(_KEYS[of], histogram.percentiles(latency, _SHARES, histogram.FINE), strict=True)
    )
