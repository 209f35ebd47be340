"""The other side of a bench: a Bot API server that says yes to every message, as fast as can be.

nginx with a canned answer where it is installed, since it costs the least of the machine that the
peers are measured on; else `bench.answerer`.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.answerer import RESULT
from tests.support import servers
from tests.support.ports import free_port

NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_timeout 3600; keepalive_requests 1000000000; tcp_nodelay on;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ default_type application/json; return 200 '{answer}'; }}
  }}
}}
"""


@contextmanager
def answerer() -> Iterator[tuple[str, str]]:
    """Run one; its URL and what it is."""
    if shutil.which("nginx"):
        with _nginx() as url:
            yield url, "nginx"
    else:
        with _own() as url:
            yield url, "bench.answerer (nginx is not installed)"


@contextmanager
def _nginx() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="crier-nginx-") as name:
        folder, port = Path(name), free_port()
        configuration = folder / "nginx.conf"
        answer = RESULT.decode()
        configuration.write_text(NGINX.format(folder=folder, port=port, answer=answer))
        command = ["nginx", "-p", name, "-c", str(configuration), "-e", str(folder / "early.log")]
        with servers.running(command, folder / "log", lambda: _listens(port)):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def _own() -> Iterator[str]:
    command = [sys.executable, "-m", "bench.answerer"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
