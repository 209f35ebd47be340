"""The system's nginx with the files of `crier install` in front of an API of a test."""

import http.client
import json
import os
import re
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crier.install import templates
from tests.support import servers
from tests.support.certificate import make_certificate
from tests.support.ports import free_port

if TYPE_CHECKING:
    from tests.support.hosts import Host

TEMPLATES = Path(templates.__file__).parent / "nginx"
HOST = "crier.test"
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


@dataclass(frozen=True)
class Answer:
    """An answer of nginx."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Nginx:
    """One that runs; `folder` has its files."""

    def __init__(self, folder: Path, address: str, port: int, pid: int) -> None:
        self.folder, self.port, self.pid = folder, port, pid
        self._address = address
        self._tls = ssl.create_default_context(cafile=str(folder / "tls" / "fullchain.pem"))

    def connection(self) -> http.client.HTTPConnection:
        """Return a new connection over TLS."""
        connection = http.client.HTTPConnection(HOST, self.port)
        plain = socket.create_connection((self._address, self.port), timeout=90)
        connection.sock = self._tls.wrap_socket(plain, server_hostname=HOST)
        return connection

    def request(self, verb: str, path: str, body: object = None, **headers: str) -> Answer:
        """Make one request on a connection of its own."""
        data = None if body is None else json.dumps(body)
        kind = {} if data is None else {"Content-Type": "application/json"}
        connection = self.connection()
        try:
            connection.request(verb, path, data, {**kind, **headers})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def sign_in(self, password: str, below: str = "") -> dict[str, str]:
        """Return the header of the admin's access token."""
        credentials = {"username": "admin", "password": password}
        answer = self.request("POST", f"{below}/api/auth/login", credentials)
        assert answer.status == 200, answer.body
        return {"Authorization": f"Bearer {answer.json['access_token']}"}


@contextmanager
def running_nginx(
    folder: Path,
    api: str,
    *,
    limited: bool = True,
    below: str = "",
    port: int = 0,
    host: "Host | None" = None,
) -> Iterator[Nginx]:
    """Run nginx with Crier's site before this address, below a path, until the block ends; on a
    host of its own where one is named."""
    program = shutil.which("nginx", path=PATH)
    assert program, "install nginx (Debian: apt-get install nginx-light)"
    plain, port = free_port(), port or free_port()
    (folder / "maintenance").mkdir()
    shutil.copy(TEMPLATES / "page.html", folder)
    (folder / "tls").mkdir()
    made = make_certificate(folder / "tls", HOST)
    made.chain.rename(folder / "tls" / "fullchain.pem")
    made.key.rename(folder / "tls" / "privkey.pem")
    address = host.address if host else "127.0.0.1"
    _write_site(folder, below, (f"{address}:{plain}", f"{address}:{port}"), limited=limited)
    places = " ".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Temporary folders are closed to the account that its workers would have under root.
    account = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{account} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log warn;\n"
        "worker_processes 2; events { worker_connections 2048; }\n"
        f"http {{ {places} access_log {folder}/access.log; include /etc/nginx/mime.types;\n"
        f"upstream crier {{ server {api} max_fails=0; }}\n"
        "map $host $crier_api { default http://crier; }\n"
        f"include {folder}/http.conf; include {folder}/site.conf; }}\n"
    )
    command = [program, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
    command = host.command(command) if host else command
    log = folder / "nginx.log"
    with servers.running(command, log, lambda: _listens(address, port)) as process:
        yield Nginx(folder, address, port, process.pid)


def _write_site(folder: Path, below: str, listens: tuple[str, str], *, limited: bool) -> None:
    """Fill the templates in, with addresses and folders of the test's."""
    values = {
        "path": below,
        "host": "_",
        "default": "",
        "log": f"{folder}/access.log",
        "cache": f"{folder}/cache",
        "acme": str(folder),
        "tls": f"{folder}/tls",
        "pages": str(folder),
        "locations": f"{folder}/locations.conf",
    }
    changes = {
        r"\blisten \[::\].*;\n": "",
        r"\blisten 80\b": f"listen {listens[0]}",
        r"\blisten 443\b": f"listen {listens[1]}",
        "/etc/crier/": f"{folder}/",
        **({} if limited else {r"rate=\d+r/s": "rate=100000r/s"}),
    }
    for name in ("http.conf", "site.conf", "locations.conf"):
        text = templates.filled(f"nginx/{name}", values)
        for pattern, instead in changes.items():
            text = re.sub(pattern, instead, text)
        (folder / name).write_text(text)


def _listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True
