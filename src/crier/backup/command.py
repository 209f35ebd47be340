"""`crier backup …` and `crier restore`."""

from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import IO

import click
import pyrage

from crier.backup import making, restoring
from crier.backup.contents import Manifest
from crier.backup.errors import BackupError
from crier.backup.places import Folder, place_of
from crier.backup.restoring import Source
from crier.observability import logs
from crier.settings import Settings
from crier.stack import up

_IDENTITY = click.option(
    "--identity",
    type=click.File(encoding="ascii"),
    help="The file with the private key, for a backup that is sealed for a public one.",
)


@click.group("backup")
def backup() -> None:
    """Make backups of everything, see and verify them; `crier restore` restores one."""


@backup.command("create")
def create() -> None:
    """Make a backup now, while everything runs, and remove those beyond CRIER_BACKUP_KEEP."""
    settings = Settings.from_environment()
    made = making.make(settings)
    click.echo(f"{made.name}, {made.length:,} bytes, is in {place_of(settings).name}")
    _say(made.manifest)
    for name in made.removed:
        click.echo(f"removed {name}")


@backup.command("schedule")
def schedule() -> None:
    """Make a backup every CRIER_BACKUP_HOURS, until it is stopped. `crier up` runs this."""
    settings = Settings.from_environment()
    logs.configure(settings, program="backup")
    making.keep_making(settings)


@backup.command("list")
def list_all() -> None:
    """Show the names of all backups, the oldest first."""
    for name in place_of(Settings.from_environment()).names():
        click.echo(name)


@backup.command("verify")
@click.argument("name", default="")
@_IDENTITY
def verify(name: str, identity: IO[str] | None) -> None:
    """Read the backup NAME (the newest, where none is named; or a file) to its end."""
    settings = Settings.from_environment()
    manifest = restoring.verify(settings, _source(settings, name), _read(identity))
    _say(manifest)
    click.echo("the backup is whole")


@backup.command("key")
def key() -> None:
    """Make a pair of keys: the public one seals backups, the private one alone opens them."""
    identity = pyrage.x25519.Identity.generate()
    click.echo(f"CRIER_BACKUP_RECIPIENT={identity.to_public()}")
    click.echo("keep this somewhere else, in the file that --identity names:", err=True)
    click.echo(str(identity))


@click.command("restore")
@click.argument("name", default="")
@_IDENTITY
@click.option(
    "--recovered", is_flag=True, help="No backup: PostgreSQL itself recovered the database."
)
def restore(name: str, identity: IO[str] | None, recovered: bool) -> None:
    """Restore the backup NAME (the newest, where none is named; or a file) into an empty platform.

    Nothing is sent: what was running comes back paused. The platform must not run meanwhile. With
    --recovered nothing is restored, and what was running in the database as it is gets paused.
    """
    settings = Settings.from_environment()
    if recovered:
        if name or identity:
            raise click.UsageError("--recovered takes no backup")
        restoring.settle(settings, click.echo)
        click.echo("now start the platform, and look at what is paused before you resume it")
        return
    with _database(settings):
        restoring.restore(settings, _source(settings, name), _read(identity), click.echo)
    click.echo("restored: start the platform, and look at what is paused before you resume it")


def _source(settings: Settings, name: str) -> Source:
    """Return what opens the backup of that name, or the file of that path."""
    path = Path(name)
    if path.name != name or path.is_file():
        return partial(Folder(path.parent).read, path.name)
    place = place_of(settings)
    if not name:
        names = place.names()
        if not names:
            raise BackupError(f"{place.name} has no backup")
        name = names[-1]
        click.echo(name)
    return partial(place.read, name)


def _database(settings: Settings) -> AbstractContextManager[object]:
    return up.embedded_parts(settings, click.echo) if settings.embedded_database else nullcontext()


def _read(identity: IO[str] | None) -> str | None:
    if identity is None:
        return None
    lines = [line.strip() for line in identity.read(10_000).splitlines()]
    return next((line for line in lines if line and not line.startswith("#")), "")


def _say(manifest: Manifest) -> None:
    click.echo(manifest)
    if manifest.uploads != "this backup":
        click.echo(f"uploads are in {manifest.uploads}, and are no part of it")
