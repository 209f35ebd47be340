"""Exports that are written as files: asked for, followed, fetched by a link, deleted."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import flask
from flask_openapi3 import APIBlueprint, Tag

from crier.analytics import datasets, formats, parquet
from crier.api.http import db, paging, problems, ranges
from crier.api.http.access import allow, caller, require_fresh
from crier.api.http.attachments import FILE
from crier.api.http.authentication import address
from crier.api.http.deps import deps
from crier.api.http.idempotency import idempotent
from crier.api.http.ranges import Part
from crier.api.http.web import Reply
from crier.api.schemas.base import PageQuery
from crier.api.schemas.exports import (
    ExportAnswer,
    ExportBody,
    ExportFileQuery,
    ExportPath,
    Exports,
)
from crier.api.server.bridge import STREAMED
from crier.services.errors import InvalidError
from crier.services.exports import links, orders
from crier.services.exports.orders import ExportOrder
from crier.services.exports.selection import Named
from crier.storage.models.records import Export

blueprint = APIBlueprint("exports", __name__, abp_tags=[Tag(name="Analytics")])
_PART: Final = {**FILE, "description": "The part of the file that `Range` asks for."}


@blueprint.post("/api/analytics/exports", responses={202: ExportAnswer, 404: None})
@allow("exports")
@idempotent
def create_export(body: ExportBody) -> Reply:
    """Have a dataset written as a file: for what is large, or may have to be resumed.

    A worker writes it; `rows_written` and `percent` tell how far it is. Three at a time for each
    account, and files of `CRIER_EXPORTS_GB` together, else 429. It holds what the one who asked may
    read when it is written.
    """
    if body.dataset in datasets.OF_PEOPLE:
        require_fresh()
    if body.format == "parquet" and not parquet.is_installed():
        raise InvalidError(format="Parquet is not installed here: install `crier[parquet]`")
    named = Named(body.bot_id, body.ad_id, body.broadcast_id)
    order = ExportOrder(body.dataset, body.format, body.from_, body.to, named)
    asked = body.model_dump(mode="json", exclude_none=True, by_alias=True)
    max_bytes = deps().settings.exports_max_bytes
    export = orders.create(db.session(), caller(), order, max_bytes=max_bytes, asked=asked)
    return _answer(export), 202


@blueprint.get("/api/analytics/exports", responses={200: Exports})
@allow("exports")
def list_exports(query: PageQuery) -> Reply:
    """List own exports, the newest first."""
    rows, cursor = paging.page(orders.query(caller()), query, Export.id)
    return Exports(items=[_answer(export) for export in rows], next_cursor=cursor)


@blueprint.get("/api/analytics/exports/<int:export_id>", responses={200: ExportAnswer})
@allow("exports")
def get_export(path: ExportPath) -> Reply:
    """Show how far an own export is, and once it is finished where its file is fetched."""
    return _answer(orders.get(db.session(), caller(), path.export_id))


@blueprint.delete("/api/analytics/exports/<int:export_id>", responses={204: None})
@allow("exports")
def delete_export(path: ExportPath) -> Reply:
    """End an own export that is not finished, and delete it with its file."""
    orders.delete(db.session(), caller(), path.export_id)
    return "", 204


@blueprint.get(
    "/api/analytics/exports/<int:export_id>/file",
    responses={200: FILE, 206: _PART, 404: None, 416: None},
)
@allow(limit="60 per minute")
def download_export(path: ExportPath, query: ExportFileQuery) -> Reply:
    """Fetch the file of an export by its link; no other credential is asked for.

    `Range` gives a part, and `If-Range` with the `ETag` of before makes sure that it is of the same
    file. Two streams at a time for each account, else 429.
    """
    export, creator = links.follow(
        db.session(), deps().signing, path.export_id, query.until, query.signature, ip=address()
    )
    assert export.sha256 is not None
    etag = export.sha256.hex()
    part = ranges.wanted(etag, export.size)
    if part is None:
        headers = [("Content-Range", f"bytes */{export.size}")]
        return problems.problem(416, "the file has no such part", headers=headers)
    response = flask.Response(status=200 if part.is_whole else 206)
    if flask.request.method != "HEAD":
        response.response = deps().streams.take(export.user_id, _bytes(export, part))
        flask.request.environ[STREAMED] = True
        links.record(db.session(), creator, export, part.start, part.end)
    _describe(response, export, part, etag)
    return response


def _describe(response: flask.Response, export: Export, part: Part, etag: str) -> None:
    headers = response.headers
    headers["Content-Type"] = formats.TYPES[orders.order_of(export).format]
    headers["Content-Disposition"] = f'attachment; filename="{export.file_name}"'
    headers["Content-Length"] = str(part.end - part.start)
    headers["Accept-Ranges"] = "bytes"
    headers["Cache-Control"] = "no-store"
    response.set_etag(etag)
    if not part.is_whole:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{export.size}"


def _bytes(export: Export, part: Part) -> Iterator[bytes]:
    assert export.file_id is not None
    assert export.file_name is not None
    span = range(part.start, part.end)
    return deps().uploads.read_parts(export.file_id, export.file_name, span)


def _answer(export: Export) -> ExportAnswer:
    link = links.link_to(db.session(), deps().signing, export, datetime.now(UTC))
    fields: dict[str, Any] = {
        name: getattr(export, name, None) for name in ExportAnswer.model_fields
    }
    if export.rows_total is not None:
        whole = max(export.rows_total, export.rows_written)
        fields["percent"] = round(100 * export.rows_written / whole, 1) if whole else 100.0
    if link is not None:
        fields |= {"download_url": link.path, "download_expires_at": link.until}
    return ExportAnswer.model_validate(fields)
