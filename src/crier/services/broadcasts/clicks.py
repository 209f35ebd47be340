"""Clicks on tracked links: where they lead, and counting them durably.

A click is in the database before it is answered: requests put it into the batch that is open, one
thread commits batch after batch, and each request waits for the commit of its own (a group commit,
a few milliseconds). While PostgreSQL is down or stands still people are still sent on, since they
did nothing wrong: nobody waits then, the clicks stay in memory and are written once it is back.
Only those are lost with the process; past `MAX_KEPT` they are dropped, and the log says how many.

Where a link leads comes from the broadcast itself, never from the request. Locks:
`ClickRecorder._turn` guards the open batch and what gets rows, `Links._lock` the cache. Writers of
several processes cannot deadlock each other: each statement of a batch takes its rows in order of
their keys, in the order of tables that deliveries have too (`delivery_minutes`, then
`bot_minutes`).
"""

import asyncio
import logging
import math
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crier.domain.slug import Click, Slugs
from crier.secrets.keyring import Keyring
from crier.secrets.slugs import slugs_of
from crier.storage import outage, queries
from crier.storage.engine import first, run

log = logging.getLogger(__name__)
SQL: Final = queries.load("clicks")
LATE_S: Final = 60.0
"""Past this age a click may belong to an hour that is rolled up (`analytics/rollup.py`)."""
MAX_CACHED: Final = 4096
MAX_KEPT: Final = 100_000
MAX_REMEMBERED: Final = 100_000
ROWS: Final = ((60, 5), (24 * 3600, 50))
"""Seconds, and how many clicks of one recipient of a delivery get rows in them, in one process."""
PATIENCE_S: Final = 1.0
_RETRY_S: Final = 0.5
Kind = Literal["person", "machine"]


def _urls(found: list[str] | None) -> tuple[str, ...]:
    return tuple(found or ())


_WRITE: Final = tuple(
    SQL.query(name) for name in ("record", "count", "by_link", "timeline", "bot_minutes")
)
_LATE: Final = SQL.query("late")
_LINKS: Final = SQL.query("links", _urls)


class Hit(NamedTuple):
    """One click as it is recorded."""

    click: Click
    kind: Kind
    user_agent: str
    is_stored: bool = True
    """Whether it gets a row of its own; it counts in any case."""
    taken_at: float | None = None
    """When it came (`time.monotonic`); None is now. It counts where it came, however long the
    database was away."""


class Rows:
    """Which clicks get a row of their own: of each recipient a few, however often they click.

    A loop on one link would else fill the disk. Remembers the recipients that clicked last.
    """

    def __init__(self) -> None:
        self._recipients: OrderedDict[tuple[int, int], list[tuple[int, int]]] = OrderedDict()

    def take(self, click: Click, now_s: float) -> bool:
        """Return whether a click at this time gets a row; counts those that do."""
        key = (click.delivery_id, click.chat_id)
        before = self._recipients.pop(key, [(0, 0)] * len(ROWS))
        counts = []
        for (began, stored), (seconds, _) in zip(before, ROWS, strict=True):
            window = int(now_s // seconds)
            counts.append((window, stored if window == began else 0))
        fits = all(stored < most for (_, stored), (_, most) in zip(counts, ROWS, strict=True))
        self._recipients[key] = [(window, stored + fits) for window, stored in counts]
        if len(self._recipients) > MAX_REMEMBERED:
            self._recipients.popitem(last=False)
        return fits


@dataclass
class _Batch:
    hits: list[Hit] = field(default_factory=list)
    done: Future[None] = field(default_factory=Future)
    """Done when the batch is committed, or given up."""


class ClickRecorder:
    """Commits clicks in batches; one for each process, its thread starts with the first click."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._turn = threading.Condition()
        self._open = _Batch()
        self._rows = Rows()
        self._thread: threading.Thread | None = None
        self._is_down = False
        self._begun = math.inf
        """When the commit that is under way began (`time.monotonic`); infinity: none is."""
        self._dropped = 0

    def record(self, hit: Hit) -> None:
        """Count a click, and wait for its commit for so long as is right."""
        wait([self._add(hit)], self._patience_s)

    async def record_soon(self, hit: Hit) -> None:
        """Do the same on an event loop."""
        await asyncio.wait([asyncio.wrap_future(self._add(hit))], timeout=self._patience_s)

    @property
    def _patience_s(self) -> float:
        """How long a click may wait: not at all where PostgreSQL is away or stands still."""
        stands_still = time.monotonic() - self._begun > PATIENCE_S
        return 0.0 if self._is_down or stands_still else PATIENCE_S

    def _add(self, hit: Hit) -> Future[None]:
        """Put a click into the open batch; what this gives is done with its commit."""
        with self._turn:
            batch = self._open
            if len(batch.hits) >= MAX_KEPT:
                self._dropped += 1
                return batch.done
            is_stored = self._rows.take(hit.click, time.time())
            taken_at = time.monotonic()
            batch.hits.append(hit._replace(is_stored=is_stored, taken_at=taken_at))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="clicks", daemon=True)
                self._thread.start()
            self._turn.notify()
            return batch.done

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._open.hits)
                batch, self._open = self._open, _Batch()
            self._begun = time.monotonic()
            self._commit(batch)
            self._begun = math.inf
            batch.done.set_result(None)

    def _commit(self, batch: _Batch) -> None:
        """Write a batch, however long that takes; only what the database refuses is given up."""
        while True:
            try:
                write(self._engine, batch.hits)
            except outage.AWAY_FROM_SESSIONS as error:
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
    """Record and count clicks in one transaction, each at the moment at which it came."""
    now = time.monotonic()
    columns: dict[str, list[Any]] = {
        "deliveries": [hit.click.delivery_id for hit in hits],
        "chats": [hit.click.chat_id for hit in hits],
        "links": [hit.click.link for hit in hits],
        "kinds": [hit.kind for hit in hits],
        "agents": [hit.user_agent[:300] for hit in hits],
        "stored": [hit.is_stored for hit in hits],
        "ages": [0.0 if hit.taken_at is None else now - hit.taken_at for hit in hits],
    }
    with Session(engine) as session, session.begin():
        run(session, *(statement(**columns) for statement in _WRITE))
        if max(columns["ages"]) > LATE_S:
            run(session, _LATE(**columns, late_s=LATE_S))


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
        """Return the click that a slug stands for and the ad's own link; None for any other
        text."""
        click = self._current_slugs().read(slug)
        if click is None:
            return None
        links = self._known(click.delivery_id) or self._read(click.delivery_id)
        return (click, links[click.link]) if click.link < len(links) else None

    def resolve_at_once(self, slug: str) -> tuple[Click, str] | None:
        """Return the same without asking the database: None also where it had to be asked."""
        click = self._current_slugs().read(slug)
        links = self._known(click.delivery_id) if click else ()
        return (click, links[click.link]) if click and click.link < len(links) else None

    def _current_slugs(self) -> Slugs:
        newest = self._ring.newest
        if newest != self._newest:
            self._slugs, self._newest = slugs_of(self._ring), newest
        return self._slugs

    def _known(self, delivery_id: int) -> tuple[str, ...]:
        with self._lock:
            found = self._cache.get(delivery_id, ())
            if found:
                self._cache.move_to_end(delivery_id)
            return found

    def _read(self, delivery_id: int) -> tuple[str, ...]:
        with Session(self._engine) as session:
            links = first(session, _LINKS(delivery_id=delivery_id))
        if links is None:
            return ()
        with self._lock:
            self._cache[delivery_id] = links
            if len(self._cache) > MAX_CACHED:
                self._cache.popitem(last=False)
        return links
