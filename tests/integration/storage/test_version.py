"""`crier version --check`: compares with the database and with files, and asks nobody else."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from crier.services.system.version_command import command
from crier.settings import OWNER_ROLE
from crier.storage import migrate, schema_version
from crier.version import number
from tests.support.postgres import Cluster

ROOT = Path(__file__).parents[3]
CRIER = (sys.executable, "-m", "crier")


def check(url: str, *arguments: str | Path, traced: Path | None = None) -> tuple[int, str]:
    """Exit status and words of the command; which connections it opened is in `traced`."""
    strace = ("strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(traced))
    ended = subprocess.run(
        [*(strace if traced else ()), *CRIER, "version", *map(str, arguments)],
        env={"PATH": os.environ["PATH"], "CRIER_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_it_opens_no_connection_but_the_databases(database_url: str, tmp_path: Path) -> None:
    assert shutil.which("strace"), "install strace (Debian: apt-get install strace)"
    log = tmp_path / "CHANGELOG.md"
    log.write_text("## [99.0.0] - 2030-01-01\n")
    assert check(database_url, "--check", log, traced=tmp_path / "calls")[0] == 1
    calls = (tmp_path / "calls").read_text()
    families = set(re.findall(r"sa_family=(\w+)", calls))
    places = set(re.findall(r'sun_path="([^"]+)"', calls))
    assert families == {"AF_UNIX"}
    assert any(".s.PGSQL" in place for place in places)
    assert {place for place in places if ".s.PGSQL" not in place} <= {"/var/run/nscd/socket"}


def test_it_says_the_version_and_the_schema(database_url: str) -> None:
    status, said = check(database_url, "--check")
    assert status == 0, said
    assert said.startswith(f"crier {number()}")
    assert f"{schema_version.newest()}, as the database has it" in said
    assert check(database_url) == (0, said.splitlines()[0] + "\n")


def test_an_old_schema_and_a_database_that_is_away_are_to_be_mended(cluster: Cluster) -> None:
    with cluster.database() as url:
        owner = url.replace("//crier@", f"//{OWNER_ROLE}@")
        migrate.downgrade(owner, "-1")
        status, said = check(url, "--check")
        assert (status, "run `crier migrate`" in said) == (1, True), said
    status, said = check("postgresql://crier@/crier?host=/nowhere", "--check")
    assert (status, "cannot reach the database" in said) == (1, True), said


@pytest.mark.parametrize(
    ("name", "text", "status", "words"),
    [
        ("CHANGELOG.md", "## [0.1.1] - 2027-01-02\n", 1, "0.1.1"),
        ("CHANGELOG.md", "## [0.10.0] - 2027-01-02\n\n## [0.9.0] - 2026-12-01\n", 1, "0.10.0"),
        ("CHANGELOG.md", "## [9.0.0] - unreleased\n\n## [0.1.0] - 2026-12-01\n", 0, "none"),
        ("SHA256SUMS", "ab  crier-0.2.0-py3-none-any.whl\nab  crier-0.2.0.tar.gz\n", 1, "0.2.0"),
        ("crier-chart-0.0.9.tgz", "", 0, "none"),
        ("notes.txt", "nothing\n", 1, "names no release of Crier"),
    ],
)
def test_a_file_tells_whether_something_is_newer(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    text: str,
    status: int,
    words: str,
) -> None:
    monkeypatch.setenv("CRIER_DATABASE_URL", database_url)
    file = tmp_path / name
    file.write_text(text)
    said = CliRunner().invoke(command, ["--check", str(file)])
    assert (said.exit_code, words in f"{said.output}{said.exception}") == (status, True), said
