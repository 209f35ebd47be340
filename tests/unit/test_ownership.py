"""The data folder is closed to others, and accounts are let through one by one."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from crier.stack import ownership
from crier.stack.errors import StackError


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o777, 0o701, 0o707])
@pytest.mark.parametrize("names", [[], ["lock"], ["lock", "keys", "notes.txt"], ["postgres"]])
def test_a_folder_of_ours_that_is_open_is_closed(
    tmp_path: Path, mode: int, names: list[str]
) -> None:
    for name in names:
        (tmp_path / name).touch()
    tmp_path.chmod(mode)
    assert ownership.narrow(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert not ownership.narrow(tmp_path)


@pytest.mark.parametrize(("mode", "name"), [(0o755, "thesis.odt"), (0o1777, "keys")])
def test_an_open_folder_with_other_things_in_it_is_refused(
    tmp_path: Path, mode: int, name: str
) -> None:
    (tmp_path / name).touch()
    tmp_path.chmod(mode)
    with pytest.raises(StackError, match="open to others"):
        ownership.narrow(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == mode
    tmp_path.chmod(0o700)


def test_a_file_in_the_place_of_the_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(StackError, match="choose another CRIER_DATA_DIR"):
        ownership.make_private_folder(tmp_path / "var")


def can_enter(uid: int, path: Path) -> bool:
    tried = subprocess.run(
        ["/usr/bin/stat", path], user=uid, extra_groups=[], capture_output=True, check=False
    )
    return tried.returncode == 0


def test_both_accounts_pass_a_closed_folder_and_nobody_else(tmp_path: Path) -> None:
    accounts = [ownership.account(n) for n in (ownership.DATABASE, ownership.APPLICATION)]
    if os.geteuid() != 0:
        assert accounts == [None, None]
        return
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    for account in accounts:
        ownership.let_pass(inner, account)
        ownership.let_pass(inner, account)
    assert all(can_enter(account.pw_uid, inner) for account in accounts if account)
    assert not can_enter(65534, inner)
    (tmp_path / "closed").chmod(0o700)  # somebody closes it again
    for account in accounts:
        ownership.let_pass(inner, account)
    assert all(can_enter(account.pw_uid, inner) for account in accounts if account)
    assert not ownership.narrow(tmp_path / "closed")
