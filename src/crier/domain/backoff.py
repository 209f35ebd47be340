"""When to try again: exponential, capped, jittered also at the cap. Decides, never sleeps."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to try again, and after how many seconds."""

    retry: bool
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays of `base_s`, doubled with every failure up to `cap_s`, each spread by `jitter`.

    `jitter` is the share of a delay that chance takes away: 0.5 spreads over 50-100 % of it, so
    that many callers that failed together do not come back together, and none waits above the
    cap. `max_tries` counts the failures after which it gives up; None never does.
    """

    base_s: float = 1.0
    cap_s: float = 60.0
    jitter: float = 0.5
    max_tries: int | None = None

    def after(self, failures: int, chance: Callable[[], float] = random.random) -> Decision:
        """Return the decision after this many failures in a row (the first failure is 1)."""
        if self.max_tries is not None and failures >= self.max_tries:
            return Decision(retry=False)
        # The exponent is bounded so that years of failures do not overflow a float.
        full = min(self.cap_s, self.base_s * 2.0 ** min(max(failures - 1, 0), 64))
        return Decision(retry=True, delay_s=full * (1.0 - self.jitter * chance()))
