"""Views whose answers are kept for seconds (`answers.py`)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from typing import Any, Final, Protocol

import flask
from pydantic import BaseModel

from crier.api.http import db
from crier.api.http.access import caller
from crier.api.http.answers import LIVE_S, PAST_S, Question
from crier.api.http.deps import deps
from crier.api.http.web import as_json

_SETTLED_AFTER: Final = timedelta(minutes=5)


class SpanOf(Protocol):
    """A query with a span of time."""

    to: datetime | None


def kept(view: Callable[..., BaseModel]) -> Callable[..., flask.Response]:
    """Declare that the answers of a view are kept; its query has a span of time.

    `Cache-Control: no-cache` in a request has the answer made anew (RFC 9111, 5.2.1.4).
    """

    @wraps(view)
    def answer(**given: Any) -> flask.Response:
        asked = [f"{name}={value.model_dump_json()}" for name, value in sorted(given.items())]
        question = Question(
            " ".join([view.__module__, view.__name__, *asked]), caller(), _seconds(given["query"])
        )
        body, age_s = deps().answers.give(
            question,
            lambda: as_json(view(**given)).encode(),
            release=partial(db.finish, commit=True),
            is_new=bool(flask.request.cache_control.no_cache),
        )
        response = flask.Response(body, mimetype="application/json")
        response.headers["Age"] = str(int(age_s))
        return response

    return answer


def _seconds(query: SpanOf) -> int:
    has_ended = query.to is not None and query.to < datetime.now(UTC) - _SETTLED_AFTER
    return PAST_S if has_ended else LIVE_S
