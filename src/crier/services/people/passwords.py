"""Password hashes: argon2id, 19 MiB, 2 passes, 1 lane (OWASP's choice), with a 16-byte hash.

An encoded hash must fit `users.password_hash varchar(80)`: with a 16-byte salt it has 76
characters. Verifying costs the same for a user who is not there.

A hash takes some 20 ms of a processor. Each request for one waits with a thread of the API, so at
most `AT_A_TIME` wait or run in a process; the next one is refused at once.
"""

import contextlib
import os
import secrets
import threading
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources
from typing import Any

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from crier.services.errors import InvalidError, LimitedError

AT_A_TIME = 16
NONE = "none"
"""In the place of the hash, of an account without a password: none fits."""
MIN_CHARS, MAX_CHARS = 12, 128
_HASHER = argon2.PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1, hash_len=16, salt_len=16
)


def _give_way() -> None:
    """Let every other thread of the machine go first: guesses are not to slow other users."""
    with contextlib.suppress(OSError, AttributeError):  # Linux sets it for one thread
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)


# Half of the processors: every thread that ever hashed keeps its 19 MiB.
_HASHING = ThreadPoolExecutor(
    max(1, (os.cpu_count() or 1) // 2), thread_name_prefix="argon2", initializer=_give_way
)
_places = threading.BoundedSemaphore(AT_A_TIME)
_SALT, _HASH = (b64encode(secrets.token_bytes(16)).decode().rstrip("=") for _ in range(2))
# What is verified where there is no such user: random, so that no password is known to fit.
_NOBODY = (
    f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    f"${_SALT}${_HASH}"
)


def hash_password(password: str) -> str:
    """Return the encoded hash of `password`, at most 80 characters long.

    Raises:
        LimitedError: too many are under way.
    """
    return str(_compute(_HASHER.hash, password))


def verify(password_hash: str | None, password: str) -> bool:
    """Return whether `password` is the one; takes as long without a hash (and is then False).

    Raises:
        LimitedError: too many are under way.
    """
    known = None if password_hash == NONE else password_hash
    try:
        _compute(_HASHER.verify, known or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def _compute(work: Callable[..., Any], *arguments: str) -> Any:
    if not _places.acquire(blocking=False):
        raise LimitedError("too many passwords are being checked: try again in a moment", 1)
    try:
        return _HASHING.submit(work, *arguments).result()
    finally:
        _places.release()


def is_outdated(password_hash: str) -> bool:
    """Return whether the hash was made with other parameters and should be made again."""
    with contextlib.suppress(InvalidHashError):
        return _HASHER.check_needs_rehash(password_hash)
    return True


def make_up() -> str:
    """Return a password for somebody who is told it once: 96 random bits."""
    return secrets.token_urlsafe(12)


def check_new(password: str, *, username: str, field: str = "password") -> None:
    """Refuse a new password that is easy to guess.

    Raises:
        InvalidError: names `field`.
    """
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise InvalidError(**{field: f"must be {MIN_CHARS} to {MAX_CHARS} characters long"})
    lowered = password.lower()
    if lowered == username.lower() or len(set(lowered)) < 4 or _is_common(lowered):
        raise InvalidError(**{field: "is one of the common passwords: take another"})


@cache
def _common() -> frozenset[str]:
    file = resources.files("crier.services.people") / "common_passwords.txt"
    text = file.read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _is_common(lowered: str) -> bool:
    """Also for a common one with digits or punctuation around it, or written twice."""
    core = lowered.strip("0123456789!?.,;:-_@#$%&*+ ")
    half = lowered[: len(lowered) // 2]
    doubled = len(lowered) % 2 == 0 and half * 2 == lowered
    common = _common()
    return lowered in common or core in common or (doubled and half in common)
