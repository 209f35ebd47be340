"""Build everything of a release into a folder, with the same bytes each time: `make release`.

    python scripts/release.py [--image] [--key KEY] [FOLDER]

What is built is the commit that is checked out: wheel, sdist, Helm chart, SBOM, with `--image` the
image, SHA256SUMS over all of them and, with a key of ssh, its signature. The version is that of
pyproject.toml, and every date is the commit's. The dashboard must be built already.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

import yaml

sys.path.insert(1, str(Path(__file__).parents[1]))

from scripts.sbom import sbom

ROOT = Path(__file__).resolve().parent.parent
NAMESPACE = "crier-release"  # what a signature is for: it is worth nothing elsewhere
IMAGE = "localhost/crier"


def main() -> None:
    """Build, and say what was built."""
    options = argparse.ArgumentParser(description="Build a release.")
    options.add_argument("target", type=Path, nargs="?", default=ROOT / "dist", metavar="FOLDER")
    options.add_argument("--image", action="store_true", help="also the image, by buildah")
    options.add_argument("--key", type=Path, help="sign with this key of ssh, or this public one")
    asked = options.parse_args()
    require_clean()
    version = str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    if asked.key:
        require_signable(version, asked.key)
    target = asked.target.absolute()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    os.umask(0o022)
    os.environ |= {"SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct"), "TZ": "UTC"}
    commit = git("rev-parse", "--short=12", "HEAD")
    with tempfile.TemporaryDirectory() as folder:
        source = exported(Path(folder))
        build_packages(source, target, commit)
        build_chart(source, target, version)
        (target / f"crier-{version}.cdx.json").write_text(sbom(source, version) + "\n")
        if asked.image:
            build_image(source, target, version, commit)
    write_sums(target)
    if asked.key:
        sign(target / "SHA256SUMS", asked.key)
    else:
        print("release: not signed; name a key of yours to sign it: make release KEY=…")
    for path in sorted(target.iterdir()):
        print(f"{path.stat().st_size:>12} {path}")


def git(*arguments: str) -> str:
    """Return what git says about this repository."""
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def require_clean() -> None:
    """End where files differ from the commit: what is built could not be built again from it."""
    if changed := git("status", "--porcelain"):
        sys.exit(f"release: commit or remove these first:\n{changed}")
    if not (ROOT / "src/crier/dashboard/index.html").is_file():
        sys.exit("release: the dashboard is not built: run `make release`")


def require_signable(version: str, key: Path) -> None:
    """End where there is no such key, or the changelog does not say when this version came out."""
    if not key.is_file():
        sys.exit(f"release: there is no key at {key}, and none is made here (CONTRIBUTING.md)")
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$"
    if not re.search(heading, (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE):
        sys.exit(f"release: CHANGELOG.md gives {version} no date: write it, commit, then sign")


def exported(folder: Path) -> Path:
    """Return a copy of the commit's files, and of the dashboard that was built from them."""
    archive = folder / "commit.tar"
    git("-c", "tar.umask=0022", "archive", "--output", str(archive), "HEAD")
    source = folder / "source"
    unpack(archive, source)
    archive.unlink()
    shutil.copytree(ROOT / "src/crier/dashboard", source / "src/crier/dashboard")
    for path in (source / "src/crier/dashboard").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return source


def build_packages(source: Path, target: Path, commit: str) -> None:
    """Build the wheel, and the sdist that the same wheel can be built from."""
    command: list[str | Path] = [sys.executable, source / "scripts/wheel.py", target]
    environment = {**os.environ, "CRIER_COMMIT": commit}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    (source / "src/crier/commit.txt").write_text(commit)
    build = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    command = [sys.executable, "-c", build, target]
    subprocess.run(command, cwd=source, check=True, stdout=subprocess.DEVNULL)
    (source / "src/crier/commit.txt").unlink()
    (made,) = target.glob("crier-*.tar.gz")
    with tempfile.TemporaryDirectory() as folder:
        unpack(made, Path(folder))
        (top,) = Path(folder).iterdir()
        pack(top, made, top.name)


