"""Ports for tests, which no other worker of the run is given and no connection takes by chance."""

import itertools
import os
import random
import socket

# Below what Linux gives to outgoing connections; a thousand for each of pytest-xdist's workers.
_FIRST, _COUNT, _WORKERS = 12_000, 1000, 20
# Programs of ours take the port after their own, if it is free, for a second server.
_STEP = 5
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_offsets = itertools.count(random.randrange(_COUNT // _STEP))


def free_port() -> int:
    """A port of 127.0.0.1 that is free now, another one at each call."""
    for _ in range(_COUNT // _STEP):
        port = _FIRST + _worker * _COUNT + next(_offsets) * _STEP % _COUNT
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("there is no free port for tests")
