"""`crier keys …`, `crier audit …`, `crier people …` and `crier analytics …`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from crier.analytics import rollup
from crier.errors import CrierError
from crier.secrets.keyring import Keyring
from crier.secrets.vault import Vault
from crier.services import audit
from crier.services.privacy import erasing, outside, requests
from crier.services.privacy.export import export as export_person
from crier.services.system import key_rotation as rotation
from crier.settings import Settings
from crier.storage.engine import make_engine, make_sessions
from crier.storage.models.privacy import PrivacyRequest


@dataclass(frozen=True)
class Database:
    """What a command works on."""

    engine: sa.Engine
    vault: Vault
    sessions: sessionmaker[Session]


@contextmanager
def database_of(settings: Settings) -> Iterator[Database]:
    """Open the database of `settings` until the block ends.

    Raises:
        CrierError: it cannot be reached.
    """
    engine, vault = make_engine(settings.database_url, name="crier command"), Vault.of(settings)
    try:
        yield Database(engine, vault, make_sessions(engine, vault.keys))
    except sa.exc.OperationalError as error:
        raise CrierError(
            "cannot reach the database: start it, or check CRIER_DATABASE_URL"
        ) from error
    finally:
        engine.dispose()


@click.group("keys")
def keys() -> None:
    """Rotate the keys that seal bot tokens and sign sessions."""


@keys.command("rotate")
@click.option("--signing", is_flag=True, help="The keys that sign sessions, instead.")
def rotate(signing: bool) -> None:
    """Make a new key the one in use; everything goes on running.

    Where CRIER_TOKEN_KEYS is set, put the new key first in it and restart, then run this.
    """
    settings = Settings.from_environment()
    with database_of(settings) as database:
        if signing:
            ring = Keyring.signing(settings)
            with database.sessions.begin() as session:  # no rotation that nobody is told of
                details = {"ring": "signing", "key_id": rotation.add_key(ring)}
                audit.record(session, audit.SYSTEM, "keys.rotate", "keys", None, details)
            click.echo(
                f"sessions are signed with key {ring.newest.id} from now on; older ones stay good"
            )
            return
        keys = database.vault.keys
        if keys.path is not None:
            rotation.add_key(keys)
        changed = rotation.seal_anew(database.engine, database.vault)
        with database.sessions.begin() as session:
            told = {"ring": "token", "key_id": keys.newest.id, "sealed_anew": changed}
            audit.record(session, audit.SYSTEM, "keys.rotate", "keys", None, told)
    click.echo(f"{changed} secrets are sealed anew, all with key {keys.newest.id}")


@click.group("audit")
def audit_log() -> None:
    """Look after the audit log."""


@audit_log.command("verify")
@click.option("--noted", metavar="HASH", help="A newest hash that was noted before: is it there?")
def verify(noted: str | None) -> None:
    """Check that no line of the audit log was changed, taken out or put in between."""
    with database_of(Settings.from_environment()) as database, database.sessions() as session:
        verdict = audit.verify(session, noted=_hash(noted))
    if verdict.missing_key is not None:
        raise CrierError(
            f"line {verdict.broken_at} of the audit log is sealed with key {verdict.missing_key}, "
            f"which is not in the ring: put it back to check it; the {verdict.lines} lines before "
            "it are good"
        )
    if verdict.broken_at is not None:
        raise CrierError(
            f"the audit log was tampered with: the chain breaks at line {verdict.broken_at}, after "
            f"{verdict.lines} good ones"
        )
    if noted is not None and not verdict.noted:
        raise CrierError(
            f"the audit log was tampered with: none of its {verdict.lines} lines has that hash, so "
            "lines were cut off or written anew since it was noted"
        )
    old = f" ({verdict.unsealed} of them from before lines were sealed)" if verdict.unsealed else ""
    newest = verdict.newest_hash.hex()
    click.echo(f"{verdict.lines} lines, all good{old}; the newest hash is {newest}")


def _hash(text: str | None) -> bytes | None:
    try:
        return None if text is None else bytes.fromhex(text)
    except ValueError:
        raise CrierError("--noted is no hash: give the one that an earlier run printed") from None


@click.group("people")
def people() -> None:
    """Export or erase one person, by Telegram user id, over all bots."""


@people.command("export")
@click.argument("chat_id", type=int)
def export(chat_id: int) -> None:
    """Print everything that bots keep of the person CHAT_ID, as JSON."""
    with (
        database_of(Settings.from_environment()) as database,
        database.sessions.begin() as session,
    ):
        found = export_person(session, audit.SYSTEM, database.vault, chat_id)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@people.command("erase")
@click.argument("chat_id", type=int)
@click.confirmation_option(prompt="This cannot be undone. Erase this person from all bots?")
def erase_person(chat_id: int) -> None:
    """Erase the person CHAT_ID from all bots; sums stay."""
    settings = Settings.from_environment()
    with database_of(settings) as database:
        with database.sessions.begin() as session:
            asked = requests.erase_person(session, audit.SYSTEM, database.vault, chat_id)
            key = asked.id
        outside.keep(database.sessions, outside.list_of(settings))
        erasing.work_off(database.sessions, database.vault)
        with database.sessions() as session:
            rows = session.get_one(PrivacyRequest, key).rows
    click.echo(
        f"erased, {rows} rows; what is on its way to Telegram is erased by a worker in a minute "
        f"(erasure {key})"
    )


@people.command("reapply-erasures")
@click.option("--all", "everything", is_flag=True, help="Also those that the database has as done.")
@click.option(
    "--list",
    "given",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another list than the data folder's erasures/erasures.jsonl.",
)
def reapply_erasures(everything: bool, given: Path | None) -> None:
    """Erase once more everybody that was erased after the backup that was restored.

    Each worker does so when it starts, before it sends anything.
    """
    settings = Settings.from_environment()
    with database_of(settings) as database:
        asked = outside.catch_up(
            database.sessions, database.vault, given or outside.list_of(settings)
        )
        if everything:
            outside.forget_done(database.sessions)
        outside.keep(database.sessions, outside.list_of(settings))
        erasing.work_off(database.sessions, database.vault)
    click.echo(f"{asked} erasures were not known to the database, and are carried out again")


@click.group("analytics")
def analytics() -> None:
    """Look after the figures of the past."""


@analytics.command("rebuild")
def rebuild() -> None:
    """Compute all rollups anew from the minutes that are kept; figures stay readable meanwhile."""
    with (
        database_of(Settings.from_environment()) as database,
        database.sessions.begin() as session,
    ):
        hours = rollup.rebuild(session)
    click.echo(f"{hours} hours computed anew, and all days, months and owners' hours above them")
