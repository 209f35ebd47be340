"""Rotation of the keys that seal secrets, while everything runs.

A new key comes first in the ring; running processes read the ring again when its file changes, so
from then on nothing new is sealed with an older one. Each sealed text is then replaced where it
still is what was read (`WHERE … = old`), so a token that somebody changes meanwhile is not lost.
Old keys stay in the ring: backups, and processes that read a text a moment ago, need them. One
rotation runs at a time, held by a session advisory lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from crier.errors import CrierError
from crier.secrets import vault as vaults
from crier.secrets.keyring import Keyring, new_key
from crier.secrets.vault import Vault

_BATCH: Final = 200
_LOCK: Final = "hashtextextended('crier.keys', 0)"


@dataclass(frozen=True)
class Column:
    """Where sealed texts lie; `fingerprint` is the column that finds them again."""

    table: str
    name: str
    purpose: str
    fingerprint: str | None = None


SEALED: Final = (
    Column("bots", "bot_token", vaults.BOT_TOKEN, "token_fingerprint"),
    Column("bots", "webhook_secret", vaults.WEBHOOK_SECRET),
    Column("idempotency_keys", "response", vaults.IDEMPOTENT_ANSWER),
    Column("one_time_codes", "secret", vaults.ONE_TIME_CODE),
    Column("outbox", "sealed", vaults.MAIL),
    Column("privacy_requests", "subject", vaults.PERSON),
)


def add_key(ring: Keyring) -> str:
    """Put a new key in front of a ring that lies in a file; its id.

    Raises:
        KeyringError: the ring is given in a setting.
    """
    key = new_key()
    ring.put((key, *ring.keys()))
    return key.id


def seal_anew(engine: sa.Engine, vault: Vault) -> int:
    """Seal everything that an older key sealed with the newest; how many texts that were.

    Raises:
        CrierError: another rotation runs. VaultError: a text's key is not in the ring.
    """
    with _alone(engine):
        return sum(_column(engine, vault, column) for column in SEALED)


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[None]:
    with engine.connect() as connection:
        if not connection.scalar(sa.text(f"SELECT pg_try_advisory_lock({_LOCK})")):
            raise CrierError("another rotation of keys is under way: wait until it is done")
        try:
            yield
        finally:
            connection.execute(sa.text(f"SELECT pg_advisory_unlock({_LOCK})"))
            connection.commit()


def _column(engine: sa.Engine, vault: Vault, column: Column) -> int:
    table = sa.table(column.table, sa.column("ctid"), sa.column(column.name))
    value = table.c[column.name]
    old = sa.select(table.c.ctid, value).where(
        value.is_not(None),
        value != "",  # a deleted bot's token, which is forgotten
        ~value.startswith(vault.newest_prefix, autoescape=True),
    )
    done = 0
    while True:
        with engine.begin() as connection:
            rows = connection.execute(old.limit(_BATCH)).all()
            for _, text in rows:
                done += _replace(connection, vault, column, text)
        if not rows:
            return done


def _replace(connection: sa.Connection, vault: Vault, column: Column, text: str) -> int:
    names = [column.name, *([column.fingerprint] if column.fingerprint else [])]
    table = sa.table(column.table, *(sa.column(name) for name in names))
    secret = vault.open(text, column.purpose)
    new: dict[str, Any] = {column.name: vault.seal(secret, column.purpose)}
    if column.fingerprint:
        new[column.fingerprint] = vault.fingerprint(secret)
    result = connection.execute(sa.update(table).where(table.c[column.name] == text).values(**new))
    return result.rowcount
