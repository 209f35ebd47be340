"""Answers that are kept in Redis for seconds, so that a page that many look at is computed once.

What an answer is made of changes all the time: bots receive, broadcasts go on. So an answer is kept
for `LIVE_S` only, or for `PAST_S` where its span has ended, and says how old it is (`Age`, RFC
9111). What an organisation changes through the API it sees at once, and everybody sees at once what
an admin changes: every committed change renews a mark, and the key of an answer holds the marks of
what it depends on.

- *Nobody sees what is not theirs.* The key holds the role, whether amounts of money are shown, and
  where a role sees its own only the organisation, and whether advertisers' ads are seen, too.
  Credentials, limits and roles are checked before (`access.guard`).
- *No answer from before a change is given after it.* Marks are read before the answer is computed,
  and renewed after the commit and before the change is answered. A computation that saw the state
  before stores it under a key that nobody asks for any more. Marks live longer than answers.
- *One computation.* Threads that ask the same wait for the first, without a database connection;
  each process computes for itself.
- *Redis away* means that answers are computed, for `_RETRY_S` without asking it again.

Answers are kept compressed, and not at all where that leaves more than `MOST_BYTES`; with seconds
of life this bounds what Redis holds.
"""

import logging
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from secrets import token_hex
from typing import Any, Final, NamedTuple

from redis.exceptions import RedisError

from crier.services.caller import Caller
from crier.storage import cache

log = logging.getLogger(__name__)
LIVE_S: Final = 2
PAST_S: Final = 30
MOST_BYTES: Final = 512 * 1024
_MARK_S: Final = 10 * PAST_S
_WAIT_S: Final = 10.0
_RETRY_S: Final = 5.0
_REDIS_TIMEOUT_S: Final = 0.5
_MADE_AT: Final = struct.Struct("!d")
_ANY, _ADMINS = "any", "admins"


class Question(NamedTuple):
    """What is asked, the caller, and how many seconds the answer is kept."""

    text: str
    who: Caller
    seconds: int


class Answers:
    """The answers that are kept."""

    def __init__(self, redis_url: str) -> None:
        self._redis: Any = cache.connect(redis_url, _REDIS_TIMEOUT_S)
        self._down_until = 0.0
        self._lock = threading.Lock()
        self._turns: dict[str, tuple[threading.Lock, int]] = {}

    def give(
        self,
        question: Question,
        make: Callable[[], bytes],
        *,
        release: Callable[[], None],
        is_new: bool = False,
    ) -> tuple[bytes, float]:
        """Return an answer and its age in seconds; `make` it where none is kept.

        Args:
            release: called before another thread's answer is waited for.
            is_new: make it in any case.
        """
        key = self._key(question)
        if key is None:
            return make(), 0.0
        if is_new:
            return self._made(key, question.seconds, make)
        with self._turn(key, release):
            return self._kept(key) or self._made(key, question.seconds, make)

    def forget(self, who: Caller) -> None:
        """Let no answer be given any more that may depend on what `who` has changed."""
        names = (_ANY, _ADMINS if who.role == "admin" else f"owner:{who.organisation_id}")
        mark = token_hex(8)
        self._ask(lambda: [self._redis.set(_mark(name), mark, ex=_MARK_S) for name in names])

    def close(self) -> None:
        """Let go of Redis."""
        self._redis.close()

    def _key(self, question: Question) -> str | None:
        """Return the key of an answer; None where Redis does not answer."""
        who = question.who
        own = () if who.sees_all else (f"owner:{who.organisation_id}",)
        names = (_ADMINS, *own) if own else (_ANY,)
        money = "" if who.may("money.read") else " without money"
        scope = f"{who.role}:{own}:{not who.sees_all and who.reviews}{money}"
        marks = self._ask(lambda: self._redis.mget([_mark(name) for name in names]))
        if marks is None:
            return None
        digest = sha256(f"{scope}\n{marks}\n{question.text}".encode()).hexdigest()
        return f"crier:answers:{digest}"

    def _kept(self, key: str) -> tuple[bytes, float] | None:
        found = self._ask(lambda: self._redis.get(key))
        if not found:
            return None
        (made_at,) = _MADE_AT.unpack_from(found)
        return zlib.decompress(found[_MADE_AT.size :]), max(time.time() - made_at, 0.0)

    def _made(self, key: str, seconds: int, make: Callable[[], bytes]) -> tuple[bytes, float]:
        made_at = _MADE_AT.pack(time.time())
        body = make()
        packed = zlib.compress(body, 1)
        if len(packed) <= MOST_BYTES:
            self._ask(lambda: self._redis.set(key, made_at + packed, ex=seconds))
        return body, 0.0

    @contextmanager
    def _turn(self, key: str, release: Callable[[], None]) -> Iterator[None]:
        """Let one thread at a time look for an answer; the others wait without a connection."""
        with self._lock:
            turn, waiting = self._turns.get(key, (threading.Lock(), 0))
            self._turns[key] = (turn, waiting + 1)
        is_mine = turn.acquire(blocking=False)
        if not is_mine:
            release()
            is_mine = turn.acquire(timeout=_WAIT_S)
        try:
            yield
        finally:
            if is_mine:
                turn.release()
            with self._lock:
                turn, waiting = self._turns.pop(key)
                if waiting > 1:
                    self._turns[key] = (turn, waiting - 1)

    def _ask(self, question: Callable[[], Any]) -> Any:
        """Ask Redis; None where it does not answer."""
        if time.monotonic() < self._down_until:
            return None
        try:
            return question()
        except RedisError as error:
            self._down_until = time.monotonic() + _RETRY_S
            log.warning("answers_not_kept", extra={"error": type(error).__name__})
            return None


def _mark(name: str) -> str:
    return f"crier:answers:mark:{name}"
