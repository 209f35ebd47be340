"""The sandbox's process: one event loop, one port, a ready line, and a clean end on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
import sys
from collections.abc import Awaitable
from pathlib import Path

import uvloop

from crier.sandbox.control import Control
from crier.sandbox.control.routes import ROUTES
from crier.sandbox.dispatch import BotApi
from crier.sandbox.http import Connection, Connections, Request, Response
from crier.sandbox.metrics import Metrics
from crier.sandbox.state import Keeper
from crier.sandbox.world import Config, World


class StartError(Exception):
    """The sandbox cannot start; the text says why and what to do."""


def run(host: str, port: int, config: Config, state: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT. Port 0 takes a free one.

    Prints `sandbox ready on http://HOST:PORT` once requests are answered.

    Raises:
        StartError: the address cannot be had, or the saved world cannot be read.
    """
    keeper = Keeper(state) if state else None
    world = keeper.load(config) if keeper else World(config)
    try:
        listener = socket.create_server((host, port), backlog=4096, reuse_port=False)
    except OSError as error:
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    _allow_many_connections()
    uvloop.run(_serve(world, listener, keeper))


def _allow_many_connections() -> None:
    """As many open files as the system grants: each polling bot holds a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _serve(world: World, listener: socket.socket, keeper: Keeper | None) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    connections = Connections(loop, _report)
    front = Front(world)
    server = await loop.create_server(lambda: Connection(front.handle, connections), sock=listener)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"sandbox ready on http://{shown}:{port}", flush=True)  # noqa: T201 - the ready line
    tasks = [asyncio.create_task(connections.sweep())]
    if keeper is not None:
        keeper.start_senders(world)
        tasks.append(asyncio.create_task(keeper.watch(world)))
    await stop.wait()
    server.close()
    connections.close_all()
    for bot in world.bots.values():
        if bot.sender is not None:
            bot.sender.stop()
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task
    if keeper is not None:
        keeper.save(world, clean=True)


class Front:
    """Sends a request to the Bot API, to the control API or to the figures."""

    def __init__(self, world: World) -> None:
        self._bot_api = BotApi(world)
        self._control = Control(world, ROUTES)
        self._metrics = Metrics(world)

    def handle(self, request: Request) -> Response | Awaitable[Response]:
        if request.target.startswith(b"/control"):
            return self._control.handle(request)
        if request.target == b"/metrics":
            return self._metrics.answer()
        return self._bot_api.handle(request)


def _report(error: BaseException) -> None:
    """A bug of the sandbox itself: say so, and go on."""
    print(f"sandbox: internal error: {error!r}", file=sys.stderr, flush=True)  # noqa: T201
