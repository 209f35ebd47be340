"""Figures and exports."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel

from crier.analytics import ads as ad_figures
from crier.analytics import datasets, formats, origins, parquet, people, reports
from crier.analytics.activity import Whose
from crier.api.http import db, paging
from crier.api.http.access import allow, caller, require_fresh
from crier.api.http.attachments import FILE, attachment
from crier.api.http.deps import deps
from crier.api.http.kept import kept
from crier.api.http.web import Reply
from crier.api.schemas.ad_figures import (
    AdBotAnswer,
    AdFiguresAnswer,
    AdFiguresPath,
    AdFiguresQuery,
    AdHourAnswer,
    AdLanguageAnswer,
    AdLossesAnswer,
    AdPriceAnswer,
    ClickedLinkAnswer,
    CompareQuery,
    ComparisonAnswer,
)
from crier.api.schemas.analytics import (
    ActivePeopleAnswer,
    AdAnalytics,
    AdAnalyticsAnswer,
    AdAnalyticsQuery,
    AnalyticsBotPath,
    AnalyticsQuery,
    BotAnalyticsAnswer,
    DashboardAnswer,
    ExportQuery,
    OriginAnswer,
    OriginsAnswer,
    OriginsQuery,
    PeopleAnswer,
    PeopleQuery,
    SubscribedPeopleAnswer,
)
from crier.domain.span import Span, SpanError
from crier.services.ads import ads
from crier.services.bots import bots
from crier.services.errors import InvalidError
from crier.services.exports import selection
from crier.services.exports.selection import Named
from crier.storage.models.ads import Advertisement

blueprint = APIBlueprint("analytics", __name__, abp_tags=[Tag(name="Analytics")])
EXPORT: Final = "/api/analytics/export"
_DEFAULT: Final = timedelta(days=30)


@blueprint.get("/api/analytics/dashboard", responses={200: DashboardAnswer})
@allow("bots.read")
@kept
def get_dashboard(query: AnalyticsQuery) -> BaseModel:
    """Show everything at a glance: own things, or everybody's for admin and viewer."""
    with _span_errors():
        span = _span(query.from_, query.to)
        session, owner, zone = db.session(), caller().owner, ZoneInfo(query.tz)
        found = reports.dashboard(session, owner, span, query.bucket, zone)
        if query.compare:
            found["previous"] = reports.totals(session, owner, span.before(zone))
    return DashboardAnswer.model_validate(found)


@blueprint.get("/api/analytics/bots/<int:bot_id>", responses={200: BotAnalyticsAnswer})
@allow("bots.read")
@kept
def get_bot_analytics(path: AnalyticsBotPath, query: AnalyticsQuery) -> BaseModel:
    """Show growth, retention by week, activity by hour of week and delivery health of a bot."""
    with _span_errors():
        span = _span(query.from_, query.to)
        session, zone = db.session(), ZoneInfo(query.tz)
        bot = bots.get(session, caller(), path.bot_id)
        found = reports.bot(session, bot.id, span, query.bucket, zone)
        if query.compare:
            found["previous"] = reports.bot_totals(session, bot.id, span.before(zone))
    return BotAnalyticsAnswer.model_validate(found)


@blueprint.get("/api/analytics/bots/<int:bot_id>/origins", responses={200: OriginsAnswer})
@allow("bots.read")
@kept
def get_origins(path: AnalyticsBotPath, query: OriginsQuery) -> BaseModel:
    """Show what became of the chats that joined in the span, by deep link and by language."""
    with _span_errors():
        span = _span(query.from_, query.to)
    bot = bots.get(db.session(), caller(), path.bot_id)
    sources, languages = origins.origins(db.session(), bot.id, span)
    return OriginsAnswer(
        sources=[OriginAnswer.model_validate(row) for row in sources],
        languages=[OriginAnswer.model_validate(row) for row in languages],
    )


@blueprint.get("/api/analytics/people", responses={200: PeopleAnswer, 404: None})
@allow("bots.read")
@kept
def get_people(query: PeopleQuery) -> BaseModel:
    """Different people who wrote in each day, week or month, and who are subscribed.

    Of one's own bots, of everybody's for admin and viewer, or of one bot.
    """
    with _span_errors():
        span = _span(query.from_, query.to)
        span.cut("day")
    session, whose = db.session(), Whose(caller().owner)
    if query.bot_id is not None:
        whose = Whose(bot_id=bots.get(session, caller(), query.bot_id).id)
    found = people.people(session, whose, span, query.bucket)
    return PeopleAnswer(
        bucket=query.bucket,
        counted_until=found.until,
        subscribed=found.subscribed and SubscribedPeopleAnswer.model_validate(found.subscribed),
        series=[ActivePeopleAnswer.model_validate(row) for row in found.series],
    )


