"""Rate limits: by user where somebody is signed in, else by address.

An IPv6 address counts as its /64, and the networks around that together (`domain/addresses.py`).

Exact moving windows of the `limits` library, kept in Redis so that all API processes count
together. When Redis does not answer they go on in this process's memory and Redis is asked again
every five seconds; `degraded` says so for the status page. They fail towards limiting: each process
then counts by itself, so a caller may get more than the limit, never less.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final, TypeVar

import flask
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from crier.domain import addresses
from crier.observability.samples import Samples
from crier.services.errors import LimitedError
from crier.storage import cache

Found = TypeVar("Found")
log = logging.getLogger(__name__)
GENERAL: Final = parse("600 per minute")
_RETRY_REDIS_S = 5.0
_REDIS_TIMEOUT_S = 0.5


@dataclass(frozen=True)
class Standing:
    """Where a caller stands with the limit that is nearest to its end."""

    limit: int
    remaining: int
    reset_at: int


class Limits:
    """Counts requests and refuses those over a limit."""

    def __init__(self, redis_url: str, *, enabled: bool, samples: Samples) -> None:
        self.enabled, self._samples = enabled, samples
        if not enabled:
            log.warning("rate_limits_are_off", extra={"why": "CRIER_API_LIMITS=off"})
        self._memory = MovingWindowRateLimiter(MemoryStorage())
        self._redis = MovingWindowRateLimiter(_redis(redis_url))
        self._lock = threading.Lock()
        self._down_until = 0.0

    @property
    def degraded(self) -> bool:
        """Whether the limits are kept in this process's memory, because Redis does not answer."""
        return self._down_until > 0

    def check(self, rate: str | None, *, user_id: int | None) -> None:
        """Count the current request against the general limit and its route's own `rate`.

        Raises:
            LimitedError: it is over one of them.
        """
        if not self.enabled:
            return
        for who, times in _names(user_id):
            self._hit(_of(GENERAL, times), "general", who)
            if rate is not None:
                self._hit(_of(parse(rate), times), flask.request.endpoint or "", who)

    def _hit(self, item: RateLimitItem, name: str, who: str) -> None:
        allowed, standing = self.count(item, name, who)
        nearest: Standing | None = flask.g.get("rate_standing")
        if nearest is None or standing.remaining <= nearest.remaining:
            flask.g.rate_standing = standing
        if not allowed:
            wait_s = max(1, standing.reset_at - int(time.time()))
            raise LimitedError(
                f"over the limit of {item.amount} requests in {item.get_expiry()} s: "
                f"try again in {wait_s} s",
                wait_s,
            )

    def count(self, item: RateLimitItem, *key: str) -> tuple[bool, Standing]:
        """Count one event under `key`; whether it is within the limit, and where that leaves it."""
        return self._somewhere(lambda limiter: _count(limiter, item, key))

    def forget(self, item: RateLimitItem, *key: str) -> None:
        """Count from zero again."""
        self._somewhere(lambda limiter: limiter.clear(item, *key))

    def _somewhere(self, work: Callable[[MovingWindowRateLimiter], Found]) -> Found:
        """Do it in Redis, or in memory while Redis does not answer."""
        if time.monotonic() >= self._down_until:
            began = time.perf_counter()
            try:
                found = work(self._redis)
            except StorageError as error:
                self._samples.failed("cache")
                self._redis_is_down(error)
            else:
                self._samples.count("cache", seconds=time.perf_counter() - began)
                self._redis_is_up()
                return found
        return work(self._memory)

    def _redis_is_down(self, error: Exception) -> None:
        with self._lock:
            if not self.degraded:
                log.warning("rate_limits_in_memory", extra={"error": type(error).__name__})
            self._down_until = time.monotonic() + _RETRY_REDIS_S

    def _redis_is_up(self) -> None:
        if self.degraded:
            with self._lock:
                self._down_until = 0.0
            log.warning("rate_limits_in_redis_again")


def _names(user_id: int | None) -> list[tuple[str, int]]:
    """Return under which names the caller of this request is counted, and how many limits each
    has."""
    if user_id is not None:
        return [(f"user:{user_id}", 1)]
    shares = addresses.shares(flask.request.remote_addr)
    return [(f"address:{share}", times) for share, times in shares]


def _of(item: RateLimitItem, times: int) -> RateLimitItem:
    """Return so many times a limit."""
    return type(item)(times * item.amount, item.multiples) if times > 1 else item


def add_headers(response: flask.Response) -> flask.Response:
    """Tell the caller where it stands."""
    standing: Standing | None = flask.g.get("rate_standing")
    if standing is not None:
        response.headers["X-RateLimit-Limit"] = str(standing.limit)
        response.headers["X-RateLimit-Remaining"] = str(standing.remaining)
        response.headers["X-RateLimit-Reset"] = str(standing.reset_at)
    return response


def _redis(url: str) -> RedisStorage:
    pool = cache.connect(url, _REDIS_TIMEOUT_S).connection_pool
    return RedisStorage(
        "redis://", connection_pool=pool, wrap_exceptions=True, key_prefix="crier:limits"
    )


def _count(
    limiter: MovingWindowRateLimiter, item: RateLimitItem, key: tuple[str, ...]
) -> tuple[bool, Standing]:
    allowed = limiter.hit(item, *key)
    reset_at, remaining = limiter.get_window_stats(item, *key)
    return allowed, Standing(item.amount, remaining, ceil(reset_at))
