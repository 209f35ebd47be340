"""Failed sign-ins: slowed, then refused, without letting anybody shut somebody else out.

Attempts are counted for a name from an address: from the 4th on a wrong answer takes longer, from
the 11th within five minutes they are 429. Other addresses are not concerned, so an attacker
elsewhere cannot lock the owner out. For a name over all addresses failures only slow the answers,
so guessing from many addresses is slow, too, while the right password still works at once. A
success forgets the count. The names are keys only as hashes: somebody types a password there now
and then. An IPv6 address counts as its /64.

A slowed answer waits in the server (`bridge.ANSWER_AFTER_S`), with neither a thread nor a
connection to the database.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import flask
from limits import parse

from crier.api.http.limits import Limits
from crier.api.server.bridge import ANSWER_AFTER_S
from crier.domain import addresses
from crier.services.errors import LimitedError, UnauthenticatedError

_PAIR: Final = parse("10 per 5 minutes")
_NAME: Final = parse("30 per hour")
_CODES: Final = parse("20 per hour")
_FREE = 3
_STEP_S, _LONGEST_S = 0.15, 1.0


class Logins:
    """Counts failed sign-ins."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    @contextmanager
    def attempt(self, username: str, address: str | None) -> Iterator[None]:
        """Surround the check of a password; an UnauthenticatedError out of the block is a failure.

        Raises:
            LimitedError: too many failures for this name from this address.
        """
        if not self._limits.enabled:
            yield
            return
        name = hashlib.sha256(username.lower().encode()).hexdigest()[:32]
        pair = ("sign-in", name, addresses.shares(address)[0][0])
        allowed, standing = self._limits.count(_PAIR, *pair)
        if not allowed:
            wait_s = max(1, standing.reset_at - int(time.time()))
            raise LimitedError(f"too many failed sign-ins: try again in {wait_s} s", wait_s)
        try:
            yield
        except UnauthenticatedError:
            calm, _ = self._limits.count(_NAME, "sign-in", name)
            failures = standing.limit - standing.remaining
            after_s = _delay_s(failures, slowed=not calm)
            flask.request.environ[ANSWER_AFTER_S] = after_s
            raise
        self._limits.forget(_PAIR, *pair)

    @contextmanager
    def code_attempt(self, user_id: int, address: str | None) -> Iterator[None]:
        """Around the check of a code, the second step of a sign-in; as `attempt`.

        Six digits are few, and only somebody who knows the password gets this far: so failures over
        all addresses are refused, too, not only slowed.

        Raises:
            LimitedError: too many failures for this account.
        """
        with self.attempt(f"code of {user_id}", address):
            if not self._limits.enabled:
                yield
                return
            allowed, standing = self._limits.count(_CODES, "codes", str(user_id))
            if not allowed:
                wait_s = max(1, standing.reset_at - int(time.time()))
                raise LimitedError(f"too many wrong codes: try again in {wait_s} s", wait_s)
            yield
            self._limits.forget(_CODES, "codes", str(user_id))


def _delay_s(failures: int, *, slowed: bool) -> float:
    return _LONGEST_S if slowed else min(_LONGEST_S, max(0, failures - _FREE) * _STEP_S)
