"""The ledger: commits the outcomes of all deliveries of a worker together.

Every `TICK_S` it takes from each delivery what is to be recorded and claimed, and writes it in one
transaction: the fence and the cursors first, then one `COPY` of the outcomes, then what they say of
chats, errors and counters. Invariants and what holds them:

* exactly one outcome a recipient: `settle` updates a delivery only behind its fence (`runner`) and
  the outcomes of a delivery that was not updated are dropped; cursor and rows commit together;
* a commit without an answer (the connection broke) is not written twice: each batch has a number
  that the delivery's row keeps, and the next try asks which batches are there;
* lock order: deliveries by id, then subscribers, bot_counters, bot_minutes, each by bot
  (docs/architecture.md). A deadlock or a lost connection only repeats the batch.
"""

import asyncio
import contextlib
import itertools
import logging
import time
from collections import Counter
from collections.abc import Iterable

from crier.broadcast import metrics, outcome_rows
from crier.broadcast.delivery import Delivery, LedgerEntry
from crier.broadcast.recipients import Recipient, Settlement
from crier.observability.samples import Samples
from crier.storage import aio, lifecycle, outage
from crier.storage.pool import Pool

TICK_S = 0.2
RETRY_S = 0.5
log = logging.getLogger(__name__)


class Ledger:
    """Group commit for the deliveries of one worker; `run` does the work."""

    def __init__(self, pool: Pool, samples: Samples) -> None:
        self._pool, self._samples = pool, samples
        self._deliveries: dict[int, Delivery] = {}
        self._nudged = asyncio.Event()
        self._committed = asyncio.Condition()
        self._throttled: Counter[int] = Counter()
        self.settled = 0
        """Outcomes committed by this process so far."""

    def enter(self, delivery: Delivery) -> None:
        """Commit for a delivery, too, from now on."""
        self._deliveries[delivery.id] = delivery
        self._nudged.set()

    def leave(self, delivery: Delivery) -> None:
        """Commit for a delivery no more."""
        self._deliveries.pop(delivery.id, None)

    def nudge(self) -> None:
        """Commit soon, without waiting for the tick."""
        self._nudged.set()

    def count_throttled(self, bot_id: int) -> None:
        """Count a 429 from Telegram."""
        self._throttled[bot_id] += 1

    async def flushed(self, delivery: Delivery) -> None:
        """Wait until all outcomes of a delivery that are known now are committed."""
        async with self._committed:
            while delivery.unsettled and not delivery.ended:
                self._nudged.set()
                await self._committed.wait()
            # An entry may be on its way to the database: the next turn of the loop ends after it.
            self._nudged.set()
            await self._committed.wait()

    async def run(self) -> None:
        """Commit batch after batch until cancelled."""
        while True:
            started = time.monotonic()
            entries = [e for d in list(self._deliveries.values()) if (e := d.take()) is not None]
            if entries:
                await self._commit(entries)
                took_s = time.monotonic() - started
                self._samples.count("database", seconds=took_s)
                metrics.COMMIT_SECONDS.observe(took_s)
            async with self._committed:
                self._committed.notify_all()
            pause = TICK_S - (time.monotonic() - started)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(pause, 0.001)):
                    await self._nudged.wait()
            self._nudged.clear()

    async def _commit(self, entries: list[LedgerEntry]) -> None:
        """Write the batch, repeating it until PostgreSQL has it."""
        throttled, self._throttled = self._throttled, Counter()
        attempts = itertools.count()

        async def write() -> tuple[dict[int, outcome_rows.LedgerRow], dict[int, list[Recipient]]]:
            async with self._pool.connection() as connection:
                is_first = next(attempts) == 0
                done = set() if is_first else await outcome_rows.applied(connection, entries)
                if fresh := [e for e in entries if (e.delivery.id, e.batch) not in done]:
                    written = await outcome_rows.write(connection, fresh, throttled)
                    self._count(written)
                rows = await outcome_rows.state(connection, entries)
                return rows, await outcome_rows.recipients(connection, entries, rows)

        rows, news = await outage.outlast(write, log, "ledger_retry", RETRY_S)
        await self._complete(e.delivery for e in entries if _is_done(rows, e))
        self._tell(entries, rows, news)

    def _count(self, written: list[Settlement]) -> None:
        self.settled += len(written)
        metrics.BATCH.observe(len(written))
        metrics.committed(written)

    def _tell(
        self,
        entries: list[LedgerEntry],
        rows: dict[int, outcome_rows.LedgerRow],
        news: dict[int, list[Recipient]],
    ) -> None:
        for entry in entries:
            delivery = entry.delivery
            if row := rows.get(delivery.id):
                fresh = news.get(delivery.id, [])
                delivery.committed(row.claimed, fresh, done=row.done, going=row.going)
            else:
                delivery.lose()
            delivery.wake()

    async def _complete(self, deliveries: Iterable[Delivery]) -> None:
        """Finish broadcasts whose last delivery is done; the hourly round catches what a crash
        between the two transactions leaves."""
        ids = {delivery.broadcast_id for delivery in deliveries}
        if not ids:
            return
        try:
            async with self._pool.connection() as connection:
                await aio.follow(connection, lifecycle.complete(ids))
        except outage.AWAY as error:
            log.warning("complete_postponed", extra={"error": outage.words(error)})


def _is_done(rows: dict[int, outcome_rows.LedgerRow], entry: LedgerEntry) -> bool:
    row = rows.get(entry.delivery.id)
    return row is not None and row.done
