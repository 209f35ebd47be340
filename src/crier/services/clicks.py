"""Clicks on tracked links: where they lead, and counting them durably.

A click is in the database before it is answered: requests put it into the batch that is open, one
thread commits batch after batch, and each request waits for the commit of its own (a group commit,
a few milliseconds). While PostgreSQL is down people are still sent on, since they did nothing
wrong: nobody waits then, the clicks stay in memory and are written once it is back; past
`MAX_KEPT` they are dropped, and the log says how many.

Where a link leads comes from the broadcast itself, never from the request. Locks: `_Batches._turn`
guards the open batch, `Links._lock` the cache. Writers of several processes cannot deadlock each
other: each statement of a batch takes its rows in order of their keys, in the order of tables that
deliveries have too (`delivery_minutes`, then `bot_minutes`).
"""

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError

from crier.domain.slug import Click, Slugs
from crier.storage import queries
from crier.storage.keyring import Keyring
from crier.storage.slugs import slugs_of

log = logging.getLogger(__name__)
SQL = queries.load("clicks")
STATEMENTS: Final = ("record", "count", "timeline", "bot_minutes")
MAX_CACHED: Final = 4096
MAX_KEPT: Final = 100_000
PATIENCE_S: Final = 1.0
_RETRY_S: Final = 0.5
_DOWN: Final = (OperationalError, InterfaceError, TimeoutError)
Kind = Literal["person", "machine"]


class Hit(NamedTuple):
    """One click as it is recorded."""

    click: Click
    kind: Kind
    user_agent: str


@dataclass
class _Batch:
    hits: list[Hit] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


class Recorder:
    """Commits clicks in batches; one for each process, its thread starts with the first click."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._turn = threading.Condition()
        self._open = _Batch()
        self._thread: threading.Thread | None = None
        self._is_down = False
        self._dropped = 0

    def record(self, hit: Hit) -> bool:
        """Count a click; whether it was committed before this returned."""
        with self._turn:
            if len(self._open.hits) >= MAX_KEPT:
                self._dropped += 1
                return False
            batch = self._open
            batch.hits.append(hit)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="clicks", daemon=True)
                self._thread.start()
            self._turn.notify()
        return batch.done.wait(0 if self._is_down else PATIENCE_S)

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._open.hits)
                batch, self._open = self._open, _Batch()
            self._commit(batch)
            batch.done.set()

    def _commit(self, batch: _Batch) -> None:
        """Write a batch, however long that takes; only what the database refuses is given up."""
        while True:
            try:
                write(self._engine, batch.hits)
            except _DOWN as error:
                self._wait(error)
            except DBAPIError as error:
                log.exception(
                    "clicks_refused",
                    extra={"clicks": len(batch.hits), "error": type(error.orig).__name__},
                )
                return
            else:
                self._back()
                return

    def _wait(self, error: Exception) -> None:
        if not self._is_down:
            log.error("clicks_wait_for_database", extra={"error": type(error).__name__})
        self._is_down = True
        time.sleep(_RETRY_S)

    def _back(self) -> None:
        self._is_down = False
        with self._turn:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            log.error("clicks_dropped", extra={"clicks": dropped})


def write(engine: sa.Engine, hits: list[Hit]) -> None:
    """Record and count clicks in one transaction."""
    columns = {
        "deliveries": [hit.click.delivery_id for hit in hits],
        "chats": [hit.click.chat_id for hit in hits],
        "links": [hit.click.link for hit in hits],
        "kinds": [hit.kind for hit in hits],
        "agents": [hit.user_agent[:300] for hit in hits],
    }
    with engine.begin() as connection:
        for name in STATEMENTS:
            connection.exec_driver_sql(SQL[name], columns)


class Links:
    """Reads slugs and knows where links lead; remembers the deliveries asked for last."""

    def __init__(self, engine: sa.Engine, ring: Keyring) -> None:
        self._engine = engine
        self._ring = ring
        self._slugs = slugs_of(ring)
        self._newest = ring.newest
        self._lock = threading.Lock()
        self._cache: OrderedDict[int, tuple[str, ...]] = OrderedDict()

    def resolve(self, slug: str) -> tuple[Click, str] | None:
        """The click that a slug stands for and the ad's own link; None for any other text."""
        click = self._current_slugs().read(slug)
        if click is None:
            return None
        links = self._links_of(click.delivery_id)
        return (click, links[click.link]) if click.link < len(links) else None

    def _current_slugs(self) -> Slugs:
        newest = self._ring.newest
        if newest != self._newest:
            self._slugs, self._newest = slugs_of(self._ring), newest
        return self._slugs

    def _links_of(self, delivery_id: int) -> tuple[str, ...]:
        with self._lock:
            found = self._cache.get(delivery_id)
            if found is not None:
                self._cache.move_to_end(delivery_id)
                return found
        with self._engine.connect() as connection:
            row = connection.exec_driver_sql(SQL["links"], {"delivery_id": delivery_id}).first()
        if row is None:
            return ()
        links = tuple(row[0] or ())
        with self._lock:
            self._cache[delivery_id] = links
            if len(self._cache) > MAX_CACHED:
                self._cache.popitem(last=False)
        return links
