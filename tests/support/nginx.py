"""The system's nginx with `deploy/nginx/site.conf` in front of an API of a test."""

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
from typing import Any

from tests.support import servers
from tests.support.certificate import make_certificate
from tests.support.ports import free_port

SITE = Path(__file__).parents[2] / "deploy" / "nginx"
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

    def __init__(self, folder: Path, port: int, pid: int) -> None:
        self.folder, self.port, self.pid = folder, port, pid
        self._tls = ssl.create_default_context(cafile=str(folder / "tls" / "fullchain.pem"))

    def connection(self) -> http.client.HTTPConnection:
        """Return a new connection over TLS."""
        connection = http.client.HTTPConnection(HOST, self.port)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=90)
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


@contextmanager
def running_nginx(folder: Path, api: str, *, limited: bool = True) -> Iterator[Nginx]:
    """Run nginx with the site before this address until the block ends."""
    program = shutil.which("nginx", path=PATH)
    assert program, "install nginx (Debian: apt-get install nginx-light)"
    plain, port = free_port(), free_port()
    shutil.copytree(SITE / "maintenance", folder / "maintenance")
    (folder / "tls").mkdir()
    made = make_certificate(folder / "tls", HOST)
    made.chain.rename(folder / "tls" / "fullchain.pem")
    made.key.rename(folder / "tls" / "privkey.pem")
    changes = {
        r"\blisten \[::\].*;\n": "",
        r"\blisten 80\b": f"listen 127.0.0.1:{plain}",
        r"\blisten 443\b": f"listen 127.0.0.1:{port}",
        "/etc/crier-tls": str(folder / "tls"),
        "/etc/crier/": f"{folder}/",
        "/var/cache/nginx/crier": f"{folder}/cache",
        **({} if limited else {r"rate=\d+r/s": "rate=100000r/s"}),
    }
    site = (SITE / "site.conf").read_text()
    for pattern, instead in changes.items():
        site = re.sub(pattern, instead, site)
    (folder / "site.conf").write_text(site)
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
        f"include {folder}/site.conf; }}\n"
    )
    command = [program, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
    with servers.running(command, folder / "nginx.log", lambda: _listens(port)) as process:
        yield Nginx(folder, port, process.pid)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
