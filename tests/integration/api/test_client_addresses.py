"""The client's address behind proxies and on every kind of socket, wherever it is used."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crier.settings import Settings
from tests.support import postgres
from tests.support.api import (
    PASSWORD,
    Api,
    LiveApi,
    make_environment,
    make_settings,
    running_api,
)
from tests.support.ports import free_port

PROXY = "10.0.0.7"
LOGIN = {"username": "alice", "password": PASSWORD}


@pytest.fixture
def api(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    more = {"CRIER_TRUSTED_PROXIES": "10.0.0.0/8", "CRIER_API_LIMITS": "on"}
    made = Api(make_settings(database_url, valkey_url, tmp_path / "data", **more))
    made.person("alice", "admin")
    yield made
    made.close()


def recorded(api: Api) -> str | None:
    """The address of the sign-in that was last."""
    with api.session() as session:
        address: str | None = session.scalar(
            sa.text("SELECT host(ip) FROM auth_sessions ORDER BY created_at DESC LIMIT 1")
        )
    return address


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (PROXY, "198.51.100.1", "198.51.100.1"),
        (f"::ffff:{PROXY}", "198.51.100.1", "198.51.100.1"),
        (PROXY, "198.51.100.1:4711", "198.51.100.1"),
        (PROXY, "[2001:db8::5]:4711", "2001:db8::5"),
        (PROXY, f"198.51.100.1, ::ffff:{PROXY}", "198.51.100.1"),
        (PROXY, "fe80::1%eth0", "fe80::1"),
        ("fe80::1%2", "", "fe80::1"),
        ("::ffff:198.51.100.9", "", "198.51.100.9"),
        ("198.51.100.9", "1.1.1.1", "198.51.100.9"),
        ("no address at all", "", None),
    ],
)
def test_a_sign_in_is_recorded_with_the_clients_own_address(
    api: Api, peer: str, forwarded: str, address: str | None
) -> None:
    answer = api.nobody.post(
        "/api/auth/login",
        LOGIN,
        headers={"X-Forwarded-For": forwarded} if forwarded else {},
        environ_overrides={"REMOTE_ADDR": peer},
    )
    assert answer.status_code == 200
    assert recorded(api) == address


def test_clients_of_a_proxy_have_limits_of_their_own(api: Api) -> None:
    """Also where the proxy is met on an IPv6 socket, and writes ports."""

    def login(client: str) -> int:
        return api.nobody.post(
            "/api/auth/login",
            LOGIN,
            headers={"X-Forwarded-For": client},
            environ_overrides={"REMOTE_ADDR": f"::ffff:{PROXY}"},
        ).status_code

    assert [login(f"198.51.100.1:{5000 + n}") for n in range(11)] == [200] * 10 + [429]
    assert login("198.51.100.2:5000") == 200


@pytest.fixture(scope="module")
def on_ipv6(
    cluster: postgres.Cluster, valkey_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveApi]:
    """`crier api` on an IPv6 socket that takes IPv4, too."""
    folder = tmp_path_factory.mktemp("on_ipv6")
    more = {
        "CRIER_HTTP_BIND": f"[::]:{free_port()}",
        "CRIER_TRUSTED_PROXIES": "127.0.0.1",
    }
    with cluster.database() as url:
        environment = make_environment(url, valkey_server, folder / "data", **more)
        settings = Settings.from_environment(environment)
        with running_api(settings, environment, folder / "log") as live:
            live.person("alice", "admin")
            yield live


@pytest.mark.parametrize(
    ("host", "forwarded", "address"),
    [
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("::1", "198.51.100.1", "::1"),
        ("127.0.0.1", "fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_ipv6_socket_knows_proxies_by_their_ipv4_address(
    on_ipv6: LiveApi, host: str, forwarded: str, address: str
) -> None:
    connection = HTTPConnection(host, on_ipv6.port, timeout=20)
    headers: dict[str, Any] = {"Content-Type": "application/json"}
    if forwarded:
        headers["X-Forwarded-For"] = forwarded
    connection.request("POST", "/api/auth/login", json.dumps(LOGIN), headers)
    assert connection.getresponse().status == 200
    connection.close()
    assert recorded(on_ipv6) == address
