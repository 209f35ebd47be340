"""The unprivileged account that PostgreSQL runs as when root starts the platform.

PostgreSQL refuses to run as root. Under root its processes, files and socket belong to a system
account of their own, made on first use; everybody else's platform runs as themselves. The folders
above may be closed to that account (/root, `mktemp -d`): it alone is let through, by an access
control list, so nothing is opened to others.
"""

import os
import pwd
import shutil
import stat
import struct
import subprocess
from pathlib import Path

from crier.stack.errors import StackError

ACCOUNT = "crier-postgres"
# The kernel's binary form of an ACL (linux/posix_acl_xattr.h): a version, then tag, rights and id.
_ACL = "system.posix_acl_access"
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER, _NO_ID = 0x01, 0x02, 0x04, 0x10, 0x20, 0xFFFFFFFF


def account() -> pwd.struct_passwd | None:
    """The account for PostgreSQL, made where it is missing; None where we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise StackError("root cannot run PostgreSQL and useradd is missing: run as another user")
    command = [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent"]
    made = subprocess.run(  # noqa: S603 (a fixed command)
        [*command, "--shell", "/usr/sbin/nologin", ACCOUNT], capture_output=True, text=True
    )
    try:  # another starter may have been quicker
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise StackError(f"cannot make the account {ACCOUNT}: {made.stderr.strip()}") from None


def make_private_folder(path: Path, owner: pwd.struct_passwd | None = None) -> Path:
    """Make a folder that only its owner may enter; refuse one that belongs to somebody else.

    The mode of a folder that is there already stays as it is.

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
    for path in (tree, *tree.rglob("*")):
        mode = path.stat().st_mode
        wanted = mode | 0o055 if mode & 0o100 else mode | 0o044
        if wanted != mode:
            path.chmod(wanted)


def _grant_search(folder: Path, mode: int, uid: int) -> None:
    group = mode >> 3 & 7
    entries = [
        *((_USER_OBJ, mode >> 6 & 7, _NO_ID), (_USER, 1, uid), (_GROUP_OBJ, group, _NO_ID)),
        *((_MASK, group | 1, _NO_ID), (_OTHER, mode & 7, _NO_ID)),
    ]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    found = os.getxattr(folder, _ACL) if _ACL in os.listxattr(folder) else b""
    if struct.pack("<HHI", *entries[1]) in found:
        # Ours already. The group bits are the mask now, and somebody's chmod may have closed it.
        folder.chmod(stat.S_IMODE(mode) | stat.S_IXGRP)
        return
    try:
        if found:
            raise OSError("it has an access list that is not ours to rewrite")
        os.setxattr(folder, _ACL, acl)
    except OSError:  # or a file system without access lists
        folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
