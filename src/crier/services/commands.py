"""`crier keys …`, `crier audit …` and `crier users …`."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import click
import sqlalchemy as sa

from crier.errors import CrierError
from crier.services import accounts, audit
from crier.services import keys as rotation
from crier.settings import Settings
from crier.storage.engine import make_engine, make_sessions
from crier.storage.keyring import Keyring
from crier.storage.vault import Vault


@contextmanager
def _database(settings: Settings) -> Iterator[sa.Engine]:
    engine = make_engine(settings.database_url, name="crier command")
    try:
        yield engine
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
    if signing:
        key_id = rotation.add_key(Keyring.signing(settings))
        click.echo(f"sessions are signed with key {key_id} from now on; older ones stay good")
        return
    vault = Vault.of(settings)
    if vault.keys.path is not None:
        rotation.add_key(vault.keys)
    with _database(settings) as engine:
        changed = rotation.seal_anew(engine, vault)
        with make_sessions(engine).begin() as session:
            details = {"key": vault.keys.newest.id, "sealed_anew": changed}
            audit.record(session, audit.SYSTEM, "keys.rotate", "keys", None, details)
    click.echo(f"{changed} secrets are sealed anew, all with key {vault.keys.newest.id}")


@click.group("audit")
def audit_log() -> None:
    """Look after the audit log."""


@audit_log.command("verify")
def verify() -> None:
    """Check that no line of the audit log was changed, taken out or put in between."""
    settings = Settings.from_environment()
    with _database(settings) as engine, make_sessions(engine)() as session:
        verdict = audit.verify(session)
    if verdict.broken_at is not None:
        raise CrierError(
            f"the audit log was tampered with: the chain breaks at line {verdict.broken_at}, after "
            f"{verdict.lines} good ones"
        )
    click.echo(f"{verdict.lines} lines, all good; the newest hash is {verdict.newest_hash.hex()}")


@click.group("users")
def users() -> None:
    """Help people who cannot sign in."""


@users.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """Give USERNAME a new password, which is printed once; their sign-ins end."""
    password = secrets.token_urlsafe(12)
    with (
        _database(Settings.from_environment()) as engine,
        make_sessions(engine).begin() as session,
    ):
        accounts.reset_password(session, username, password)
    click.echo(f"the password of {username} is {password} (not shown again)")
