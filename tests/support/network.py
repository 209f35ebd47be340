"""A network between two programs of a test, which can be cut without a word to either."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from psycopg.conninfo import conninfo_to_dict

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


class Network:
    """Carries TCP connections on `port` of loopback to a Unix socket.

    While it is cut nothing passes and nothing is closed: the ends believe in their connections.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._whole = asyncio.Event()
        self._whole.set()
        self._talks: set[asyncio.Task[None]] = set()
        server = asyncio.start_server(self._carry, "127.0.0.1", 0)
        self._server = self._loop.run_until_complete(server)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(self._whole.clear)

    def heal(self) -> None:
        self._loop.call_soon_threadsafe(self._whole.set)

    def close(self) -> None:
        """Break every connection."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _carry(self, reader: Reader, writer: Writer) -> None:
        there, back = await asyncio.open_unix_connection(self._target)
        for one, other in ((reader, back), (there, writer)):
            talk = asyncio.create_task(self._pass(one, other))
            self._talks.add(talk)
            talk.add_done_callback(self._talks.discard)

    async def _pass(self, reader: Reader, writer: Writer) -> None:
        try:
            while data := await reader.read(65536):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
            await self._whole.wait()
        except ConnectionError:
            pass
        finally:
            writer.close()


@contextlib.contextmanager
def network_to(database_url: str) -> Iterator[tuple[Network, str]]:
    """A network to a database that listens on a Unix socket, and the URL through it."""
    parts = conninfo_to_dict(database_url)
    network = Network(Path(str(parts["host"])) / ".s.PGSQL.5432")
    try:
        yield network, f"postgresql://{parts['user']}@127.0.0.1:{network.port}/{parts['dbname']}"
    finally:
        network.close()
