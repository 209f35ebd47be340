"""The report on a broadcast as a document, for those who see the ad."""

import json
from typing import Final
from zoneinfo import ZoneInfo

import flask
from flask_openapi3 import APIBlueprint, Tag

from crier.analytics import pdf
from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply, as_json
from crier.api.schemas.ad_reports import ReportQuery, StatisticsAnswer
from crier.api.schemas.ads import AdPath
from crier.services.ads import ads
from crier.services.broadcasts import report_document, reports
from crier.services.caller import Caller

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


def _document(
    reader: Caller, ad_id: int, broadcast_id: int | None, zone: ZoneInfo
) -> flask.Response:
    session, owner = db.session(), reader.owner
    ad = ads.get(session, reader, ad_id)
    rate = deps().settings.send_rate
    found = reports.statistics(session, ad, broadcast_id, owner=owner, default_rate=rate)
    figures = json.loads(as_json(StatisticsAnswer.model_validate(found)))
    names = reports.names_of_bots(session, reader, figures["per_bot"])
    response = flask.Response(report_document.write(ad, figures, names, zone), mimetype=pdf.TYPE)
    name = f"crier-ad-{ad.id}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
