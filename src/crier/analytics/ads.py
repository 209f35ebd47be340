"""One ad's figures by bot and by hour of the week, and two ads' click rates side by side.

The cost depends on the ad alone, not on history: all is read from its own broadcasts by
`broadcasts_ad_idx`, by bot from a row for each delivery, by time from a row for each minute in
which it was sent or clicked (`delivery_minutes`). Those are never pruned, so that hours are exact
in every zone, also where its offset is no whole hour.
"""

from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crier.analytics import reports
from crier.analytics.rollup import rolled
from crier.domain.intervals import CONFIDENCE, newcombe, wilson
from crier.domain.ratios import ctr
from crier.domain.span import EVER, Span
from crier.storage import engine, queries

SQL = queries.load("analytics")


class BotPart(NamedTuple):
    """What came of an ad through one bot."""

    bot_id: int
    broadcasts: int
    audience: int
    sent: int
    blocked: int
    failed: int
    unknown: int
    skipped: int
    clicks: int
    unique_clicks: int
    machine_clicks: int

    @property
    def ctr(self) -> float | None:
        return ctr(self.unique_clicks, self.sent)


class AdWeekHour(NamedTuple):
    """What happened in one hour of the week; Monday is 1."""

    weekday: int
    hour: int
    sent: int = 0
    failed: int = 0
    clicks: int = 0


class LinkClicks(NamedTuple):
    """How often one link of an ad was clicked."""

    url: str
    clicks: int
    machine_clicks: int


class LanguagePart(NamedTuple):
    """What came of an ad with recipients of one language; `name` is None where none is known."""

    name: str | None
    sent: int
    clicks: int
    unique_clicks: int
    machine_clicks: int


class Losses(NamedTuple):
    """Recipients who left within 24 hours after they got an ad."""

    stopped: int
    blocked: int


class CurrencyPrice(NamedTuple):
    """What broadcasts cost in one currency."""

    currency: str
    amount: Decimal


_LINKS = SQL.query("ad_links", LinkClicks)
_LANGUAGES = SQL.query("ad_languages", LanguagePart)
_LOSSES = SQL.query("ad_losses", Losses)
_PRICES = SQL.query("ad_prices", CurrencyPrice)
_BOTS = SQL.query("ad_bots", BotPart)
_WEEK = SQL.query("ad_week", AdWeekHour)


def by_bot(session: Session, ad_id: int, span: Span, owner: int | None) -> list[BotPart]:
    """Return what came of an ad's broadcasts that began in the span, by bot of `owner`."""
    asked = {"ad_id": ad_id, "start": span.start, "end": span.end, "owner": owner}
    return engine.rows(session, _BOTS(**asked))


def by_link(session: Session, ad_id: int, span: Span, owner: int | None) -> list[LinkClicks]:
    """Return the clicks of the same by link, the most clicked first."""
    asked = {"ad_id": ad_id, "start": span.start, "end": span.end, "owner": owner}
    return engine.rows(session, _LINKS(**asked))


def by_language(session: Session, ad_id: int, span: Span, owner: int | None) -> list[LanguagePart]:
    """Return what came of the same by the recipients' language, the most frequent first.

    What was sent is that of broadcasts that have ended (`languages.py`); clicks are all.
    """
    asked = {"ad_id": ad_id, "start": span.start, "end": span.end, "owner": owner}
    return engine.rows(session, _LANGUAGES(**asked))


def losses(session: Session, ad_id: int, span: Span, owner: int | None) -> Losses:
    """Return who left the bots of `owner` within a day after the ad, once for each broadcast."""
    done = rolled(session)
    until = done.until if done else EVER.start
    asked = {"ad_id": ad_id, "start": span.start, "end": span.end, "owner": owner}
    return engine.rows(session, _LOSSES(**asked, rolled=until))[0]


def prices(session: Session, ad_id: int, span: Span) -> list[CurrencyPrice]:
    """Return what the ad's broadcasts that began in the span cost, each currency by itself."""
    asked = {"ad_id": ad_id, "start": span.start, "end": span.end}
    return engine.rows(session, _PRICES(**asked))


def by_hour_of_week(session: Session, ad_id: int, span: Span, zone: ZoneInfo) -> list[AdWeekHour]:
    """Return the same for each of the 168 hours of a week in the zone, Monday's first."""
    asked = {"ad_id": ad_id, "start": span.start, "end": span.end, "zone": zone.key}
    found = {(row.weekday, row.hour): row for row in engine.rows(session, _WEEK(**asked))}
    hours = ((weekday, hour) for weekday in range(1, 8) for hour in range(24))
    return [found.get(hour, AdWeekHour(*hour)) for hour in hours]


def compare(session: Session, ad_id: int, other_id: int, span: Span) -> dict[str, Any]:
    """Return the click rates of two ads and their difference, with intervals."""
    found = reports.ads(session, [ad_id, other_id], span)
    one, other = _rate(ad_id, found[ad_id]), _rate(other_id, found[other_id])
    between = newcombe(one["unique_clicks"], one["sent"], other["unique_clicks"], other["sent"])
    return {
        "confidence": CONFIDENCE,
        "ad": one,
        "other": other,
        "difference": None if between is None else one["ctr"] - other["ctr"],
        "difference_interval": between,
        "differs": between is not None and not between.low <= 0 <= between.high,
    }


def _rate(ad_id: int, sums: dict[str, Any]) -> dict[str, Any]:
    counted = {name: sums[name] for name in ("sent", "unique_clicks", "ctr")}
    interval = wilson(sums["unique_clicks"], sums["sent"])
    return {"ad_id": ad_id, **counted, "ctr_interval": interval}
