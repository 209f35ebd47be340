"""`Idempotency-Key`: the same request twice does its work once and gets the first answer twice.

The key's row is inserted in the request's own transaction, so the primary key (user, path, key)
makes a second request with it wait until the first has ended; then it finds either the first
answer, or (after an error, which rolled everything back) nothing, and goes on itself. A key is good
for 24 h. Answers are kept sealed, for they are private, and without what is shown once (a new API
key): in a replay it is null. Bodies are kept only as a keyed hash, for one may hold a password.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from functools import wraps
from re import Pattern
from typing import Any, TypeVar

import flask
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from crier.api.http import db
from crier.api.http.deps import deps
from crier.api.http.web import as_json
from crier.api.schemas.base import Answer
from crier.observability.redact import scrub
from crier.secrets.vault import IDEMPOTENT_ANSWER
from crier.services.errors import ConflictError, InvalidError
from crier.storage.models.people import IdempotencyKey

HEADER = "Idempotency-Key"
KEPT = "24 hours"
NOBODY = 0
_SANE: Pattern[str] = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
View = TypeVar("View", bound=Callable[..., Any])


class Replay(Exception):  # noqa: N818 (no error: it carries an answer)
    """An earlier request with this key has its answer; the error handler gives it."""

    def __init__(self, response: flask.Response) -> None:
        super().__init__()
        self.response = response


def idempotent(view: View) -> View:
    """Honour the header on a view that creates or launches something; stands under `@allow`."""

    @wraps(view)
    def wrapped(**arguments: Any) -> Any:
        if HEADER not in flask.request.headers:
            return view(**arguments)
        claim()
        flask.g.claim_idempotency_key = claim
        result = view(**arguments)
        response = flask.current_app.make_response(result)
        if response.status_code < 400:
            _keep(response, _again(result) or response.get_data(as_text=True))
        return response

    wrapped.idempotent = True  # type: ignore[attr-defined]
    return wrapped  # type: ignore[return-value]


def claim() -> None:
    """Take the key in this transaction.

    Raises:
        Replay: it has been used with the same body.
        ConflictError: it has been used with another body.
        InvalidError: it is no sane key.
    """
    identity = _identity()
    new = {**identity, "body_hash": _body_hash()}
    session = db.session()
    session.execute(
        sa.delete(IdempotencyKey)
        .filter_by(**identity)
        .where(IdempotencyKey.created_at < sa.func.now() - sa.text(f"interval '{KEPT}'"))
    )
    statement = insert(IdempotencyKey).values(new).on_conflict_do_nothing()
    if session.execute(statement.returning(IdempotencyKey.user_id)).one_or_none() is None:
        _replay(
            session.scalars(sa.select(IdempotencyKey).filter_by(**identity)).one(), new["body_hash"]
        )


def replay(error: Replay) -> flask.Response:
    """Handle `Replay`, which is raised where a request was answered before."""
    return error.response


def _identity() -> dict[str, Any]:
    key = flask.request.headers[HEADER]
    if not _SANE.fullmatch(key) or scrub(key) != key:
        raise InvalidError(**{HEADER: "must be 1 to 200 printable ASCII characters without spaces"})
    caller = flask.g.get("caller")
    return {
        "user_id": caller.user_id if caller else NOBODY,
        "path": flask.request.path[:200],
        "key": key,
    }


def _body_hash() -> bytes:
    # Under the oldest key, which stays when a newer one comes.
    secret = deps().signing.keys()[-1].derive("idempotency")
    body = flask.request.query_string + b"\0" + flask.request.get_data()
    caller = flask.g.get("caller")
    if caller and caller.team:  # what was made in one organisation is no answer in another
        body += b"\0%d" % caller.team.id
    return hmac.digest(secret, body, hashlib.sha256)


def _replay(row: IdempotencyKey, body_hash: bytes) -> None:
    if not hmac.compare_digest(row.body_hash, body_hash):
        raise ConflictError(f"this {HEADER} was used with another body: take a new one")
    assert row.response is not None
    response = flask.Response(
        deps().vault.open(row.response, IDEMPOTENT_ANSWER),
        status=row.status,
        mimetype="application/json",
        headers={"Idempotency-Replayed": "true"},
    )
    raise Replay(response)


def _again(result: Any) -> str | None:
    """Return what a replay gives instead of an answer that shows secrets; None where it shows
    none."""
    body = result[0] if isinstance(result, tuple) else result
    if not isinstance(body, Answer) or not body.SHOWN_ONCE:
        return None
    return as_json(body.model_copy(update=dict.fromkeys(body.SHOWN_ONCE)))


def _keep(response: flask.Response, text: str) -> None:
    db.session().execute(
        sa.update(IdempotencyKey)
        .filter_by(**_identity())
        .values(
            status=response.status_code,
            response=deps().vault.seal(text, IDEMPOTENT_ANSWER),
        )
    )
