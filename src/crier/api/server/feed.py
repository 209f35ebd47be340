"""The event stream: what has changed is read once for this process and told to all its listeners.

While somebody listens, and `LINGER_S` longer, one connection asks the database each second (more
rarely where that takes long: never over a twentieth of the time). Each `Reading` that found
something has a number; the last ones are kept, so that a listener who comes back with the id of the
last one it got is told the rest. One that cannot be told (another process, too long ago, the
database was away) is told that everything may have changed. A listener whose sign-in or key ended,
or may do something else now, is ended with the next reading.

`_lock` guards the listeners, which threads of requests add and remove; the rest is the event loop's
alone, and a listener there costs no thread.
"""

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from secrets import token_hex
from typing import Final

import psycopg

from crier import link
from crier.services.caller import Caller
from crier.services.errors import LimitedError
from crier.services.system import changes
from crier.services.system.changes import Change, Mark
from crier.storage import aio, outage

EVERY_S: Final = 1.0
BEAT_S: Final = 20.0
"""How often a listener hears that the stream is there, where nothing changes."""
A_PERSON: Final = 10
IN_ALL: Final = 2000
_SHARE: Final = 20
_LINGER_S: Final = 300.0
_LATELY_S: Final = 5.0
_LOGGED: Final = 20_000
_IDS: Final = 200
_NOTHING: Final = "{}"
_RETRY_MS: Final = 3000
_RETRY_S: Final = 30
log = logging.getLogger(__name__)


class Reading:
    """What one reading found."""

    def __init__(self, number: int, found: set[Change]) -> None:
        self.number, self.at = number, time.monotonic()
        self.changes = found
        self._said: dict[object, str] = {}

    def text(self, caller: Caller) -> str:
        """Return what the caller is told of it, as JSON: ids by topic."""
        who = (caller.user_id, caller.role, caller.team, caller.scopes, caller.reviews)
        if who not in self._said:
            topics: dict[str, set[int | None]] = {}
            for change in self.changes:
                if change.is_for(caller):
                    topics.setdefault(change.topic, set()).add(change.id)
            self._said[who] = json.dumps({name: _short(ids) for name, ids in topics.items()})
        return self._said[who]


def _short(ids: set[int | None]) -> list[int]:
    """Return ids in their order; none, which means any, where there are many or one is not
    known."""
    known = {number for number in ids if number is not None}
    return sorted(known) if known == ids and len(known) <= _IDS else []


