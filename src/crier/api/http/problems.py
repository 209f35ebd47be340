"""Every error as `application/problem+json` (RFC 9457), from one place."""

import errno
import logging
import tempfile
from http import HTTPStatus
from typing import Any

import flask
import pydantic
import sqlalchemy.exc
from pydantic_core import ErrorDetails
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge

from crier.api.http.context import request_id
from crier.observability import tracing
from crier.observability.redact import NAME_MAX_CHARS, head
from crier.services.errors import InvalidError, ServiceError, UnavailableError
from crier.storage import outage

log = logging.getLogger(__name__)
_WORDS = {405: "this path does not know this method; `Allow` names those it does"}
Headers = list[tuple[str, str]]
_DETAIL_MAX_CHARS, _MESSAGE_MAX_CHARS = 2000, 500
_OVER: dict[outage.Limit, str] = {
    "statement_timeout": "the question took too long: ask for a shorter span or filter more",
    "lock_timeout": "another change of the same thing is under way; try again in a moment",
}
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def problem(
    status: int,
    detail: str,
    *,
    kind: str = "about:blank",
    errors: list[tuple[str, str]] | None = None,
    headers: Headers | None = None,
) -> flask.Response:
    """Return an error answer of the type `kind`; `errors` are (dotted field, message)."""
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": kind,
        "title": title,
        "status": status,
        "detail": head(detail, _DETAIL_MAX_CHARS),
        "request_id": request_id(),
    }
    if (span := tracing.current()) is not None:
        body["trace_id"] = span.trace_id
    if errors is not None:
        body["errors"] = [
            {"field": head(name, NAME_MAX_CHARS), "message": head(text, _MESSAGE_MAX_CHARS)}
            for name, text in errors
        ]
    response = flask.jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    response.headers.extend(headers or [])
    response.headers["Cache-Control"] = "no-store"
    return response


def from_validation(error: pydantic.ValidationError) -> ServiceError:
    """Return the 422 of flask-openapi3's validation in the form of a use case's own."""
    fields: dict[str, str] = {}
    for item in error.errors(include_url=False):
        path = ".".join(str(part) for part in item["loc"])
        fields.setdefault(path, _words(item))
    raise InvalidError(**fields)


def _words(item: ErrorDetails) -> str:
    """Return what is wrong; of a text with checks of ours, pydantic counts `items`."""
    if isinstance(item["input"], str) and item["type"] in ("too_long", "too_short"):
        is_long = item["type"] == "too_long"
        number = item["ctx"]["max_length" if is_long else "min_length"]
        characters = "character" if number == 1 else "characters"
        return f"String should have at {'most' if is_long else 'least'} {number} {characters}"
    return item["msg"].removeprefix("Value error, ")


def register(app: flask.Flask) -> None:
    """Give the app its error handlers."""
    app.register_error_handler(ServiceError, _service_error)
    app.register_error_handler(HTTPException, _http_error)
    for kind in outage.AWAY_FROM_SESSIONS:
        app.register_error_handler(kind, _database_down)
    app.register_error_handler(OSError, _system_error)
    app.register_error_handler(Exception, _unforeseen)


def _service_error(error: ServiceError) -> flask.Response:
    fields = list(error.fields.items()) if isinstance(error, InvalidError) else None
    headers: Headers = []
    if error.retry_after_s is not None:
        headers.append(("Retry-After", str(error.retry_after_s)))
    if error.status == 401:
        headers.append(("WWW-Authenticate", 'Bearer realm="crier"'))
    return problem(error.status, str(error), kind=error.kind, errors=fields, headers=headers)


def _http_error(error: HTTPException) -> flask.typing.ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()
    if isinstance(error, InternalServerError):
        detail = "something went wrong here; the request id finds it in the logs"
    elif isinstance(error, RequestEntityTooLarge):
        detail = f"the body is over {flask.request.max_content_length:,} bytes"
    else:
        detail = _WORDS.get(status) or error.description or HTTPStatus(status).phrase
    kept = [(k, v) for k, v in error.get_headers() if k in ("Allow", "Retry-After")]
    return problem(status, detail, headers=kept)


def _database_down(error: sqlalchemy.exc.SQLAlchemyError) -> flask.Response:
    cause = getattr(error, "orig", None) or error
    if limit := outage.limit_of(cause):
        log.warning(limit, extra={"path": flask.request.path})
        return _service_error(UnavailableError(_OVER[limit]))
    log.error("database_unavailable", extra={"error": type(cause).__name__})
    return _service_error(UnavailableError("the database does not answer; try again in a moment"))


def _system_error(error: OSError) -> flask.typing.ResponseReturnValue:
    """Tell a full disk as such (of temporary files: an upload lies in one while it is read)."""
    if error.errno not in _NO_ROOM:
        return _unforeseen(error)
    log.error("no_room", extra={"folder": tempfile.gettempdir(), "error": str(error)})
    return _service_error(UnavailableError(f"no room on this machine: {error.strerror}"))


def _unforeseen(error: Exception) -> flask.typing.ResponseReturnValue:
    log.exception("request_failed", extra={"error": type(error).__name__})
    return _http_error(InternalServerError())
