"""Flask as Crier uses it: strict JSON in, schemas out, ids of 64 bits, a commit in time."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import flask
import msgspec
from flask_openapi3 import OpenAPI
from pydantic import BaseModel
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.http import parse_date
from werkzeug.routing import BaseConverter, IntegerConverter, Rule

from crier.api.http import db
from crier.api.http.deps import deps
from crier.api.schemas.base import MAX_ID, NO_MONEY

_DATES = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_RANGE")
_SAFE = ("GET", "HEAD", "OPTIONS")
MAX_VALUES = 30_000
"""Of one body. Each may be wrong, and to say so takes some microseconds that nobody else gets."""
Reply = BaseModel | tuple[BaseModel, int] | flask.Response | tuple[str, int]


class Request(flask.Request):
    """A request whose JSON is decoded once and strictly."""

    def __init__(self, environ: dict[str, Any], *args: Any, **options: Any) -> None:
        for name in _DATES:
            if name in environ and not _is_readable(environ[name]):
                del environ[name]  # as HTTP has it: a date that cannot be read counts as none
        super().__init__(environ, *args, **options)

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Return the body's text, checked: UTF-8, JSON of sane depth and numbers, an object.

        A text, because pydantic then validates as it does JSON (a date is a string, a number is
        none). No body at all counts as `{}`, so that a body of optional fields may be left out.

        Raises:
            UnsupportedMediaType, BadRequest, RequestEntityTooLarge: as HTTP has them.
        """
        raw = self.get_data(cache=True)
        if not raw and not self.mimetype:
            return "{}"
        if self.mimetype != "application/json" or self.content_encoding:
            raise UnsupportedMediaType("send application/json, not compressed")
        if self.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType("send JSON in UTF-8")
        try:
            text = raw.decode()
            values = _count(msgspec.json.decode(raw or b"{}"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest(f"the body is no JSON: {error}") from None
        if values > MAX_VALUES:
            raise BadRequest(f"the body holds more than {MAX_VALUES:,} values")
        return text or "{}"


def _is_readable(date: str) -> bool:
    """Return whether Werkzeug can look at a date: a year of many digits overflows there."""
    try:
        parse_date(date)
    except OverflowError:
        return False
    return True


def _count(decoded: Any) -> int:
    """Return how many values a piece of JSON holds, beyond `MAX_VALUES` not all of them."""
    count, waiting = 0, [decoded]
    while waiting and count <= MAX_VALUES:
        value = waiting.pop()
        if isinstance(value, dict | list):
            count += len(value)
            waiting += value.values() if isinstance(value, dict) else value
    return count


def _up_to(limit: str) -> str:
    """Return a pattern of the numbers up to `limit` and no other."""
    smaller = [rf"[0-9]{{1,{len(limit) - 1}}}"]
    for place, digit in enumerate(limit):
        if digit != "0":
            rest = len(limit) - place - 1
            smaller.append(rf"{limit[:place]}[0-{int(digit) - 1}][0-9]{{{rest}}}")
    return "|".join([*smaller, limit])


class IdConverter(IntegerConverter):
    """An id in a path: what is no integer of 64 bits is no page at all.

    By its pattern, not by `to_python`: a rule that fails there would become a 405 where the path
    has other methods.
    """

    regex = f"(?!0)(?:{_up_to(str(MAX_ID))})"


class PageConverter(BaseConverter):
    """A path of the dashboard: any but the API's, short links and assets."""

    regex = r"(?!(?:api|r|assets)(?:/|$)).*?"
    part_isolating = False


class LazyRule(Rule):
    """A route that learns to write its own path when it is first asked to.

    None of ours ever is, and compiling that for all took three quarters of the time that it takes
    to make the API. Threads that ask at the same moment compile the same twice.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(partial(super()._compile_builder, append_unknown))

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            return compiled()(rule, **values)

        return build


class App(OpenAPI):
    """The application object."""

    request_class = Request
    url_rule_class = LazyRule

    def dispatch_request(self) -> flask.Response:
        """Answer, and end the transaction before anything is sent."""
        response = self.make_response(super().dispatch_request())
        db.finish(commit=response.status_code < 400)
        if flask.request.method not in _SAFE and "caller" in flask.g:
            deps().answers.forget(flask.g.caller)
        return response

    def make_response(self, rv: Any) -> flask.Response:
        """Accept a schema, or a schema and a status, besides what Flask accepts."""
        body, *rest = rv if isinstance(rv, tuple) else (rv,)
        if isinstance(body, BaseModel):
            rv = (answer(body), *rest) if rest else answer(body)
        return super().make_response(rv)


def answer(body: BaseModel) -> flask.Response:
    """Return a schema as a JSON answer."""
    return flask.Response(as_json(body), mimetype="application/json")


def as_json(body: BaseModel) -> str:
    """Return a schema as JSON, without amounts of money where the caller may not see them."""
    asking = flask.g.get("caller")
    context = None if asking is None or asking.may("money.read") else NO_MONEY
    return body.model_dump_json(by_alias=True, context=context)
