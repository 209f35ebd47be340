"""The command line says what goes wrong in one line, on whatever terminal."""

import errno
import os
import subprocess
import sys

import pytest

from crier import cli

SPEAK = r"""
from crier import cli
cli.crier = lambda prog_name: cli.say('l\xe4uft \u2026 \udcff')
cli.main()
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "utf-8"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LANG": "C"},
    ],
)
def test_a_line_reaches_every_standard_output(environment: dict[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SPEAK],
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.startswith(b"l")


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "make room"), (errno.EROFS, "writable"), (errno.EMFILE, "ulimit -n")],
)
def test_what_the_machine_refuses_is_one_line_with_a_way_out(
    number: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit), cli.report_errors():
        raise OSError(number, os.strerror(number), "/srv/crier/lock")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("crier: cannot use /srv/crier/lock (")
    assert words in line


def test_any_other_error_is_called_a_fault_of_crier(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), cli.report_errors():
        raise OSError(errno.EPIPE, "broken")
    assert "a fault in Crier itself" in capsys.readouterr().err
