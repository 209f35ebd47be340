"""The program table, and its form as a Supervisor configuration in the data folder.

The file holds no secret: settings reach a program by its environment alone (`environments`). Lower
priorities start first and stop last.
"""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crier.observability import alive
from crier.settings import Settings
from crier.stack import application, ownership
from crier.stack.postgres import Postgres
from crier.stack.valkey import Valkey

# Characters that begin a comment in Supervisor's configuration, by our names for them.
COMMENTS = {"HASH": "#", "SEMICOLON": ";"}
ALIVE_VARIABLE = alive.VARIABLE


@dataclass(frozen=True, kw_only=True)
class Program:
    """One line of the table. `many` numbers the processes; `stop_s` is the grace to stop.

    `environment` is added to what everybody gets; it is written to disk, so no secrets in it.
    """

    name: str
    command: list[str]
    priority: int
    count: int = 1
    many: bool = False
    user: str | None = None
    stop_signal: str = "TERM"
    stop_s: int = 20
    environment: Mapping[str, str] = field(default_factory=dict)


def embedded(settings: Settings) -> list[Program]:
    """Return the embedded parts that these settings ask for."""
    table = []
    if settings.embedded_database:
        owner = ownership.account(ownership.DATABASE)
        postgres = Program(
            name="postgres",
            command=postgres_of(settings).command(),
            priority=10,
            user=owner.pw_name if owner else None,
            stop_signal="INT",  # PostgreSQL's fast shutdown: end connections, write everything
            stop_s=60,
        )
        table.append(postgres)
    if settings.embedded_redis:
        command = Valkey(settings.run_dir / "valkey" / "valkey.sock").command()
        user = application.user()
        table.append(Program(name="valkey", command=command, priority=20, user=user))
    return table


def alive_folder(settings: Settings) -> Path:
    """Where our workers of this machine keep their signs of life."""
    return settings.run_dir / "alive"


def empty_alive_folder(settings: Settings) -> None:
    """Leave nothing of an earlier run's processes in the folder."""
    for file in alive_folder(settings).iterdir():
        file.unlink()


def product(settings: Settings, environment: Mapping[str, str]) -> list[Program]:
    """Return the API and the workers, with settings that `crier up` itself found out."""
    user = application.user()
    api = Program(name="api", command=crier("api"), priority=40, user=user, environment=environment)
    worker = Program(
        name="worker",
        command=crier("worker"),
        priority=50,
        many=True,
        count=settings.workers,
        user=user,
        stop_s=45,  # longer than its jobs have, and what waits for a database that is away
        environment=environment,
    )
    return [api, worker]


def backup(settings: Settings) -> list[Program]:
    """Return what makes backups, where they are wanted: as whoever starts the platform, since the
    application may not read all that a backup holds."""
    if not settings.backups.are_wanted:
        return []
    return [Program(name="backup", command=crier("backup", "schedule"), priority=60)]


def sandbox(settings: Settings, port: int) -> Program:
    """Return the simulated Telegram of the demo; its world is kept in the data folder."""
    command = crier("sandbox", "--port", str(port), "--state", str(sandbox_state(settings)))
    return Program(name="sandbox", command=command, priority=30, user=application.user())


def sandbox_state(settings: Settings) -> Path:
    """Return where the simulated world is kept; that it is there marks the data folder as a
    demo's."""
    return settings.data_dir / "sandbox" / "state"


def adopt_sandbox_state(settings: Settings) -> None:
    """Move the world of a release that kept it beside the folder."""
    earlier = settings.data_dir / "sandbox.state"
    if earlier.exists():
        earlier.replace(sandbox_state(settings))


def postgres_of(settings: Settings) -> Postgres:
    """Return the embedded PostgreSQL of a data folder."""
    return Postgres(settings.data_dir / "postgres", settings.run_dir / "pg")


def crier(*arguments: str) -> list[str]:
    """Return a command of this very installation."""
    return [sys.executable, "-m", "crier", *arguments]


def control_socket(settings: Settings) -> Path:
    """Return where the running Supervisor listens."""
    return settings.run_dir / "supervisor.sock"


def write_configuration(settings: Settings, table: list[Program]) -> Path:
    """Write `supervisord.conf` for the table; returns its path."""
    logs = settings.data_dir / "log"
    logs.mkdir(exist_ok=True)
    sections = [_head(settings, logs), *(_section(program, logs) for program in table)]
    path = settings.data_dir / "supervisord.conf"
    building = path.with_name(path.name + ".new")
    building.write_text("\n".join(sections), encoding="utf-8")
    building.rename(path)
    return path


def _head(settings: Settings, logs: Path) -> str:
    socket, run = _plain(control_socket(settings)), _plain(settings.run_dir)
    return f"""\
; Written by `crier up` at every start: changes made here are lost.
[unix_http_server]
file = {socket}
chmod = 0700
{f"chown = {user}" if (user := application.user()) else "; its owner starts everything"}

[supervisord]
nodaemon = true
silent = true
{"user = root" if os.geteuid() == 0 else "; as the user who started it"}
pidfile = {run}/supervisord.pid
logfile = {_plain(logs)}/supervisord.log
logfile_maxbytes = 10MB
logfile_backups = 3
loglevel = info
childlogdir = {_plain(logs)}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[rpcinterface:crier]
supervisor.rpcinterface_factory = crier.stack.supervise:make_rpc_interface

[supervisorctl]
serverurl = unix://{socket}
"""


def _section(program: Program, logs: Path) -> str:
    name = "%(program_name)s-%(process_num)d" if program.many else "%(program_name)s"
    lines = {
        "command": _plain(shlex.join(program.command)),
        "process_name": name,
        "numprocs": program.count,
        "numprocs_start": 1,
        "priority": program.priority,
        "autorestart": "true",
        "startsecs": 1,
        "stopsignal": program.stop_signal,
        "stopwaitsecs": program.stop_s,
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": f"{_plain(_plain(logs))}/{name}.log",  # expanded twice
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": 3,
        **({"user": program.user, "directory": "/"} if program.user else {}),
        **({"environment": _environment(program)} if program.environment else {}),
    }
    body = "\n".join(f"{key} = {value}" for key, value in lines.items())
    return f"[program:{program.name}]\n{body}\n"


def _environment(program: Program) -> str:
    return ",".join(f'{name}="{_plain(value)}"' for name, value in program.environment.items())


def _plain(value: object) -> str:
    """Return a value that Supervisor takes as it is: it reads `%` as an expansion, and comments.

    What begins a comment is written as an expansion, which `supervise` knows.
    """
    text = str(value).replace("%", "%%")
    for name, character in COMMENTS.items():
        text = text.replace(character, f"%(ENV_{name})s")
    return text
