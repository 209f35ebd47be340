"""How a bot is doing: status, figures and log."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel

from crier.analytics.reports import bot_totals, chosen
from crier.api.http import db, paging
from crier.api.http.access import allow, caller
from crier.api.http.kept import kept
from crier.api.http.web import Reply
from crier.api.schemas.bots import (
    BotMetricsAnswer,
    BotPath,
    BotStatusAnswer,
    LogPage,
    LogQuery,
    MetricsQuery,
    SpanQuery,
)
from crier.domain.span import Span, SpanError
from crier.services.bots import bots, reports
from crier.services.errors import InvalidError
from crier.services.system import logs
from crier.services.system.logs import LogFilter
from crier.storage.models.records import LogRow

blueprint = APIBlueprint("bot_reports", __name__, abp_tags=[Tag(name="Bots")])


@blueprint.get("/api/bots/<int:bot_id>/status", responses={200: BotStatusAnswer})
@allow("bots.read")
def get_status(path: BotPath) -> Reply:
    """Show how the bot's session is doing now."""
    bot = bots.get(db.session(), caller(), path.bot_id)
    return BotStatusAnswer.model_validate(reports.status(db.session(), bot))


@blueprint.get("/api/bots/<int:bot_id>/metrics", responses={200: BotMetricsAnswer})
@allow("bots.read")
@kept
def get_metrics(path: BotPath, query: MetricsQuery) -> BaseModel:
    """Show figures of the bot, as sums and as a series without gaps."""
    span = span_of(query)
    bot = bots.get(db.session(), caller(), path.bot_id)
    try:
        bucket = chosen(db.session(), span, query.bucket)
    except SpanError as error:
        raise InvalidError(**{error.field: str(error)}) from None
    zone = ZoneInfo(query.tz)
    found = reports.metrics(db.session(), bot, span, bucket, zone)
    if query.compare:
        found["previous"] = bot_totals(db.session(), bot.id, span.before(zone))
    return BotMetricsAnswer.model_validate(found)


@blueprint.get("/api/bots/<int:bot_id>/logs", responses={200: LogPage})
@allow("bots.read")
def get_logs(path: BotPath, query: LogQuery) -> Reply:
    """List the bot's log, newest first."""
    bot = bots.get(db.session(), caller(), path.bot_id)
    wanted = LogFilter(
        bot_id=bot.id, level=query.level, since=query.since, until=query.until, q=query.q
    )
    rows, cursor = paging.page(logs.find(wanted), query, LogRow.id)
    return LogPage(items=rows, next_cursor=cursor)


def span_of(query: SpanQuery) -> Span:
    """Return the span that a query asks for.

    Raises:
        InvalidError: it is none; names the field.
    """
    try:
        return Span.of(query.from_, query.to, datetime.now(UTC))
    except SpanError as error:
        raise InvalidError(**{error.field: str(error)}) from None