class Listener:
    """One open stream; `chunks` on the event loop, the rest anywhere."""

    def __init__(self, feed: "Feed", caller: Caller, credential: str, after: str | None) -> None:
        self.caller, self.credential, self.after = caller, credential, after
        self.number: int | None = None
        """Of the last reading that it was told of; None before it was told where it stands."""
        self._feed, self._woken, self._has_ended = feed, asyncio.Event(), False

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the stream until it ends."""
        self._feed.read_on()
        yield f"retry: {_RETRY_MS}\n\n".encode()
        said = time.monotonic()
        while not self._has_ended:
            for text in self._feed.news(self):
                yield text.encode()
                said = time.monotonic()
            if (rest_s := said + BEAT_S - time.monotonic()) <= 0:
                yield b"event: beat\ndata: {}\n\n"
                said = time.monotonic()
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._woken.wait()
            self._woken.clear()

    def wake(self) -> None:
        """Let it look for news; on the event loop."""
        self._woken.set()

    def end(self) -> None:
        """End the stream; on the event loop."""
        self._has_ended = True
        self._woken.set()

    def close(self) -> None:
        """Give the place back."""
        self._feed.forget(self)


class Feed:
    """All listeners of this process, and what is read for them."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._readings: deque[Reading] = deque()
        self._marks: set[Mark] | None = None
        """None until the first reading, and while the database is away."""
        self._epoch, self._number, self._dropped, self._line = "", 0, 0, 0
        self._began = self._wanted = 0.0
        self._reader: asyncio.Task[None] | None = None

    def listen(self, caller: Caller, credential: str, after: str | None) -> Listener:
        """Return a place for a stream that goes on after the event of that id; close it.

        `credential` is what `changes.credentials` says of the caller's.

        Raises:
            LimitedError: the caller, or everybody together, has as many as may be.
        """
        listener = Listener(self, caller, credential, after)
        with self._lock:
            own = sum(other.caller.user_id == caller.user_id for other in self._listeners)
            if own >= A_PERSON or len(self._listeners) >= IN_ALL:
                text = "as many event streams are open as may be: close a page, or try again in"
                raise LimitedError(f"{text} {_RETRY_S} s", _RETRY_S)
            self._listeners.add(listener)
        return listener

    def forget(self, listener: Listener) -> None:
        """End the place of a listener."""
        with self._lock:
            self._listeners.discard(listener)

    def end(self) -> None:
        """End all streams: the process stops."""
        for listener in self._all():
            listener.end()

    def read_on(self) -> None:
        """Read for listeners, from now on if nobody did."""
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._run(), name="event feed")

    def news(self, listener: Listener) -> Iterator[str]:
        """Yield the events that a listener has not been told of."""
        if self._marks is None:
            return
        if listener.number is None or listener.number < self._dropped:
            found = self._place(listener.after)
            listener.number = self._number if found is None else found
            yield self._event("reset" if found is None else "ready", listener.number, "{}")
            listener.after = ""
        for reading in tuple(self._readings):
            if reading.number > listener.number:
                listener.number = reading.number
                text = reading.text(listener.caller)
                if text != _NOTHING:
                    yield self._event("changed", reading.number, text)

    def _place(self, after: str | None) -> int | None:
        """Return the number of the reading after which a new listener goes on; None where that is
        not known."""
        if after is None:
            if self._began + _LATELY_S > time.monotonic():
                return None
            lately = time.monotonic() - _LATELY_S
            recent = (reading.number - 1 for reading in self._readings if reading.at >= lately)
            return next(recent, self._number)
        epoch, _, number = after.partition(".")
        known = epoch == self._epoch and number.isascii() and number.isdecimal()
        found = int(number[:18]) if known else -1
        return found if self._dropped <= found <= self._number else None

    def _event(self, name: str, number: int, data: str) -> str:
        return f"id: {self._epoch}.{number}\nevent: {name}\ndata: {data}\n\n"

    def _all(self) -> tuple[Listener, ...]:
        with self._lock:
            return tuple(self._listeners)

    async def _run(self) -> None:
        """Read until nobody has listened for a while, through every loss of the connection."""
        self._wanted = time.monotonic()
        is_away = False
        try:
            while self._is_wanted():
                try:
                    await self._read_on_a_connection()
                    is_away = False
                except outage.AWAY as error:
                    if not is_away:
                        log.warning("changes_not_read", extra={"error": outage.words(error)})
                    is_away = True
                    await asyncio.sleep(EVERY_S)
        except Exception as error:
            log.exception("feed_failed", extra={"error": type(error).__name__})
            self.end()

    async def _read_on_a_connection(self) -> None:
        options = link.options(self._database_url, "crier api events", statement_timeout="30s")
        try:
            async with await psycopg.AsyncConnection.connect(
                self._database_url, autocommit=True, **options
            ) as connection:
                await self._begin(connection)
                while self._is_wanted():
                    began = time.monotonic()
                    await self._read(connection)
                    await asyncio.sleep(max(EVERY_S, _SHARE * (time.monotonic() - began)))
        finally:
            self._marks = None
            self._readings.clear()

    def _is_wanted(self) -> bool:
        """Return whether somebody listens, or did a while ago."""
        if self._all():
            self._wanted = time.monotonic()
        return time.monotonic() - self._wanted < _LINGER_S

    async def _begin(self, connection: aio.Connection) -> None:
        """Remember how things are now; whoever listens already may have missed something."""
        self._epoch, self._number, self._dropped = token_hex(4), 0, 0
        self._began = time.monotonic()
        self._line = await aio.first(connection, changes.NEWEST()) or 0
        self._marks = set(await aio.rows(connection, changes.MARKS()))
        for listener in self._all():
            listener.after, listener.number = "", None
            listener.wake()

    async def _read(self, connection: aio.Connection) -> None:
        """Read once, and tell whoever listens."""
        now = set(await aio.rows(connection, changes.MARKS()))
        lines = await aio.rows(connection, changes.NEWS(after=self._line))
        found = changes.between(self._marks or (), now)
        found |= {line.change for line in lines if line.change is not None}
        self._marks, self._line = now, lines[-1].id if lines else self._line
        listeners = self._all()
        held = await aio.rows(connection, changes.credentials(one.caller for one in listeners))
        good = {credential.name: credential.text for credential in held}
        if found:
            self._keep(found)
        for listener in listeners:
            if good.get(changes.name_of(listener.caller)) != listener.credential:
                listener.end()
            elif found:
                listener.wake()

    def _keep(self, found: set[Change]) -> None:
        self._number += 1
        self._readings.append(Reading(self._number, found))
        while sum(len(reading.changes) for reading in self._readings) > _LOGGED:
            self._dropped = self._readings.popleft().number