@blueprint.get("/api/analytics/ads", responses={200: AdAnalytics})
@allow("ads.read")
@kept
def get_ad_analytics(query: AdAnalyticsQuery) -> BaseModel:
    """Show a row for each ad, newest first: what came of its broadcasts that began in the span."""
    span = selection.whole_span(query.from_, query.to)
    wanted = ads.query(caller())
    if query.ad_id is not None:
        wanted = wanted.where(Advertisement.id == query.ad_id)
    rows, cursor = paging.page(wanted, query, Advertisement.id)
    ids = [ad.id for ad in rows]
    found = reports.ads(db.session(), ids, span)
    before = {}
    if query.compare:
        before = reports.ads(db.session(), ids, span.before(ZoneInfo(query.tz)))
    items = [
        AdAnalyticsAnswer.model_validate({**_line(ad, found[ad.id]), "previous": before.get(ad.id)})
        for ad in rows
    ]
    return AdAnalytics(items=items, next_cursor=cursor)


@blueprint.get("/api/analytics/ads/compare", responses={200: ComparisonAnswer, 404: None})
@allow("ads.read")
@kept
def compare_ads(query: CompareQuery) -> BaseModel:
    """Compare the click rates of two ads: their broadcasts that began in the span."""
    span = selection.whole_span(query.from_, query.to)
    one, other = (
        ads.get(db.session(), caller(), number).id for number in (query.ad_id, query.other_id)
    )
    found = ad_figures.compare(db.session(), one, other, span)
    return ComparisonAnswer.model_validate(found)


@blueprint.get("/api/analytics/ads/<int:ad_id>", responses={200: AdFiguresAnswer})
@allow("ads.read")
@kept
def get_ad_figures(path: AdFiguresPath, query: AdFiguresQuery) -> BaseModel:
    """Show an ad's figures by bot, by link and by hour of the week, and what it lost.

    Those are of its broadcasts that began in the span.
    """
    span, session = selection.whole_span(query.from_, query.to), db.session()
    ad = ads.get(session, caller(), path.ad_id)
    # An advertiser sees what came of the ad through the bots of others.
    owner = None if caller().role == "advertiser" else caller().owner
    parts = ad_figures.by_bot(session, ad.id, span, owner)
    hours = ad_figures.by_hour_of_week(session, ad.id, span, ZoneInfo(query.tz))
    languages = ad_figures.by_language(session, ad.id, span, owner)
    return AdFiguresAnswer(
        ad_id=ad.id,
        tz=query.tz,
        bots=[AdBotAnswer.model_validate(row) for row in parts],
        links=[
            ClickedLinkAnswer.model_validate(row)
            for row in ad_figures.by_link(session, ad.id, span, owner)
        ],
        languages=[AdLanguageAnswer.model_validate(row) for row in languages],
        languages_pending=sum(row.sent for row in parts) - sum(row.sent for row in languages),
        losses=AdLossesAnswer.model_validate(ad_figures.losses(session, ad.id, span, owner)),
        prices=[
            AdPriceAnswer.model_validate(row) for row in ad_figures.prices(session, ad.id, span)
        ],
        hours=[AdHourAnswer.model_validate(row) for row in hours],
    )


@blueprint.get(EXPORT, responses={200: FILE, 404: None})
@allow("exports")
def export(query: ExportQuery) -> Reply:
    """Stream a dataset as CSV, JSON, XLSX or Parquet; it starts at once whatever the size.

    It is read as it goes out: each row is as it was when its part was read, and a row that is there
    all the time is in the file exactly once. Two exports at a time for each user, else 429. Texts
    that a spreadsheet would run as a formula get an apostrophe in front in CSV and XLSX. It cannot
    be resumed: for large ones ask for a file (`POST /api/analytics/exports`).
    `recipients` needs `ad_id` or `broadcast_id`. Parquet needs the extra `crier[parquet]`; 422
    where that is not installed.
    """
    if query.dataset in datasets.OF_PEOPLE:
        require_fresh()
    if query.format == "parquet" and not parquet.is_installed():
        raise InvalidError(format="Parquet is not installed here: install `crier[parquet]`")
    streams, named = deps().streams, Named(query.bot_id, query.ad_id, query.broadcast_id)
    span = selection.whole_span(query.from_, query.to)
    wanted = selection.select(db.session(), caller(), query.dataset, span, named)
    rows = datasets.rows(streams.reading(), wanted)
    body = streams.take(
        caller().user_id, formats.write(query.format, datasets.COLUMNS[query.dataset], rows)
    )
    # Last, for it holds the lock of the audit log until the answer begins.
    asked = query.model_dump(mode="json", exclude_none=True, by_alias=True)
    selection.record(db.session(), caller(), query.dataset, asked)
    return attachment(body, query.format, query.dataset)


def _line(ad: Advertisement, sums: dict[str, object]) -> dict[str, object]:
    named = {name: getattr(ad, name) for name in ("id", "title", "status", "created_at")}
    return {**named, "ad_id": ad.id, "currency": ad.currency, **sums}


def _span(start: datetime | None, end: datetime | None) -> Span:
    """Return the span asked for: the last 30 days where no start is given.

    Raises:
        SpanError: it cannot be answered for.
    """
    now = datetime.now(UTC)
    return Span.of(start or (end or now) - _DEFAULT, end, now)


@contextmanager
def _span_errors() -> Iterator[None]:
    """Name the field of a span that cannot be answered for in a 422."""
    try:
        yield
    except SpanError as error:
        raise InvalidError(**{error.field: str(error)}) from None
