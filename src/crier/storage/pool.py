"""The worker's PostgreSQL connections."""

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from crier import link

Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]
WAIT_S, RECONNECT_S = 10.0, 4.0
"""While the server is away a pool doubles its pauses between attempts, for so long as the second
says; the next request for a connection makes it begin anew. So a pool is back seconds after
the server, however long that was away."""


def open_pool(database_url: str, *, name: str, min_size: int = 1, max_size: int = 8) -> Pool:
    """Return a pool that is not open yet; use it as `async with open_pool(…) as pool`.

    Connections are checked before they are handed out, so that a restart of PostgreSQL costs its
    users a wait and not an error.
    """
    return AsyncConnectionPool(
        database_url,
        min_size=min_size,
        max_size=max_size,
        open=False,
        kwargs=link.options(database_url, name),
        check=AsyncConnectionPool.check_connection,
        timeout=WAIT_S,
        reconnect_timeout=RECONNECT_S,
        max_lifetime=3600,
    )
