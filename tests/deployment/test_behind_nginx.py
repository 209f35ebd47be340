"""The real nginx with deploy/nginx/site.conf before the API: reload, closing, limits."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.support.api import LiveApi
from tests.support.events import streaming
from tests.support.nginx import Nginx, running_nginx
from tests.support.waiting import until

RELOADS, REQUESTS = 10, 40
ATTEMPTS, BURST = 60, 20
MIB = 1024 * 1024
LARGEST_BODY = 64 * MIB


@pytest.fixture(scope="module")
def nginx(live_api: LiveApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with running_nginx(
        tmp_path_factory.mktemp("nginx"), f"127.0.0.1:{live_api.port}", limited=False
    ) as running:
        yield running


def children(pid: int) -> set[str]:
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def test_reloads_under_load_fail_no_request(nginx: Nginx, live_api: LiveApi) -> None:
    """Each reload puts new workers of nginx in the place of the old ones."""
    faults: list[object] = []
    enough = threading.Semaphore(0)
    stop = threading.Event()

    def visit() -> None:
        while not stop.is_set():
            try:
                answer = nginx.request("GET", "/api/auth/me", **live_api.alice.headers)
                if answer.status != 200:
                    faults.append(answer)
            except (OSError, HTTPException) as error:
                faults.append(error)
            enough.release()

    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    try:
        for _ in range(RELOADS):
            before = children(nginx.pid)
            os.kill(nginx.pid, signal.SIGHUP)
            until(lambda before=before: not before & children(nginx.pid), 20, "new workers")  # type: ignore[misc]
            for _ in range(REQUESTS):
                enough.acquire()
    finally:
        stop.set()
        for visitor in visitors:
            visitor.join()
    assert not faults


def test_while_it_is_closed_only_clicks_and_telegram_go_on(nginx: Nginx) -> None:
    flag = nginx.folder / "maintenance" / "on"
    flag.touch()
    try:
        page = nginx.request("GET", "/")
        assert (page.status, page.headers["Retry-After"]) == (503, "10")
        assert b"being updated" in page.body
        problem = nginx.request("GET", "/api/bots")
        assert problem.headers["Content-Type"] == "application/problem+json"
        assert problem.json["status"] == 503
        assert nginx.request("POST", "/api/auth/login", {}).status == 503
        assert nginx.request("GET", "/r/none").status == 404
        assert nginx.request("POST", "/api/telegram/none", {}).status in (401, 403, 404)
    finally:
        flag.unlink()
    assert nginx.request("GET", "/healthz").status == 200


def test_passwords_are_not_tried_in_great_numbers(live_api: LiveApi, tmp_path: Path) -> None:
    """All at once, and none of them costs the API anything, so that its own limits say nothing."""
    with (
        running_nginx(tmp_path, f"127.0.0.1:{live_api.port}") as limited,
        ThreadPoolExecutor(ATTEMPTS) as pool,
    ):
        attempt = partial(limited.request, "POST", "/api/auth/login", {})
        answers = list(pool.map(lambda _: attempt(), range(ATTEMPTS)))
    refusals = [answer for answer in answers if answer.status != 422]
    assert len(answers) - len(refusals) > BURST
    assert refusals
    assert {(answer.status, answer.json["status"]) for answer in refusals} == {(429, 429)}


def test_figures_stay_inside(nginx: Nginx) -> None:
    assert nginx.request("GET", "/metrics").status == 404


@pytest.mark.parametrize("size", [3 * MIB, LARGEST_BODY, LARGEST_BODY + 1])
def test_a_body_that_is_too_large_is_413_in_json(
    nginx: Nginx, live_api: LiveApi, size: int
) -> None:
    """Also where the API could answer before it has arrived: nginx would call that a 502."""
    body = f'{{"title": "{"x" * (size - 13)}"}}'.encode()
    assert len(body) == size
    kind = {"Content-Type": "application/json"}
    for _ in range(3):
        connection = nginx.connection()
        connection.request("POST", "/api/ads/create", body, {**live_api.alice.headers, **kind})
        answer = connection.getresponse()
        assert answer.status == 413
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = json.loads(answer.read())
        assert problem["status"] == 413
        assert "too large" in problem["detail"]
        connection.close()


def test_event_streams_pass_as_they_are_said_and_through_a_reload(
    nginx: Nginx, live_api: LiveApi
) -> None:
    alice = live_api.alice
    with streaming(nginx.connection(), alice.headers) as stream:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        begin = stream.begin()
        before = children(nginx.pid)
        os.kill(nginx.pid, signal.SIGHUP)
        until(lambda: children(nginx.pid) - before, 20, "new workers")
        ad = alice.post("/api/ads/create", {"content": "x"}).json["id"]
        last = stream.next()
        assert last.data == {"ads": [ad]}
    with streaming(nginx.connection(), alice.headers, begin.id) as again:
        assert again.next() == last
