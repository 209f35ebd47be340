"""What tells that PostgreSQL is away, for a while, from what it refuses for good."""

from typing import Final

import psycopg
from psycopg.errors import QueryCanceled

OUTAGE: Final = (psycopg.OperationalError, psycopg.InterfaceError)
"""What psycopg and its pool (`PoolTimeout`) raise while PostgreSQL cannot be used. Any other error
is a refusal. The worker sets no `statement_timeout`; where one is, ask `took_too_long` first."""


def took_too_long(error: BaseException) -> bool:
    """Returns True if PostgreSQL answered, but ended the statement at its `statement_timeout`."""
    return isinstance(error, QueryCanceled)
