"""The wheel alone is all of Crier: it runs where no repository is near.

Its environment has the packages of `requirements/main.txt` and no others, copied from the one that
runs the tests; that pip installs them from that file is seen in `test_up.py`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.command import Command, end_all, processes_of
from tests.support.ports import free_port
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
READY_S = 90.0

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """A folder with an environment in `env` that has the wheel and its locked requirements."""
    folder = Path(tempfile.mkdtemp(prefix="crier-wheel-"))
    command: list[str | Path] = [sys.executable, ROOT / "scripts" / "wheel.py", folder]
    built = subprocess.run(command, check=True, capture_output=True, text=True)
    environment = folder / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    copy_requirements(next(environment.glob("lib/python3.*/site-packages")))
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", environment / "bin/python"]
    subprocess.run(
        [*pip, "install", "-qq", "--no-index", "--no-deps", built.stdout.strip()], check=True
    )
    subprocess.run([*pip, "check"], check=True)
    yield folder
    shutil.rmtree(folder)


def copy_requirements(target: Path) -> None:
    """Give an environment what `requirements/main.txt` locks for this machine."""
    for line in (ROOT / "requirements" / "main.txt").read_text().splitlines():
        if not line or line.startswith((" ", "#")):
            continue
        requirement = Requirement(line.removesuffix("\\"))
        if requirement.marker is None or requirement.marker.evaluate():
            found = distribution(requirement.name)
            assert found.version in requirement.specifier, "the environment is not the locked one"
            for path in found.files or []:
                if path.parts[0] != "..":
                    copy = target / path
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(str(found.locate_file(path)), copy)  # with its mode


def test_the_version_names_the_commit(installed: Path) -> None:
    said = subprocess.run(
        [installed / "env/bin/crier", "--version"],
        env={},
        cwd="/",
        check=True,
        capture_output=True,
        text=True,
    )
    here = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert said.stdout.startswith("crier 0.1.0 (")
    assert here.stdout.strip() in said.stdout


def test_up_serves_the_platform_its_dashboard_and_the_demo_from_any_folder(
    installed: Path,
) -> None:
    elsewhere = installed / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    port = free_port()
    command = Command(
        [str(installed / "env/bin/crier"), "up"],
        folder=elsewhere,
        output=installed / "output",
        environment={"CRIER_HTTP_BIND": f"127.0.0.1:{port}", "PATH": os.defpath},
    )
    data = elsewhere / "var"
    try:
        command.wait_for("ready at", READY_S)
        command.wait_for("is simulated at", 10)
        url = f"http://127.0.0.1:{port}"
        assert get(f"{url}/healthz")
        index = get(f"{url}/")
        assert '<div id="root">' in index
        script = index.split('src="/assets/')[1].split('"')[0]
        assert get(f"{url}/assets/{script}")
        command.interrupt()
        until(lambda: not processes_of(data), 10, "everything has ended")
    finally:
        command.kill()
        end_all(data)


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())
