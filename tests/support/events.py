"""The event stream as a browser reads it."""

import contextlib
import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One event; `data` is what its JSON holds."""

    id: str
    name: str
    data: Any


class EventStream:
    """An open stream; `answer` is its response."""

    def __init__(self, answer: HTTPResponse) -> None:
        self.answer = answer

    def events(self) -> Iterator[Event]:
        """Yield event after event until the stream ends."""
        found: dict[str, str] = {}
        while line := self.answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                found[name] = value
            elif "data" in found:
                yield Event(found.get("id", ""), found["event"], json.loads(found["data"]))
                found = {}

    def next(self, name: str = "changed") -> Event:
        """Return the next event of a name."""
        for event in self.events():
            if event.name == name:
                return event
        raise AssertionError(f"the stream ended without {name}")

    def begin(self) -> Event:
        """Return the event that says where the stream stands."""
        return next(event for event in self.events() if event.name in ("ready", "reset"))


@contextlib.contextmanager
def streaming(
    connection: HTTPConnection, headers: dict[str, str], after: str | None = None
) -> Iterator[EventStream]:
    """Open a stream on a connection of its own, and close that at the end."""
    more = {} if after is None else {"Last-Event-ID": after}
    with contextlib.closing(connection):
        connection.request("GET", "/api/events", headers=headers | more)
        yield EventStream(connection.getresponse())
