"""The unprivileged accounts that programs run as when root starts the platform.

Under root PostgreSQL, its files and its socket belong to one system account, and the API, the
workers, Valkey and the demo's sandbox, with the folders that they write, to another; both are made
on first use. Everybody else's platform runs as themselves. The folders above may be closed to an
account (/root, `mktemp -d`): it alone is let through, by an access control list, so nothing is
opened to others. What root reads or runs itself (the configuration, pid files, the lock) lies in
folders that no account may write.
"""

import os
import pwd
import shutil
import stat
import struct
import subprocess
from pathlib import Path

from crier.stack.errors import StackError

DATABASE, APPLICATION = "crier-postgres", "crier-app"
# What a data folder has from its first moment, and what marks one that was in use.
_FIRST, _OURS = {"lock"}, {"keys", "postgres", "supervisord.conf"}
# The kernel's binary form of an ACL (linux/posix_acl_xattr.h): a version, then tag, rights and id.
_ACL = "system.posix_acl_access"
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER, _NO_ID = 0x01, 0x02, 0x04, 0x10, 0x20, 0xFFFFFFFF


def account(name: str) -> pwd.struct_passwd | None:
    """Return the account of that name, made where it is missing; None where we are not root.

    Raises:
        StackError: it cannot be made.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(name)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise StackError(
            f"root needs the account {name}, and useradd is missing: run as another user"
        )
    command = [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent"]
    made = subprocess.run(  # noqa: S603 (a fixed command)
        [*command, "--shell", "/usr/sbin/nologin", name], capture_output=True, text=True
    )
    try:  # another starter may have been quicker
        return pwd.getpwnam(name)
    except KeyError:
        reason = " ".join(made.stderr.split())
        raise StackError(
            f"cannot make the account {name} ({reason}): run as another user"
        ) from None


def make_private_folder(path: Path, owner: pwd.struct_passwd | None = None) -> Path:
    """Make a folder that only its owner may enter; refuse one that belongs to somebody else.

    The mode of a folder that is there already stays as it is: see `narrow`.

    Raises:
        StackError: it cannot be made, or is not ours.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        uid, gid = (owner.pw_uid, owner.pw_gid) if owner else (os.geteuid(), os.getegid())
        found = path.stat()
        if found.st_uid not in (uid, os.geteuid()):
            raise StackError(f"{path} belongs to another user: choose another CRIER_DATA_DIR")
        if found.st_uid != uid:
            os.chown(path, uid, gid)
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise StackError(f"cannot use {path} ({reason}): choose another CRIER_DATA_DIR") from None
    return path


def narrow(folder: Path) -> bool:
    """Close a data folder to others; whether it was open.

    Raises:
        StackError: it is open and holds other things, so that it may not be ours to close.
    """
    mode = folder.stat().st_mode
    # Of a folder with an access list the group's bits are its mask, and let nobody in themselves.
    open_to = stat.S_IRWXO if _ACL in os.listxattr(folder) else stat.S_IRWXO | stat.S_IRWXG
    if not mode & open_to:
        return False
    names = {path.name for path in folder.iterdir()}
    if mode & stat.S_ISVTX or not (names <= _FIRST or names & _OURS):
        raise StackError(
            f"{folder} is open to others and holds other things: choose a folder of Crier's own "
            "for CRIER_DATA_DIR"
        )
    folder.chmod(stat.S_IMODE(mode) & ~open_to)
    return True


def let_pass(path: Path, owner: pwd.struct_passwd | None) -> None:
    """Let the account walk down to `path`: search right, for it alone, on closed folders above."""
    if owner is None:
        return
    for folder in {*path.absolute().parents, *path.resolve().parents}:
        found = folder.stat()
        if not found.st_mode & stat.S_IXOTH and found.st_uid != owner.pw_uid:
            _grant_search(folder, found.st_mode, owner.pw_uid)


def let_read(tree: Path, owner: pwd.struct_passwd | None) -> None:
    """Make an installed package readable for the account, where a strict umask had closed it."""
    if owner is None:
        return
    let_pass(tree, owner)
    for folder, names, files in os.walk(tree):
        for path in (folder, *(os.path.join(folder, name) for name in (*names, *files))):  # noqa: PTH118 (thousands)
            mode = os.lstat(path).st_mode
            wanted = mode | 0o055 if mode & 0o100 else mode | 0o044
            if stat.S_ISLNK(mode):
                let_pass(Path(path), owner)
            elif wanted != mode:
                os.chmod(path, stat.S_IMODE(wanted))  # noqa: PTH101


def _grant_search(folder: Path, mode: int, uid: int) -> None:
    """Add a line for the account to the folder's access list, which is made where there is none."""
    entries = _entries(folder, mode)
    _, rights, _ = entries.pop((_USER, uid), (_USER, 0, uid))
    entries[_USER, uid] = (_USER, rights | 1, uid)
    group = entries[_GROUP_OBJ, _NO_ID][1]
    _, mask, _ = entries.get((_MASK, _NO_ID), (_MASK, group, _NO_ID))
    entries[_MASK, _NO_ID] = (_MASK, mask | 1, _NO_ID)
    packed = (struct.pack("<HHI", *entries[key]) for key in sorted(entries))
    try:
        os.setxattr(folder, _ACL, struct.pack("<I", 2) + b"".join(packed))
    except OSError:  # a file system without access lists
        folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _entries(folder: Path, mode: int) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Return the folder's access list by tag and id, as it is or as its mode says."""
    try:
        found = os.getxattr(folder, _ACL)[4:]
    except OSError:
        found = b"".join(
            struct.pack("<HHI", tag, mode >> shift & 7, _NO_ID)
            for tag, shift in ((_USER_OBJ, 6), (_GROUP_OBJ, 3), (_OTHER, 0))
        )
    return {(entry[0], entry[2]): entry for entry in struct.iter_unpack("<HHI", found)}
