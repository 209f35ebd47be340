"""Nudges between processes: PostgreSQL notifications on the channel `crier`, by topic.

A nudge only says 'read your rows again'. It may come twice, and after a lost connection every topic
is nudged, so a listener that also looks now and then misses nothing.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterator

import psycopg

from crier import link
from crier.storage import outage

CHANNEL = "crier"
_RECONNECT_S = 1.0
log = logging.getLogger(__name__)


class Signals:
    """Events of topics such as `bot:7`; `run` keeps them fed."""

    def __init__(self, database_url: str, *, name: str = "crier signals") -> None:
        self._database_url, self._name = database_url, name
        self._events: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextlib.contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Event]:
        """Give an event that is set at each nudge of `topic`; the listener clears it."""
        event = asyncio.Event()
        self._events[topic].add(event)
        try:
            yield event
        finally:
            self._events[topic].discard(event)
            if not self._events[topic]:
                del self._events[topic]

    async def run(self) -> None:
        """Listen until cancelled, reconnecting for as long as it takes."""
        while True:
            try:
                await self._listen()
            except outage.AWAY as error:
                log.warning("signals_lost", extra={"error": outage.words(error)})
            await asyncio.sleep(_RECONNECT_S)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._database_url, autocommit=True, **link.options(self._database_url, self._name)
        ) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._set(*self._events)
            async for note in connection.notifies():
                self._set(note.payload)

    def _set(self, *topics: str) -> None:
        for topic in topics:
            for event in self._events.get(topic, ()):
                event.set()
