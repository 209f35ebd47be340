"""How long this worker may send without a sign that its deliveries are still its own."""

import math
import time

LEASE_S = 3.0
"""Less than the shortest silence after which others take over (`crier.jobs.reclaim`)."""


class Lease:
    """Runs out `LEASE_S` after the last sign of life that PostgreSQL has answered.

    So a worker that is cut off from PostgreSQL, or stands still for a while, sends nothing any more
    by the time others take its deliveries over. A lease that was never renewed does not run out:
    that is for runners without a worker around them.
    """

    def __init__(self) -> None:
        self._until = math.inf

    def renew(self, asked_at: float) -> None:
        """Note that PostgreSQL has answered a sign of life that was given at `asked_at` (of
        `now`)."""
        self._until = asked_at + LEASE_S

    @property
    def held(self) -> bool:
        """Whether messages may be sent."""
        return now() < self._until


def now() -> float:
    """Return the seconds of a clock that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
