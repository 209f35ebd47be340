"""The wheel alone is all of Crier: it runs where no repository is near."""

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

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
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)
    pip: list[str | Path] = [folder / "env/bin/python", "-m", "pip", "install", "-qq"]
    locked = ROOT / "requirements" / "main.txt"
    subprocess.run([*pip, "--require-hashes", "-r", locked], check=True)
    subprocess.run([*pip, "--no-index", "--no-deps", built.stdout.strip()], check=True)
    subprocess.run([*pip[:3], "check"], check=True)
    yield folder
    shutil.rmtree(folder)


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
