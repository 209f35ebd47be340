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
from typing import Any

from crier.install import templates
from tests.support import servers
from tests.support.certificate import make_certificate
from tests.support.ports import free_port

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
def running_nginx(
    folder: Path, api: str, *, limited: bool = True, below: str = "", port: int = 0
) -> Iterator[Nginx]:
    """Run nginx with Crier's site before this address, below a path, until the block ends."""
    program = shutil.which("nginx", path=PATH)
    assert program, "install nginx (Debian: apt-get install nginx-light)"
    plain, port = free_port(), port or free_port()
    (folder / "maintenance").mkdir()
    shutil.copy(TEMPLATES / "page.html", folder)
    (folder / "tls").mkdir()
    made = make_certificate(folder / "tls", HOST)
    made.chain.rename(folder / "tls" / "fullchain.pem")
    made.key.rename(folder / "tls" / "privkey.pem")
    _write_site(folder, below, plain, port, limited=limited)
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
    with servers.running(command, folder / "nginx.log", lambda: _listens(port)) as process:
        yield Nginx(folder, port, process.pid)


def _write_site(folder: Path, below: str, plain: int, port: int, *, limited: bool) -> None:
    """Fill the templates in, with ports and folders of the test's."""
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
        r"\blisten 80\b": f"listen 127.0.0.1:{plain}",
        r"\blisten 443\b": f"listen 127.0.0.1:{port}",
        "/etc/crier/": f"{folder}/",
        **({} if limited else {r"rate=\d+r/s": "rate=100000r/s"}),
    }
    for name in ("http.conf", "site.conf", "locations.conf"):
        text = templates.filled(f"nginx/{name}", values)
        for pattern, instead in changes.items():
            text = re.sub(pattern, instead, text)
        (folder / name).write_text(text)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
