"""The platform's log: lines, how many over time, equal ones together, what stands around one."""

from datetime import UTC, datetime
from typing import Any, Final

from flask_openapi3 import APIBlueprint, Tag

from crier.analytics import formats
from crier.api.http import db, paging
from crier.api.http.access import allow, caller
from crier.api.http.attachments import FILE, attachment
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.logs import (
    AroundQuery,
    LinesAround,
    LogExportQuery,
    LogFilters,
    LogGroup,
    LogGroups,
    LogHistogram,
    LogPath,
    SpannedLogQuery,
    SystemLogAnswer,
    SystemLogPage,
    SystemLogQuery,
)
from crier.domain.span import Span, SpanError
from crier.services.errors import InvalidError
from crier.services.system import logs
from crier.services.system.logs import LogFilter
from crier.storage.models.records import LogRow

EXPORT: Final = "/api/system/logs/export"
_FIELDS: Final = {"from": "since", "to": "until"}
blueprint = APIBlueprint("logs", __name__, abp_tags=[Tag(name="System")])


@blueprint.get("/api/system/logs", responses={200: SystemLogPage})
@allow("platform.read")
def list_system_logs(query: SystemLogQuery) -> Reply:
    """List the log of the whole platform, newest first."""
    found = logs.find(_filter(query, after=query.after))
    rows, cursor = paging.page(found, query, LogRow.id)
    return SystemLogPage(items=_answers(rows), next_cursor=cursor)


@blueprint.get("/api/system/logs/histogram", responses={200: LogHistogram})
@allow("platform.read")
def get_log_histogram(query: SpannedLogQuery) -> Reply:
    """Count the lines of a span by level, in up to 120 steps of time."""
    span = _span(query)
    wanted = _filter(query, since=span.start, until=span.end)
    return LogHistogram.of(logs.histogram(db.session(), wanted, span))


@blueprint.get("/api/system/logs/groups", responses={200: LogGroups})
@allow("platform.read")
def list_log_groups(query: SpannedLogQuery) -> Reply:
    """Count equal messages of a span together, the most frequent first."""
    span = _span(query)
    wanted = _filter(query, since=span.start, until=span.end)
    rows = logs.groups(db.session(), wanted)
    return LogGroups(items=[LogGroup.model_validate(row) for row in rows])


@blueprint.get("/api/system/logs/<int:log_id>/around", responses={200: LinesAround})
@allow("platform.read")
def get_lines_around(path: LogPath, query: AroundQuery) -> Reply:
    """Show a line with those before and after it of the same source, bot, request or broadcast."""
    found = logs.around(db.session(), path.log_id, query.same, query.lines)
    before, line, after = _answers(found.before), _answers([found.line]), _answers(found.after)
    return LinesAround(before=before, line=line[0], after=after)


@blueprint.get(EXPORT, responses={200: FILE, 404: None})
@allow("platform.read")
def export_logs(query: LogExportQuery) -> Reply:
    """Stream the lines that fit as CSV or JSON, newest first.

    Two streams and exports together at a time for each user, else 429.
    """
    streams = deps().streams
    rows = logs.export(streams.reading(), _filter(query))
    file = formats.write(query.format, logs.EXPORTED, rows)
    return attachment(streams.take(caller().user_id, file), query.format, "logs")


def _filter(query: LogFilters, **more: Any) -> LogFilter:
    given = {name: getattr(query, name) for name in LogFilters.model_fields}
    return LogFilter(**given | more)


def _span(query: LogFilters) -> Span:
    """Return the span that a query asks for: the last 24 hours where it names none.

    Raises:
        InvalidError: it is none; names the field.
    """
    try:
        return Span.of(query.since, query.until, datetime.now(UTC))
    except SpanError as error:
        text = str(error).replace("`to`", "`until`")
        raise InvalidError(**{_FIELDS[error.field]: text}) from None


def _answers(rows: list[LogRow]) -> list[SystemLogAnswer]:
    ads = logs.ads(db.session(), rows)
    return [SystemLogAnswer.of(row, ads) for row in rows]
