"""The report on a broadcast as a document: for those who see the ad, and by a link for others."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import flask
from flask_openapi3 import APIBlueprint, Tag

from crier.analytics import pdf
from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.ad_reports import (
    OrderAnswer,
    OrderBody,
    ReportQuery,
    ShareAnswer,
    ShareBody,
    SharedQuery,
)
from crier.api.schemas.ads import AdPath
from crier.services.ads import ads
from crier.services.broadcasts import report_document, reports
from crier.services.caller import Caller
from crier.services.exports import report_links, report_schedules

blueprint = APIBlueprint("ad_reports", __name__, abp_tags=[Tag(name="Advertisements")])
FILE: Final = {
    "description": "The file.",
    "content": {pdf.TYPE: {"schema": {"type": "string", "format": "binary"}}},
}


@blueprint.get("/api/ads/<int:ad_id>/report", responses={200: FILE, 404: None})
@allow("ads.read", limit="60 per minute")
def ad_report(path: AdPath, query: ReportQuery) -> Reply:
    """Give what `statistics` tells of a broadcast as a PDF document, in English as exports are."""
    return _document(caller(), path.ad_id, query.broadcast_id, ZoneInfo(query.tz))


@blueprint.post("/api/ads/<int:ad_id>/report/share", responses={201: ShareAnswer, 404: None})
@allow("ads.read", limit="60 per hour")
def share_report(path: AdPath, body: ShareBody) -> Reply:
    """Make a link by which anybody reads the report, until it ends.

    It shows what its maker may read at that moment. A maker who changes role or is deactivated
    voids it, and so does revoking the API key that made it.
    """
    until = datetime.now(UTC) + timedelta(days=body.days)
    link = report_links.make(
        db.session(), deps().signing, caller(), path.ad_id, body.broadcast_id, body.tz, until
    )
    return ShareAnswer(path=link.path, expires_at=link.until), 201


@blueprint.get("/api/ads/<int:ad_id>/report/schedule", responses={200: OrderAnswer, 404: None})
@allow("account")
def report_schedule(path: AdPath) -> Reply:
    """Tell how often you get the report on an ad by itself, when next, and by which way."""
    return _order(path.ad_id)


@blueprint.put("/api/ads/<int:ad_id>/report/schedule", responses={200: OrderAnswer, 404: None})
@allow("account")
def order_report(path: AdPath, body: OrderBody) -> Reply:
    """Have the report on an ad sent to you, to nobody else: by mail or to your linked chat."""
    report_schedules.order(db.session(), caller(), path.ad_id, body.every, body.tz)
    return _order(path.ad_id)


@blueprint.delete("/api/ads/<int:ad_id>/report/schedule", responses={204: None})
@allow("account")
def stop_report(path: AdPath) -> Reply:
    """Get no reports on an ad by themselves any more."""
    report_schedules.stop(db.session(), caller(), path.ad_id)
    return "", 204


@blueprint.get("/api/ads/report", responses={200: FILE, 404: None})
@allow(limit="60 per minute")
def shared_report(query: SharedQuery) -> Reply:
    """Give the document that a link is for; no other credential is asked for."""
    session, ring = db.session(), deps().signing
    grant, maker = report_links.follow(session, ring, query.grant, query.signature)
    return _document(maker, grant.ad_id, grant.broadcast_id, ZoneInfo(grant.zone))


def _order(ad_id: int) -> OrderAnswer:
    mail_works = deps().settings.mail is not None
    found = report_schedules.order_of(db.session(), caller(), ad_id, mail_works=mail_works)
    return OrderAnswer(every=found.every, tz=found.tz, next_at=found.next_at, channel=found.channel)


def _document(
    reader: Caller, ad_id: int, broadcast_id: int | None, zone: ZoneInfo
) -> flask.Response:
    session, rate = db.session(), deps().settings.send_rate
    ad = ads.get(session, reader, ad_id)
    found = reports.statistics(session, ad, broadcast_id, owner=reader.owner, default_rate=rate)
    document = report_document.write(session, reader, ad, found, zone)
    response = flask.Response(document, mimetype=pdf.TYPE)
    name = f"crier-ad-{ad.id}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
