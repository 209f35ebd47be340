"""`crier version`: which Crier this is, and whether it fits its database and is the newest.

It asks nobody but the database of the settings: what is newest is read from a file that you bring.
"""

import re
import sys
from pathlib import Path
from typing import Final

import click
from packaging.version import Version

from crier.errors import CrierError
from crier.settings import Settings
from crier.storage import reach, schema_version
from crier.version import number, version

# A heading of CHANGELOG.md that has a date, or a file of a release, as SHA256SUMS names it.
_RELEASED: Final = re.compile(
    r"^## \[(\d+(?:\.\d+)+)\] - \d{4}-\d\d-\d\d|\bcrier(?:-chart|-image)?-(\d+(?:\.\d+)+)[-.]",
    re.MULTILINE,
)


@click.command("version")
@click.option("--check", is_flag=True, help="Also the schema of the database, and what is newer.")
@click.argument("releases", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1)
def command(check: bool, releases: tuple[Path, ...]) -> None:
    """Say which Crier this is.

    With --check it also says whether the database has the schema of this version, and whether
    one of RELEASES is newer: a CHANGELOG.md, a SHA256SUMS or any other file of a release. Nobody
    is asked over the network but the database. The exit status is 1 where there is something to do.
    """
    if releases and not check:
        raise click.UsageError("say --check to compare with RELEASES")
    click.echo(f"crier {version()}")
    if check:
        lines = [_schema(), *(_newer(path) for path in releases)]
        for line, _ in lines:
            click.echo(line)
        sys.exit(any(is_to_do for _, is_to_do in lines))


def _schema() -> tuple[str, bool]:
    needed = schema_version.newest()
    settings = Settings.from_environment()
    if problem := reach.database_problem(settings.database_url):
        return f"schema    this version needs {needed}; {problem}", True
    try:
        schema_version.check(settings.database_url)
    except schema_version.SchemaBehindError as error:
        return f"schema    {error}", True
    return f"schema    {needed}, as the database has it", False


def _newer(path: Path) -> tuple[str, bool]:
    """Return what the file says about releases, and whether one is newer than this."""
    text = f"{path.name}\n"
    if path.suffix not in (".whl", ".gz", ".tgz", ".tar"):
        text += path.read_text(encoding="utf-8", errors="replace")
    found = [Version(one or other) for one, other in _RELEASED.findall(text)]
    if not found:
        raise CrierError(
            f"{path} names no release of Crier: give CHANGELOG.md or SHA256SUMS of one"
        )
    newest = max(found)
    if newest > Version(number()):
        return f"releases  {newest} in {path} is newer", True
    return f"releases  none in {path} is newer (its newest is {newest})", False
