"""Tracked links: the route, and the same without Flask and its thread for links that are known.

A click costs 0.6 ms of Python through the route, and a thread while it is committed. `QuickClicks`
answers on the event loop, at a fifth of that, where there is nothing to ask or to refuse: a genuine
slug of a delivery whose links were read before. Everything else it leaves to the route.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import flask
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field
from werkzeug.urls import iri_to_uri

from crier.api.http import headers, observe
from crier.api.http.access import allow
from crier.api.http.deps import NAME, Deps, deps
from crier.api.http.web import Reply
from crier.api.schemas.base import Path
from crier.api.server.bridge import RsgiScope
from crier.api.server.request_ids import HEADER, sane_id
from crier.domain import addresses, urls
from crier.domain.slug import Click
from crier.domain.visitors import is_machine
from crier.services.broadcasts.clicks import ClickRecorder, Hit, Kind, Links
from crier.services.errors import NotFoundError

blueprint = APIBlueprint("clicks", __name__, abp_tags=[Tag(name="Advertisements")])
PREFIX: Final = "/r/"
_ROUTE: Final = f"{PREFIX}<slug>"
_EXTENSION: Final = "crier.clicks"
_PURPOSES: Final = ("sec-purpose", "purpose", "x-purpose", "x-moz")


@lru_cache(maxsize=4096)
def _location(url: str) -> str:
    return iri_to_uri(urls.with_ascii_host(url))


class SlugPath(Path):
    """Names delivery, recipient and link, and is signed."""

    slug: str = Field(description="From a message that Crier sent.")


@blueprint.get(_ROUTE, responses={302: None})
@allow(counted=False)
def follow_link(path: SlugPath) -> Reply:
    """Go where the ad's link leads. People's clicks are counted, machines' are kept apart.

    Of one recipient a few clicks a minute are stored one by one, the others only counted.
    """
    links, recorder = _parts(flask.current_app)
    found = links.resolve(path.slug)
    if found is None:
        deps().limits.check(None, user_id=None)  # somebody tries links out
        raise NotFoundError("no such link")
    click, url = found
    request = flask.request
    recorder.record(_hit(click, request.method, request.headers.get))
    return flask.Response(status=302, headers=_headers(url))


class QuickClicks:
    """Follows links that are known; for the bridge."""

    def __init__(self, app: flask.Flask) -> None:
        found: Deps = app.extensions[NAME]
        self._links, self._recorder = _parts(app)
        self._samples = found.samples
        self._trusted = found.settings.trusted_proxies
        self._always = headers.always(found.settings)

    async def __call__(self, scope: RsgiScope, protocol: Any) -> bool:
        """Answer a request if that is possible here; whether it was."""
        started, given = time.perf_counter(), scope.headers
        plain = scope.method in ("GET", "HEAD") and "content-length" not in given
        found = self._links.resolve_at_once(scope.path.removeprefix(PREFIX)) if plain else None
        if found is None or "transfer-encoding" in given:
            return False
        click, url = found
        await self._recorder.record_soon(_hit(click, scope.method, given.get))
        answer = {**self._always, **_headers(url), "Server": "crier", "Content-Length": "0"}
        answer[HEADER] = sane_id(given.get(HEADER.lower(), ""))
        protocol.response_empty(302, list(answer.items()))
        peer = scope.client.rpartition(":")[0]
        address = addresses.client(peer, given.get("x-forwarded-for", ""), self._trusted)
        observe.count(self._samples, scope.method, _ROUTE, 302, started, address=address)
        return True


def _hit(click: Click, method: str, header: Callable[[str, str], str]) -> Hit:
    """Return how a request is counted."""
    agent = header("user-agent", "")
    purpose = " ".join(header(name, "") for name in _PURPOSES)
    kind: Kind = "machine" if is_machine(method, agent, purpose) else "person"
    return Hit(click, kind, agent)


def _headers(url: str) -> dict[str, str]:
    return {
        "Location": _location(url),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
    }


def _parts(app: flask.Flask) -> tuple[Links, ClickRecorder]:
    """Return this process's cache and recorder, made with its first click."""
    if _EXTENSION not in app.extensions:
        given: Deps = app.extensions[NAME]
        parts = (Links(given.engine, given.vault.keys), ClickRecorder(given.engine))
        app.extensions.setdefault(_EXTENSION, parts)
    found: tuple[Links, ClickRecorder] = app.extensions[_EXTENSION]
    return found
