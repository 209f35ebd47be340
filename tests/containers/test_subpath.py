"""Crier in real containers below a path of the host. It runs last: all others expect the root."""

import pytest

from tests.containers.stack import Stack

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]


def test_below_a_path_of_the_host_it_is_the_same(stack: Stack) -> None:
    """`CRIER_PATH` in `.env`, and API and nginx anew."""
    with (stack.compose_folder / ".env").open("a") as settings:
        settings.write("CRIER_PATH=/crier\n")
    for service in ("api", "nginx"):
        stack.podman("rm", "--force", "--time", "30", *stack.containers(service))
        stack.up(service)
    visitor = stack.visitor()
    page = visitor.request("GET", "/crier/")
    assert (page.status, b'src="/crier/assets/' in page.body) == (200, True)
    password = (stack.compose_folder / "secrets/admin_password").read_text().strip()
    body = {"username": "admin", "password": password}
    assert visitor.request("POST", "/crier/api/auth/login", body).status == 200
    assert visitor.request("GET", "/api/bots").status == 404
