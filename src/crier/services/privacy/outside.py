"""The list of erasures outside of the database, which a restored backup does not turn back.

It is a file in the data folder, a line of JSON for each request, ids sealed as in the database.
`keep` brings it up to date before anything is erased, so what is erased is in the list. `catch_up`,
before a worker begins, asks anew for what the list knows and the database does not: that is one
restored from a backup of before. Nothing of a person newer than the request is touched then.

Writers of one machine take turns by a lock on a file beside it; the list is replaced as a whole.
Where several machines run workers, each has a list of its own, which holds all that its workers
have seen in the database; any of them may be used.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from crier.secrets.vault import PERSON, Vault
from crier.services import audit
from crier.services.bots import bots
from crier.services.privacy import erasing
from crier.settings import Settings
from crier.storage.models.bots import Bot
from crier.storage.models.privacy import PrivacyRequest

_FIELDS: Final = (
    *("key", "kind", "user_id", "bot_id", "bot_key", "subject", "requested_at", "requested_by"),
)
Entry = dict[str, Any]


def list_of(settings: Settings) -> Path:
    """Return where the list of this data folder is."""
    return settings.data_dir / "erasures" / "erasures.jsonl"


def keep(database: sessionmaker[Session], path: Path) -> None:
    """Add to the list what the database knows; an entry that it has lost stays in the list.

    Raises:
        OSError: the list cannot be written.
    """
    with database() as session:
        known = {str(one.key): _entry(one) for one in session.scalars(sa.select(PrivacyRequest))}
    with _turn(path):
        listed = _read(path)
        if known.keys() - listed.keys() or any(listed[key] != known[key] for key in known):
            _replace(path, {**listed, **known})


def catch_up(database: sessionmaker[Session], vault: Vault, path: Path) -> int:
    """Ask anew for what is in the list and not in the database; how many that is.

    Nobody who is among it gets anything from then on, and a bot among it is deleted; `erasing` does
    the rest.
    """
    listed = _read(path)
    with database.begin() as session:
        session.execute(sa.text("LOCK TABLE privacy_requests IN SHARE ROW EXCLUSIVE MODE"))
        known = {str(key) for key in session.scalars(sa.select(PrivacyRequest.key))}
        lost = [entry for key, entry in listed.items() if key not in known]
        asked = sum(_ask_again(session, vault, entry) for entry in lost)
        if asked:
            audit.record(
                session, audit.SYSTEM, "erasures.reapply", "erasures", None, {"count": asked}
            )
    return asked


def forget_done(database: sessionmaker[Session]) -> None:
    """Have everything carried out again, also what the database holds to be done."""
    fresh = {"done_at": None, "salt": sa.func.gen_random_uuid(), "due_at": sa.func.now()}
    with database.begin() as session:
        done = PrivacyRequest.done_at.is_not(None)
        session.execute(sa.update(PrivacyRequest).where(done).values(fresh))


def _ask_again(session: Session, vault: Vault, entry: Entry) -> bool:
    """Ask for one anew. Return False where nothing is to be done: the database never had the
    bot."""
    values = {name: entry.get(name) for name in _FIELDS}
    asked_at = datetime.fromisoformat(entry["requested_at"])
    values |= {"key": UUID(entry["key"]), "requested_at": asked_at}
    if entry["kind"] == "bot":
        bot = session.scalar(sa.select(Bot).filter_by(id=entry["bot_id"]).with_for_update())
        if bot is None or bot.public_key != entry["bot_key"]:
            return False
        if bot.deleted_at is None:
            bots.delete(session, audit.SYSTEM, bot)
    else:
        chat_id = int(vault.open(entry["subject"], PERSON))
        erasing.stop(session, chat_id, entry["user_id"], asked_at)
    session.add(PrivacyRequest(**values))
    session.flush()
    return True


def _entry(request: PrivacyRequest) -> Entry:
    entry = {name: getattr(request, name) for name in _FIELDS}
    return {**entry, "key": str(request.key), "requested_at": request.requested_at.isoformat()}


def _read(path: Path) -> dict[str, Entry]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return {entry["key"]: entry for entry in map(json.loads, lines)}


def _replace(path: Path, entries: dict[str, Entry]) -> None:
    new = path.with_suffix(".new")
    text = "".join(f"{json.dumps(entry)}\n" for entry in entries.values())
    with _opened(new) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _opened(path.with_suffix(".lock")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _opened(path: Path) -> TextIO:
    """Open a file to write, of the same owner as its folder, also where root writes."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return os.fdopen(descriptor, "w", encoding="utf-8")
