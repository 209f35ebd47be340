"""Streams: what they read from, and how many of them a user may have at a time.

They have database connections of their own, so that they take none from requests. A user's places
are counted in this process and, with the other processes, in Redis: each place there is a key that
ends `LEASE_S` after its last renewal, so what a crashed process held is free again by itself. While
Redis does not answer each process counts by itself: a user may then have more, never fewer.

`_lock` guards the places of this process; `SET … NX` decides between processes. A stream that is
dropped without having been closed gives its place back, too.
"""

import logging
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Final

import sqlalchemy as sa
from redis.exceptions import RedisError
from sqlalchemy.orm import Session, sessionmaker

from crier.services.errors import LimitedError
from crier.storage import cache
from crier.storage.engine import make_sessions

log = logging.getLogger(__name__)
PLACES: Final = 2
LEASE_S: Final = 60
_RENEWAL_S: Final = 20.0
_REDIS_TIMEOUT_S: Final = 0.5
_RETRY_S: Final = 10
_GIVE_BACK: Final = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"
)


@dataclass(eq=False)
class _Place:
    user_id: int
    holder: str
    key: str | None = None
    """In Redis; None where it did not answer."""


class Stream:
    """The chunks of an answer, and the place that they take."""

    def __init__(self, chunks: Iterator[bytes], streams: "Streams", place: _Place) -> None:
        self._chunks = chunks
        self.close = weakref.finalize(self, streams.give_back, place)
        """Gives the place back; only the first time counts."""

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks


class Streams:
    """The streams of accounts."""

    def __init__(self, engine: sa.Engine, redis_url: str) -> None:
        self.engine = engine
        self._sessions: sessionmaker[Session] = make_sessions(engine)
        self._redis: Any = cache.connect(redis_url, _REDIS_TIMEOUT_S, decode_responses=True)
        self._lock = threading.RLock()  # a stream may be collected while it is held
        self._held: set[_Place] = set()
        self._renewal: threading.Thread | None = None
        self._has_ended = threading.Event()

    def reading(self) -> sessionmaker[Session]:
        """Return the sessions in which streams read.

        The answer's status is sent before the first row is read, so that a database that is away
        can be told of here only.

        Raises:
            sqlalchemy.exc.OperationalError: the database that they read cannot be reached.
        """
        self.engine.connect().close()
        return self._sessions

    def take(self, user_id: int, chunks: Iterator[bytes]) -> Stream:
        """Return a stream of `chunks` in a place of the user's.

        Raises:
            LimitedError: all of them are taken.
        """
        place = _Place(user_id, token_hex(8))
        with self._lock:
            if sum(held.user_id == user_id for held in tuple(self._held)) >= PLACES:
                raise _all_taken()
            self._held.add(place)
            if self._renewal is None:
                self._renewal = threading.Thread(target=self._renew, name="places", daemon=True)
                self._renewal.start()
        stream = Stream(chunks, self, place)
        self._claim(place)
        return stream

    def give_back(self, place: _Place) -> None:
        """End a place; where Redis does not hear of it, its lease ends."""
        with self._lock:
            self._held.discard(place)
        if place.key is not None:
            try:
                self._redis.eval(_GIVE_BACK, 1, place.key, place.holder)
            except RedisError as error:
                log.warning("place_not_given_back", extra={"error": type(error).__name__})

    def close(self) -> None:
        """Let go of the database and of Redis."""
        self._has_ended.set()
        self.engine.dispose()
        self._redis.close()

    def _claim(self, place: _Place) -> None:
        """Take the place with the other processes, too."""
        try:
            for number in range(PLACES):
                key = f"crier:streams:{place.user_id}:{number}"
                if self._redis.set(key, place.holder, nx=True, ex=LEASE_S):
                    place.key = key
                    return
        except RedisError as error:
            log.warning("places_in_memory", extra={"error": type(error).__name__})
            return
        raise _all_taken()

    def _renew(self) -> None:
        while not self._has_ended.wait(_RENEWAL_S):
            with self._lock:
                keys = [place.key for place in tuple(self._held) if place.key is not None]
            try:
                for key in keys:
                    self._redis.expire(key, LEASE_S)
            except RedisError as error:
                log.warning("places_not_renewed", extra={"error": type(error).__name__})


def _all_taken() -> LimitedError:
    text = f"{PLACES} exports of yours are under way: let one of them end, or try again in"
    return LimitedError(f"{text} {_RETRY_S} s", _RETRY_S)
