"""Status and performance of the platform."""

from zoneinfo import ZoneInfo

from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel

from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.kept import kept
from crier.api.http.web import Reply
from crier.api.routes.bot_reports import span_of
from crier.api.schemas.system import (
    BreakdownAnswer,
    BreakdownQuery,
    PerformanceAnswer,
    ProcessesAnswer,
    SeriesQuery,
    StatusAnswer,
    WorkerCount,
    WorkerPath,
)
from crier.services.system import performance, status, supervisor

blueprint = APIBlueprint("system", __name__, abp_tags=[Tag(name="System")])


@blueprint.get("/api/system/status", responses={200: StatusAnswer})
@allow("platform.read")
def get_system_status() -> Reply:
    """Show the parts that the platform stands on, its workers, queues and processes."""
    found = status.processing(db.session())
    components = deps().probe.components(db.session(), found)
    processes = supervisor.processes(deps().settings)
    return StatusAnswer.model_validate(
        {"components": components, **found._asdict(), "processes": processes}
    )


@blueprint.post("/api/system/workers/<name>/restart", responses={202: ProcessesAnswer})
@allow("platform.run")
def restart_worker(path: WorkerPath) -> Reply:
    """Restart one worker of this machine.

    Its sessions and deliveries reach a safe point and go on elsewhere, or in the new one.
    """
    supervisor.restart_worker(db.session(), caller(), deps().settings, path.name)
    processes = supervisor.processes(deps().settings)
    return ProcessesAnswer.model_validate({"processes": processes}), 202


@blueprint.put("/api/system/workers", responses={202: ProcessesAnswer})
@allow("platform.run")
def set_workers(body: WorkerCount) -> Reply:
    """Change how many workers run on this machine.

    It holds until the platform is started again.
    """
    processes = supervisor.set_workers(db.session(), caller(), deps().settings, body.count)
    return ProcessesAnswer.model_validate({"processes": processes}), 202


@blueprint.get("/api/system/performance", responses={200: PerformanceAnswer})
@allow("platform.read")
@kept
def get_performance(query: SeriesQuery) -> BaseModel:
    """Show rates, latencies, errors, waiting and queue lag over time.

    Ten seconds are kept for 6 hours, minutes for 7 days, hours for 100 days, days for ever.
    """
    asked = (db.session(), span_of(query), query.bucket, ZoneInfo(query.tz))
    found = performance.series(*asked)
    if query.compare:
        found |= performance.comparison(*asked)
    return PerformanceAnswer.model_validate(found)


@blueprint.get("/api/system/performance/breakdown", responses={200: BreakdownAnswer})
@allow("platform.read")
@kept
def get_performance_breakdown(query: BreakdownQuery) -> BaseModel:
    """Show the same by route, bot or process: sums of the span, or the series of one."""
    zone = ZoneInfo(query.tz)
    found = performance.breakdown(
        db.session(),
        query.by,
        span_of(query),
        query.bucket,
        zone,
        query.name,
        default_rate=deps().settings.send_rate,
    )
    return BreakdownAnswer.model_validate(found)
