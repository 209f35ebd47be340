"""The command line. Each command imports its part when it is called, so that all start quickly.

Whatever goes wrong that Crier foresaw is one line on stderr for each problem, and exit status 1.
"""

import errno
import importlib
import io
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import click

from crier.errors import CrierError, SettingsError
from crier.observability import garbage
from crier.settings import Settings

# Commands that their own parts define: name on the command line → where it is.
PLUGGED = {
    "backup": "crier.backup.command:backup",
    "restore": "crier.backup.command:restore",
    "install": "crier.install.command:install",
    "uninstall": "crier.install.command:uninstall",
    "sandbox": "crier.sandbox.command:command",
    "doctor": "crier.services.system.doctor_command:command",
    "keys": "crier.services.system.commands:keys",
    "audit": "crier.services.system.commands:audit_log",
    "people": "crier.services.system.commands:people",
    "users": "crier.services.system.user_commands:users",
    "analytics": "crier.services.system.commands:analytics",
    "export-all": "crier.services.system.export_command:command",
    "version": "crier.services.system.version_command:command",
}


class _Commands(click.Group):
    """Our commands and the plugged ones, imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *PLUGGED])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in PLUGGED:
            return super().get_command(ctx, cmd_name)
        module, _, name = PLUGGED[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


def _show_version(ctx: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    if is_wanted:
        from crier.version import version

        say(f"crier {version()}")
        ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version, and the commit where it is known.",
)
def crier() -> None:
    """Crier runs fleets of Telegram bots and accounts for every ad they send."""


@crier.command()
@click.option("--with-parent", is_flag=True, help="Stop also when our starter ends.")
def up(with_parent: bool) -> None:
    """Run the whole platform here, until Ctrl-C."""
    with garbage.frozen():
        from crier import bootstrap
        from crier.stack import stopping

    stopping.listen()
    if with_parent:
        stopping.with_parent()
    bootstrap.run_platform(Settings.from_environment(), say)


@crier.command()
def api() -> None:
    """Serve the HTTP API and the dashboard."""
    with garbage.frozen():
        from crier.api import serve
        from crier.stack import application
        from crier.storage import reach

    settings = Settings.from_environment()
    application.become(settings)
    reach.wait_for_schema(settings, say)
    serve.run(settings)


@crier.command()
def worker() -> None:
    """Run bots, broadcasts and background jobs."""
    with garbage.frozen():
        from crier.jobs import worker as jobs_worker
        from crier.stack import application
        from crier.storage import reach

    settings = Settings.from_environment()
    application.become(settings)
    reach.wait_for_schema(settings, say)
    jobs_worker.run(settings)


@crier.command()
@click.option("--with-admin", is_flag=True, help="Also make the admin of an empty database.")
def migrate(with_admin: bool) -> None:
    """Bring the database's schema up to date; may be run any number of times."""
    from crier import bootstrap

    settings = Settings.from_environment()
    if with_admin and settings.admin_password is None:
        _fail("--with-admin needs CRIER_ADMIN_PASSWORD or CRIER_ADMIN_PASSWORD_FILE")
    bootstrap.migrate_database(settings)
    if with_admin:
        bootstrap.make_admin(settings)
    say("the database's schema is up to date")


@crier.command()
def restart() -> None:
    """Restart the API and the workers one after the other; no request and no message is lost."""
    from crier.stack import rolling

    rolling.restart(Settings.from_environment(), say)


@crier.command()
def status() -> None:
    """Show every process of the running platform; `silent` is one that does not answer."""
    from crier.stack import watchdog
    from crier.stack.programs import control_socket
    from crier.stack.supervisor_client import SupervisorClient

    settings = Settings.from_environment()
    states = SupervisorClient(control_socket(settings)).processes()
    silent = watchdog.silent(settings, states)
    for state in states:
        shown = "silent" if state.name in silent else state.state
        say(f"{state.name:<12} {shown:<9} {state.pid or '-':>8} {state.uptime_s:>8} s")


def say(line: str) -> None:
    """Print a line for the user. Where nobody reads any more, go on without."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """Entry point of `crier`."""
    with report_errors():
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # what a terminal cannot show is a "?"
                stream.reconfigure(errors="replace")
        crier(prog_name="crier")


@contextmanager
def report_errors() -> Iterator[None]:
    """Turn whatever goes wrong inside into lines on stderr and exit status 1."""
    try:
        yield
    except SettingsError as error:
        _fail(*error.problems)
    except CrierError as error:
        _fail(str(error))
    except Exception as error:  # noqa: BLE001 (the last resort: a user never sees a traceback)
        if os.environ.get("CRIER_LOG_LEVEL", "").lower() == "debug":
            traceback.print_exc()
        _fail(_machine(error) or _fault(error))


_MACHINE = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room, or raise the quota",
    errno.EROFS: "make it writable, or choose another CRIER_DATA_DIR",
    errno.EACCES: "let Crier's user in, or choose another CRIER_DATA_DIR",
    errno.EPERM: "let Crier's user in, or choose another CRIER_DATA_DIR",
    errno.ENOTDIR: "choose another CRIER_DATA_DIR",
    errno.EISDIR: "choose another CRIER_DATA_DIR",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "raise the limit of open files (fs.file-max)",
    errno.ENOMEM: "free some memory",
    errno.EAGAIN: "raise the limit of processes (ulimit -u)",
}


def _machine(error: Exception) -> str | None:
    """What this machine refuses, and the way out; None where it is no matter of the machine."""
    if not isinstance(error, OSError) or error.errno not in _MACHINE:
        return None
    place = f"cannot use {error.filename}" if error.filename else "cannot go on"
    return f"{place} ({os.strerror(error.errno).lower()}): {_MACHINE[error.errno]}"


def _fault(error: Exception) -> str:
    name = type(error).__name__
    return f"a fault in Crier itself ({name}): CRIER_LOG_LEVEL=debug shows where"


def _fail(*problems: str) -> None:
    for problem in problems:
        print(f"crier: {problem}", file=sys.stderr)
    sys.exit(1)
