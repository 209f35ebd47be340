"""The account of the API, the workers, Valkey and the demo's sandbox, where root starts them.

It may read this installation and walk down to the data folder; it owns the folders that its
programs write and no other. The folder above them is root's, so that it cannot put anything in the
place of what root reads or runs.
"""

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from crier.observability import alive
from crier.settings import Settings
from crier.stack import ownership
from crier.stack.errors import StackError

_PROBE = "import crier.cli, psycopg, ssl"


def _kept(settings: Settings) -> list[Path]:
    return [settings.data_dir / name for name in ("keys", "media", "erasures")]


def _supervised(settings: Settings) -> list[Path]:
    run = settings.run_dir
    return [settings.data_dir / "sandbox", run / "alive", run / "valkey"]


def user() -> str | None:
    """Name of the account; None where we are not root, and everybody runs as we do."""
    found = ownership.account(ownership.APPLICATION)
    return found.pw_name if found else None


def prepare(settings: Settings) -> None:
    """Make every folder that programs write, hand over what is root's in them, and let the account
    read the program.

    Raises:
        StackError: a folder cannot be made, or the account cannot be let in.
    """
    _prepare([*_kept(settings), *_supervised(settings)])


def _prepare(folders: list[Path]) -> None:
    owner = ownership.account(ownership.APPLICATION)
    for folder in folders:
        ownership.make_private_folder(folder, owner)
        if owner:
            _hand_over(folder, owner)
            ownership.let_pass(folder, owner)
    if owner:
        for tree in _installation():
            ownership.let_read(tree, owner)
        ownership.let_pass(Path(sys.base_prefix) / "bin", owner)
        _probe(owner)


def become(settings: Settings) -> None:
    """Go on as the account, for good, where root has started this very program.

    Raises:
        StackError: as `prepare`, or this machine does not let us change.
    """
    if settings.data_dir.is_dir():
        ownership.narrow(settings.data_dir)
    owner = ownership.account(ownership.APPLICATION)
    if owner is None:
        return
    ownership.make_private_folder(settings.data_dir)
    _prepare(_kept(settings))
    signs = Path(os.environ.get(alive.VARIABLE, "/nonexistent"))
    if signs.is_dir() and not signs.stat().st_mode & stat.S_IWOTH:
        _hand_over(signs, owner)
    try:
        os.setgroups([])
        os.setgid(owner.pw_gid)
        os.setuid(owner.pw_uid)
    except OSError as error:
        raise StackError(
            f"root cannot become {owner.pw_name} here ({error.strerror}): run as another user"
        ) from None


def _installation() -> Iterator[Path]:
    """Yield our own package, and its environment where that is no system's."""
    yield Path(str(resources.files("crier")))
    if sys.prefix != sys.base_prefix:
        yield Path(sys.prefix)


def _hand_over(tree: Path, owner: pwd.struct_passwd) -> None:
    """Give the account what is root's in a folder; links are not followed, nor named twice."""
    for _, names, files, folder in os.fwalk(tree, follow_symlinks=False):
        for name in (".", *names, *files):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            is_single = stat.S_ISDIR(found.st_mode) or found.st_nlink == 1
            if found.st_uid == 0 and is_single:
                os.chown(name, owner.pw_uid, owner.pw_gid, dir_fd=folder, follow_symlinks=False)


def _probe(owner: pwd.struct_passwd) -> None:
    """Make sure that the account can run this installation: better one line now than many later."""
    tried = subprocess.run(  # noqa: S603 (ourselves)
        [sys.executable, "-c", _PROBE],
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        user=owner.pw_uid,
        group=owner.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
    )
    if tried.returncode != 0:
        reason = (tried.stderr.strip().splitlines() or ["it ended"])[-1]
        raise StackError(
            f"the account {owner.pw_name} cannot run this installation ({reason}): "
            "let it read the folder, or run as another user"
        )
