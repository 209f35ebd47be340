"""Crier below a path of a host, behind the real nginx: the API's part, and a real browser."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import api, issuer, postgres
from tests.support.nginx import Nginx, running_nginx
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
BELOW = "/crier"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def nginx(
    cluster: postgres.Cluster, valkey_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nginx]:
    """nginx before an API that knows its address; the issuer Works sends people back there."""
    port = free_port()
    url = f"https://127.0.0.1:{port}{BELOW}"
    with ExitStack() as stack:
        works = stack.enter_context(issuer.running(f"{url}/sign-in/callback"))
        database = stack.enter_context(cluster.database())
        settings = {"CRIER_PUBLIC_URL": url, **works.settings}
        folder = tmp_path_factory.mktemp("below")
        live = stack.enter_context(api.live(database, valkey_server, folder, **settings))
        before = f"127.0.0.1:{live.port}"
        yield stack.enter_context(running_nginx(folder, before, below=BELOW, port=port))


def test_pages_and_their_files_are_below_the_path(nginx: Nginx) -> None:
    page = nginx.request("GET", f"{BELOW}/bots/17?tab=logs").body.decode()
    script = page.partition(f'src="{BELOW}/assets/')[2].partition('"')[0]
    assert script
    for path in (f"/assets/{script}", "/favicon.svg", "/api/docs/swagger-ui.css", "/healthz"):
        assert nginx.request("GET", f"{BELOW}{path}").status == 200, path
    assert nginx.request("GET", BELOW).headers["Location"].endswith(f"{BELOW}/")
    assert nginx.request("GET", f"{BELOW}/r/none").status == 404
    assert nginx.request("POST", f"{BELOW}/api/telegram/none", {}).status in (401, 404)
    assert nginx.request("GET", f"{BELOW}/api/openapi.json").json["servers"] == [{"url": BELOW}]


def test_nothing_beside_the_path_is_criers(nginx: Nginx) -> None:
    for path in ("/", "/api/bots", "/crier2", f"{BELOW}/metrics", f"{BELOW}/../metrics"):
        answer = nginx.request("GET", path)
        assert answer.status == 404, path
        assert b"request_id" not in answer.body, f"{path} reached the API"


def test_cookies_go_to_nobody_else_on_the_host(nginx: Nginx) -> None:
    body = {"username": "alice", "password": api.PASSWORD}
    answer = nginx.request("POST", f"{BELOW}/api/auth/login", body)
    cookies = answer.headers.get_all("Set-Cookie") or []
    assert len(cookies) == 4
    assert all(cookie.startswith("__Secure-crier_") for cookie in cookies)
    assert all(f"Path={BELOW}/" in cookie and "Domain" not in cookie for cookie in cookies)


def test_refusals_of_nginx_come_as_elsewhere(nginx: Nginx) -> None:
    flag = nginx.folder / "maintenance" / "on"
    flag.touch()
    try:
        page = nginx.request("GET", f"{BELOW}/bots")
        assert (page.status, page.headers["Retry-After"]) == (503, "10")
        assert b"being updated" in page.body
        assert nginx.request("GET", f"{BELOW}/api/bots").json["status"] == 503
        assert nginx.request("GET", f"{BELOW}/r/none").status == 404
    finally:
        flag.unlink()


def test_the_dashboard_works_below_a_path_in_a_real_browser(nginx: Nginx) -> None:
    steps = subprocess.run(
        ["scripts/npm", "run", "--silent", "test:below"],
        cwd=ROOT,
        env={
            **os.environ,
            "CRIER_URL": f"https://127.0.0.1:{nginx.port}{BELOW}",
            "CRIER_ADMIN_USERNAME": "alice",
            "CRIER_ADMIN_PASSWORD": api.PASSWORD,
        },
        capture_output=True,
        text=True,
    )
    assert steps.returncode == 0, steps.stdout + steps.stderr
