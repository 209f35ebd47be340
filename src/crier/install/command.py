"""`crier install` and `crier uninstall`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from crier.install import changes, files
from crier.install.changes import FileChange, Installed
from crier.install.files import Runner, below_root


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    folder = click.Path(path_type=Path, file_okay=False, exists=True)
    for option in (
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing."),
        click.option("--root", type=folder, default="/", help="Another folder than / to write to."),
    ):
        command = option(command)
    return command


@click.command("install")
@click.option(
    "--with",
    "runner",
    type=click.Choice(["systemd", "supervisor"]),
    default="systemd",
    help="What runs Crier: systemd everything, Supervisor the API and the workers.",
)
@click.option("--tls", help="The folder of fullchain.pem and privkey.pem, if not certbot's.")
@_options
def install(runner: Runner, tls: str | None, root: Path, dry_run: bool, yes: bool) -> None:
    """Write what a Debian server needs to run Crier: settings, unit or table, nginx, logrotate.

    Settings are those in the environment, and then those in /etc/crier/crier.env.
    """
    kept = below_root(root, files.ENVIRONMENT)
    text = kept.read_text(encoding="utf-8") if kept.exists() else None
    given = os.environ if text is None else files.read_environment(text)
    wanted = files.wanted(given, runner, tls, root)
    known = Installed.of(root)
    found = changes.to_install(root, wanted, known)
    if not _agreed(found, dry_run=dry_run, yes=yes):
        return
    changes.carry_out(root, found, wanted, known)
    click.echo("then:")
    for step in wanted.start:
        click.echo(f"  {step}")


@click.command("uninstall")
@_options
def uninstall(root: Path, dry_run: bool, yes: bool) -> None:
    """Remove what `crier install` wrote, and nothing else: data, logs and what was changed stay."""
    known = Installed.of(root)
    found = changes.to_uninstall(root, known)
    if files.UNIT in known.files:
        click.echo("first: systemctl disable --now crier")
    elif files.TABLE in known.files:
        click.echo("first: supervisorctl stop crier-api crier-worker:*")
    if _agreed(found, dry_run=dry_run, yes=yes):
        changes.carry_out(root, found, None, known)
        click.echo("then: nginx -t && systemctl reload nginx")


def _agreed(found: list[FileChange], *, dry_run: bool, yes: bool) -> bool:
    """Show the steps; return whether they are to be done."""
    for change in found:
        click.echo(str(change))
    if not found:
        click.echo("nothing to do")
        return False
    return not dry_run and (yes or click.confirm("Do it?"))
