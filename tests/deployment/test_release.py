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
    log = folder / "CHANGELOG.md"
    log.write_text(log.read_text().replace("- unreleased", "- 2026-01-02", 1))
    done("git", "init", "-q", cwd=folder)
    commit(folder)
    shutil.copytree(ROOT / "src/crier/dashboard", folder / "src/crier/dashboard")
    return folder


def commit(folder: Path) -> None:
    done("git", "add", "--all", cwd=folder)
    who = ("-c", "user.name=x", "-c", "user.email=x")
    when = {"GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}
    done("git", *who, "commit", "-q", "-m", "Release", cwd=folder, **when)


def release(
    folder: Path, *options: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "scripts/release.py", *options, cwd=folder, **environment)


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two of them, in folders with names of different lengths."""
    return [repository(tmp_path_factory.mktemp(name)) for name in ("a", "another-place")]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releaser's."""
    folder = tmp_path_factory.mktemp("key")
    done("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key", cwd=folder)
    return folder / "key"


@pytest.fixture(scope="module")
def released(repositories: list[Path], key: Path) -> list[Path]:
    """What each of them was built into, on machines that differ in their zone and their umask."""
    first, second = repositories
    made = release(first, TZ="Asia/Tokyo", PYTHONHASHSEED="1")
    assert made.returncode == 0, made.stderr
    assert "not signed" in made.stdout
    before = os.umask(0o077)
    try:
        made = release(second, "--key", key, TZ="America/Lima", PYTHONHASHSEED="2")
    finally:
        os.umask(before)
    assert made.returncode == 0, made.stderr
    return [first / "dist", second / "dist"]


def test_built_twice_in_two_places_it_has_the_same_bytes(released: list[Path]) -> None:
    first, second = ({path.name: digest(path) for path in folder.iterdir()} for folder in released)
    assert sorted(first) == [
        "SHA256SUMS", "crier-0.1.0-py3-none-any.whl", "crier-0.1.0.cdx.json", "crier-0.1.0.tar.gz",
        "crier-chart-0.1.0.tgz",
    ]  # fmt: skip
    assert second.pop("SHA256SUMS.sig")
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
    released: list[Path], key: Path
) -> None:
    folder = released[1]
    (folder / "signers").write_text(f"releases@crier {key.with_suffix('.pub').read_text()}")
    assert "Good" in verify(folder).stdout
    chart = folder / "crier-chart-0.1.0.tgz"
    whole = chart.read_bytes()
    chart.write_bytes(whole[:-1])
    assert verify(folder).returncode != 0
    chart.write_bytes(whole)
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(line for line in sums.read_text().splitlines(True) if "chart" in line))
    assert verify(folder).returncode != 0


def test_it_is_refused_where_it_could_not_be_built_again_or_signed(
    repositories: list[Path], released: list[Path], key: Path, tmp_path: Path
) -> None:
    """Before anything is built, and no key is ever made."""
    folder, out, nowhere = repositories[0], tmp_path / "out", tmp_path / "key"
    assert "none is made here" in release(folder, "--key", nowhere, out).stderr
    assert not nowhere.exists()
    log = folder / "CHANGELOG.md"
    log.write_text(log.read_text().replace("- 2026-01-02", "- unreleased", 1))
    assert "commit or remove these first" in release(folder, out).stderr
    commit(folder)
    assert "no date" in release(folder, "--key", key, out).stderr
    assert not out.exists()


def verify(folder: Path) -> subprocess.CompletedProcess[str]:
    """The command of docs/how-to/verify-a-release.md."""
    guide = (ROOT / "docs/how-to/verify-a-release.md").read_text()
    command = guide.partition("```\nssh-keygen -Y verify")[2].partition("```")[0]
    return run("sh", "-c", f"ssh-keygen -Y verify{command}", cwd=folder)
