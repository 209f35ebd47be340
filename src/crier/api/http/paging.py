"""Lists by key: a cursor names the last row seen, so pages neither skip nor repeat rows.

A cursor is the row's key values, sealed with a truncated HMAC under the signing ring's newest key
derivation; one that was made up or belongs to another list is 422.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import flask
import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from crier.api.http import db
from crier.api.http.deps import deps
from crier.api.schemas.base import PageQuery
from crier.services.errors import InvalidError

Row = TypeVar("Row")
Values = tuple[int | str, ...]
_MAC_BYTES = 10
_BAD = "is no cursor of this list"


def encode(values: Sequence[Any]) -> str:
    """Return a cursor that stands for a row of the current list."""
    plain = [v.isoformat() if isinstance(v, datetime) else v for v in values]
    body = msgspec.json.encode(plain)
    return base64.urlsafe_b64encode(_mac(body, deps().signing.newest) + body).decode().rstrip("=")


def decode(cursor: str) -> Values:
    """Return the key values in a cursor of the current list.

    Raises:
        InvalidError: nobody here made it, or it belongs to another list.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        ring = deps().signing.keys()
        if not any(hmac.compare_digest(mac, _mac(body, key)) for key in ring):
            raise InvalidError(cursor=_BAD)
        return tuple(msgspec.json.decode(body, type=list[int | str]))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise InvalidError(cursor=_BAD) from None


def page(
    statement: sa.Select[Any],
    query: PageQuery,
    *keys: InstrumentedAttribute[Any] | sa.ColumnElement[Any],
    ascending: bool = False,
    scalars: bool = True,
) -> tuple[list[Any], str | None]:
    """Fetch one page of `statement` in the request's session, and the cursor of the next.

    Args:
        keys: columns that order the list and together are unique; also attributes of the rows.
        ascending: oldest first; newest first otherwise.
        scalars: whether the statement selects one entity, and rows are that entity.
    """
    order: list[Any] = [key.asc() if ascending else key.desc() for key in keys]
    statement = statement.order_by(*order).limit(query.limit + 1)
    if query.cursor is not None:
        statement = statement.where(_beyond(keys, decode(query.cursor), ascending=ascending))
    result = db.session().execute(statement)
    rows: list[Any] = list(result.scalars() if scalars else result)
    if len(rows) <= query.limit:
        return rows, None
    rows = rows[: query.limit]
    return rows, encode([getattr(rows[-1], _name(key)) for key in keys])


def page_of(
    fetch: Callable[[Values | None, int], Sequence[Row]],
    query: PageQuery,
    key: Callable[[Row], Sequence[Any]],
) -> tuple[list[Row], str | None]:
    """Do the same for hand-written SQL: `fetch(values of the last row or None, how many)`."""
    after = None if query.cursor is None else decode(query.cursor)
    rows = list(fetch(after, query.limit + 1))
    if len(rows) <= query.limit:
        return rows, None
    rows = rows[: query.limit]
    return rows, encode(key(rows[-1]))


def _beyond(keys: Sequence[Any], values: Values, *, ascending: bool) -> sa.ColumnElement[bool]:
    if len(values) != len(keys):
        raise InvalidError(cursor=_BAD)
    bound = [
        sa.cast(sa.literal(str(value)), key.type) if isinstance(value, str) else sa.literal(value)
        for key, value in zip(keys, values, strict=True)
    ]
    left, right = sa.tuple_(*keys), sa.tuple_(*bound)
    return left > right if ascending else left < right


def _name(key: Any) -> str:
    return str(key.key)


def _mac(body: bytes, key: Any) -> bytes:
    secret, place = key.derive("cursor"), flask.request.path.encode()
    return hmac.digest(secret, place + b"\0" + body, hashlib.sha256)[:_MAC_BYTES]
