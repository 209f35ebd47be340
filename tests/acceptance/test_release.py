"""A release has the same bytes wherever it is built, and one command says whether it is whole."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import helm_python as helm
import pytest
import yaml

ROOT = Path(__file__).parents[2]
DATE = "2026-01-02T03:04:05+00:00"
pytestmark = pytest.mark.timeout(600)


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    everything = {**os.environ, **environment}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd, env=everything, capture_output=True, text=True, check=False,
    )  # fmt: skip


def done(*command: str | Path, cwd: Path, **environment: str) -> str:
    ended = run(*command, cwd=cwd, **environment)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def repository(folder: Path) -> Path:
    """A repository of one commit with the files that lie here, and the dashboard as it is built."""
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in done(*listed, cwd=ROOT).split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    who = {
        f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    when = {"GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}
    done("git", "init", "-q", cwd=folder)
    done("git", "add", "--all", cwd=folder)
    done("git", "commit", "-q", "-m", "Release", cwd=folder, **who, **when)
    shutil.copytree(ROOT / "src/crier/dashboard", folder / "src/crier/dashboard")
    return folder


def release(
    folder: Path, *options: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "scripts/release.py", *options, cwd=folder, **environment)


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two of them, in folders with names of different lengths."""
    return [repository(tmp_path_factory.mktemp(name)) for name in ("a", "another-place")]


@pytest.fixture(scope="module")
def released(repositories: list[Path]) -> list[Path]:
    """What each of them was built into, on machines that differ in their zone and their umask."""
    first, second = repositories
    made = release(first, TZ="Asia/Tokyo", PYTHONHASHSEED="1")
    assert made.returncode == 0, made.stderr
    before = os.umask(0o077)
    try:
        made = release(second, TZ="America/Lima", PYTHONHASHSEED="2")
    finally:
        os.umask(before)
    assert made.returncode == 0, made.stderr
    assert "not signed" in made.stdout
    return [first / "dist", second / "dist"]


def test_built_twice_in_two_places_it_has_the_same_bytes(released: list[Path]) -> None:
    first, second = ({path.name: digest(path) for path in folder.iterdir()} for folder in released)
    assert sorted(first) == [
        "SHA256SUMS", "crier-0.1.0-py3-none-any.whl", "crier-0.1.0.cdx.json", "crier-0.1.0.tar.gz",
        "crier-chart-0.1.0.tgz",
    ]  # fmt: skip
    assert first == second
    assert "OK" in done("sha256sum", "--check", "SHA256SUMS", cwd=released[0])


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_wheel_and_the_sdist_are_all_of_crier(released: list[Path], tmp_path: Path) -> None:
    """pip builds the wheel's very files from the sdist, where there is no Node and no git."""
    pip = (sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation")
    done(*pip, "--wheel-dir", tmp_path, released[0] / "crier-0.1.0.tar.gz", cwd=tmp_path)
    (built,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as one, zipfile.ZipFile(released[0] / built.name) as other:
        names = set(one.namelist())
        assert names == set(other.namelist())
        assert {"crier/dashboard/index.html", "crier/commit.txt"} <= names
        assert all(one.read(name) == other.read(name) for name in names)


def test_helm_takes_the_chart_with_the_version_of_everything(released: list[Path]) -> None:
    with helm.Chart.load(released[0] / "crier-chart-0.1.0.tgz") as chart:
        texts = chart.render({}, name="crier", namespace="ads").values()
    with helm.Chart.load(ROOT / "deploy/chart") as chart:
        assert objects(texts) == objects(chart.render({}, name="crier", namespace="ads").values())


def objects(texts: object) -> list[object]:
    return [list(yaml.safe_load_all(text)) for text in sorted(texts)]  # type: ignore[call-overload]


def test_the_sbom_names_what_is_locked_and_what_the_dashboard_has(released: list[Path]) -> None:
    bom = json.loads((released[0] / "crier-0.1.0.cdx.json").read_text())
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert bom["metadata"]["component"]["purl"] == "pkg:pypi/crier@0.1.0"
    found = {part["purl"]: part for part in bom["components"]}
    names = {address.partition("@")[0] for address in found}
    assert {"pkg:pypi/flask", "pkg:pypi/granian", "pkg:npm/react"} <= names
    assert not names & {"pkg:pypi/pytest", "pkg:npm/vite"}
    assert all(part["hashes"] for part in found.values())


def test_the_releasers_key_signs_it_and_what_was_changed_is_refused(
    repositories: list[Path], released: list[Path], tmp_path: Path
) -> None:
    key, out = tmp_path / "key", tmp_path / "out"
    refused = release(repositories[0], "--key", key, out)
    assert "none is made here" in refused.stderr
    assert not key.exists()
    done("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key, cwd=tmp_path)
    assert "no date" in release(repositories[0], "--key", key, out).stderr
    log = repositories[0] / "CHANGELOG.md"
    log.write_text(log.read_text().replace("- unreleased", "- 2026-01-02"))
    assert "commit or remove these first" in release(repositories[0], out).stderr
    done("git", "-c", "user.name=x", "-c", "user.email=x", "commit", "-qam", "Date", cwd=log.parent)
    signed = release(repositories[0], "--key", key, out)
    assert signed.returncode == 0, signed.stderr
    (out / "signers").write_text(f"releases@crier {key.with_suffix('.pub').read_text()}")
    assert "Good" in verify(out).stdout
    (out / "SHA256SUMS").write_text((out / "SHA256SUMS").read_text().replace("a", "b"))
    assert verify(out).returncode != 0


def verify(folder: Path) -> subprocess.CompletedProcess[str]:
    """The command of docs/how-to/verify-a-release.md."""
    guide = (ROOT / "docs/how-to/verify-a-release.md").read_text()
    command = guide.partition("```\nssh-keygen -Y verify")[2].partition("```")[0]
    return run("sh", "-c", f"ssh-keygen -Y verify{command}", cwd=folder)