def build_chart(source: Path, target: Path, version: str) -> None:
    """Pack the chart as `helm package` does, with the version of everything else."""
    chart = source / "deploy" / "chart"
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    about |= {"version": version, "appVersion": version}
    (chart / "Chart.yaml").write_text(yaml.safe_dump(about, sort_keys=False))
    pack(chart, target / f"crier-chart-{version}.tgz", "crier")


def build_image(source: Path, target: Path, version: str, commit: str) -> None:
    """Build the image as an archive for `docker load`, all of whose files have the commit's date.

    An image of OCI has no health check, so this is one of Docker's.
    """
    epoch, name = os.environ["SOURCE_DATE_EPOCH"], f"{IMAGE}:{version}"
    shutil.rmtree(source / "src/crier/dashboard")  # the image builds its own
    command: list[str | Path] = ["buildah", "bud", "--quiet", "--isolation", "chroot", "--no-cache"]
    command += ["--format", "docker", "--timestamp", epoch]
    command += ["--build-arg", f"SOURCE_DATE_EPOCH={epoch}", "--build-arg", f"COMMIT={commit}"]
    command += ["-t", name, "-f", source / "deploy/docker/Dockerfile", source]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        pushed, parts = Path(folder) / "pushed.tar", Path(folder) / "parts"
        subprocess.run(["buildah", "push", "--quiet", name, f"docker-archive:{pushed}"], check=True)
        unpack(pushed, parts)
        forget_builder(parts)
        with tarfile.open(target / f"crier-image-{version}.tar", "w") as files:
            add_all(files, parts, "")


def forget_builder(parts: Path) -> None:
    """Take out of an unpacked image what differs with each build: the names of the container that
    built it, what digests of folders with their dates history has, and what old Docker reads."""
    (described,) = json.loads((parts / "manifest.json").read_text())
    about = json.loads((parts / described["Config"]).read_text())
    kept = {name: about[name] for name in about if not name.startswith("container")}
    del kept["history"], kept["config"]["Hostname"]
    text = json.dumps(kept, sort_keys=True)
    layers = [parts / name for name in described["Layers"]]
    for path in parts.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path not in layers:
            path.unlink()
    described["Config"] = f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    (parts / described["Config"]).write_text(text)
    (parts / "manifest.json").write_text(json.dumps([described], sort_keys=True))


def unpack(archive: Path, folder: Path) -> None:
    """Unpack what was packed here, by git, setuptools or buildah."""
    with tarfile.open(archive) as files:
        files.extraction_filter = lambda member, _: (
            member
        )  # the Python of Debian 12 has no `filter`
        files.extractall(folder)


def pack(folder: Path, archive: Path, top: str) -> None:
    """Pack a folder as `top` into a .tar.gz whose bytes follow from its files alone."""
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=int(os.environ["SOURCE_DATE_EPOCH"])) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as files,
    ):
        add_all(files, folder, f"{top}/")


def add_all(archive: tarfile.TarFile, folder: Path, top: str) -> None:
    """Add the files of a folder in their order, without owners and dates of their own."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            entry = tarfile.TarInfo(f"{top}{path.relative_to(folder)}")
            entry.size = path.stat().st_size
            entry.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            entry.mtime = int(os.environ["SOURCE_DATE_EPOCH"])
            with path.open("rb") as content:
                archive.addfile(entry, content)


def write_sums(target: Path) -> None:
    """Write what `sha256sum --check` reads."""
    lines = []
    for path in sorted(target.iterdir()):
        with path.open("rb") as content:
            lines.append(f"{hashlib.file_digest(content, 'sha256').hexdigest()}  {path.name}\n")
    (target / "SHA256SUMS").write_text("".join(lines))


def sign(sums: Path, key: Path) -> None:
    """Sign with the releaser's own key; ssh asks for its passphrase, or its agent or token."""
    command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE, str(sums)]
    if subprocess.run(command).returncode:
        sys.exit("release: ssh-keygen did not sign: see what it says above, then run it again")


if __name__ == "__main__":
    main()
