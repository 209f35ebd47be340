"""Prometheus and Alertmanager of the system, on the configuration of `deploy/prometheus`."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.support import servers
from tests.support.ports import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus"
FASTER = {
    r"interval: \d+[sm]": "interval: 1s",
    r"for: \d+\w": "for: 1s",
    r"group_wait: \d+s": "group_wait: 1s",
}


class Prometheus:
    """One that runs."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str) -> Any:
        """Return the data of an answer of its API."""
        status, text = get(self.port, path)
        answer = json.loads(text)
        assert status == 200, answer
        return answer["data"]

    def query(self, expression: str) -> list[Any]:
        """Return the series that an expression gives now."""
        found: list[Any] = self.ask(f"/api/v1/query?query={quote(expression)}")["result"]
        return found

    def value(self, expression: str) -> float | None:
        """Return the one number that an expression gives, or None where it gives none."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else None


@contextmanager
def running_prometheus(folder: Path, replacements: Mapping[str, str]) -> Iterator[Prometheus]:
    """Run both until the block ends, with all that waits for minutes made to wait for a second.

    `replacements` are made in the files, so that they name what runs here.
    """
    own, alerts = free_port(), free_port()
    replaced = {**FASTER, **replacements, re.escape("127.0.0.1:9093"): f"127.0.0.1:{alerts}"}
    for file in RULES.glob("*.yml"):
        text = file.read_text()
        for pattern, instead in replaced.items():
            text = re.sub(pattern, instead, text)
        (folder / file.name).write_text(text)
    manager = [
        "prometheus-alertmanager", f"--config.file={folder}/alertmanager.yml",
        f"--storage.path={folder}/alerts", f"--web.listen-address=127.0.0.1:{alerts}",
        "--cluster.listen-address=",
    ]  # fmt: skip
    server = [
        "prometheus", f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/series", f"--web.listen-address=127.0.0.1:{own}",
    ]  # fmt: skip
    with ExitStack() as stack:
        for port, command in ((alerts, manager), (own, server)):
            log = folder / f"{command[0]}.log"
            stack.enter_context(servers.running(command, log, lambda p=port: is_ready(p)))  # type: ignore[misc]
        yield Prometheus(own)
    shutil.rmtree(folder / "series", ignore_errors=True)


def is_ready(port: int) -> bool:
    """Return True if the server at a port says that it is."""
    with suppress(OSError, HTTPException):
        return get(port, "/-/ready")[0] == 200
    return False


def get(port: int, path: str) -> tuple[int, str]:
    """Ask a server on loopback."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
