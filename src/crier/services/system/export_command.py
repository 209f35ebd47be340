"""`crier export-all`: everything that there is to export, as files that other programs read."""

import os
from pathlib import Path

import click

from crier.analytics import datasets, formats
from crier.analytics.datasets import COLUMNS, Selection
from crier.domain.span import EVER
from crier.errors import CrierError
from crier.services import audit
from crier.services.system.commands import database_of
from crier.settings import Settings

_LEFT_OUT = {"recipients"}  # of one ad; `messages` has all of them


@click.command("export-all")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--format", "kind", type=click.Choice(["csv", "json"]), default="csv")
def command(folder: Path, kind: formats.Format) -> None:
    """Write everybody's bots, ads, subscribers, messages and clicks into FOLDER.

    One file each, which only its owner may read: they name people. Secrets are in none of them.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise CrierError(f"cannot write into {folder}: {error.strerror}") from None
    if not is_empty:
        raise CrierError(f"{folder} is not empty: name another folder, or one that is not there")
    with database_of(Settings.from_environment()) as database:
        with database.sessions.begin() as session:
            audit.record(session, audit.SYSTEM, "analytics.export", "export", "all", {"as": kind})
        for dataset, columns in COLUMNS.items():
            if dataset in _LEFT_OUT:
                continue
            wanted = Selection(dataset=dataset, owner=None, span=EVER)
            rows = datasets.rows(database.sessions, wanted)
            file = folder / f"{dataset}.{kind}"
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as output:
                output.writelines(formats.write(kind, columns, rows))
            click.echo(f"{file}  {file.stat().st_size} bytes")
