"""Makes this copy of the repository ready to run: `python3 scripts/setup.py PART…`.

Parts: `main` (what Crier runs on), `dev` (what proves it; implies main), `dashboard` (its build),
`node` (its packages only). Crier itself is installed from where it is (`pip install --editable`),
so that its command and its version are those of any installation. Everything is installed from
hash-locked files into `.venv` and `dashboard/node_modules`; what is up to date already is skipped.
Needs the standard library alone.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
DASHBOARD = ROOT / "dashboard"
NODE_MODULES = DASHBOARD / "node_modules"
BUILT = ROOT / "src" / "crier" / "dashboard"
PIP = [str(BIN / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
OLDEST_PYTHON = (3, 11)


def main(parts: list[str]) -> None:
    if sys.version_info < OLDEST_PYTHON:
        fail(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    with (ROOT / "requirements" / "main.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once install one after the other
        make_environment()
        install("dev" if "dev" in parts else "main")
        install("build")
        install_crier()
        if "node" in parts or "dashboard" in parts:
            environment = node_environment()
            install_packages(environment)
            if "dashboard" in parts:
                build_dashboard(environment)


def make_environment() -> None:
    works = (BIN / "python").exists() and runs([BIN / "python", "-m", "pip", "--version"])
    if works:
        return
    say("making the Python environment in .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    if not runs([sys.executable, "-m", "venv", VENV]):
        shutil.rmtree(VENV, ignore_errors=True)
        fail(f"{sys.executable} cannot make a virtual environment: install python3-venv (Debian)")


def install(name: str) -> None:
    """Install one of the locked sets, unless it, or one that includes it, is there."""
    including = {"main": ("main", "dev")}.get(name, (name,))
    wanted = {lock: digest([ROOT / "requirements" / f"{lock}.txt"]) for lock in including}
    if any(stamp(lock).is_file() and stamp(lock).read_text() == of for lock, of in wanted.items()):
        return
    say(f"installing requirements/{name}.txt")
    run([*PIP, "--require-hashes", "-r", f"requirements/{name}.txt"])
    stamp(name).write_text(wanted[name])


def install_crier() -> None:
    """Let the environment import `crier` from here, and give it the command `crier`."""
    described = [ROOT / "pyproject.toml", ROOT / "requirements/main.in"]
    wanted = digest(described)
    if stamp("crier").is_file() and stamp("crier").read_text() == wanted:
        return
    run([*PIP, "--no-deps", "--no-index", "--no-build-isolation", "--editable", "."])
    for earlier in VENV.glob("lib/python3.*/site-packages/crier-source.pth"):
        earlier.unlink()
    stamp("crier").write_text(wanted)


def node_environment() -> dict[str, str]:
    """An environment whose PATH begins with a Node that is new enough."""
    oldest = json.loads((DASHBOARD / "package.json").read_text())["engines"]["node"].strip(">=v")
    environment = {**os.environ, "CI": "1", "NODE_USE_SYSTEM_CA": "1"}
    environment.setdefault("PATH", os.defpath)
    if not os.access(Path.home(), os.W_OK):
        environment["npm_config_cache"] = str(VENV / "npm-cache")
    if not is_new_enough(environment, oldest):
        install("node")
        environment["PATH"] = f"{BIN}{os.pathsep}{environment['PATH']}"
    return environment


def is_new_enough(environment: dict[str, str], oldest: str) -> bool:
    path = environment["PATH"]
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return False
    found = subprocess.run([node, "--version"], capture_output=True, text=True, env=environment)
    return found.returncode == 0 and numbers(found.stdout) >= numbers(oldest)


def install_packages(environment: dict[str, str]) -> None:
    wanted = digest([DASHBOARD / "package-lock.json"])
    done = NODE_MODULES / ".crier-stamp"
    if done.is_file() and done.read_text() == wanted:
        return
    say("installing the dashboard's packages")
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    run(command, DASHBOARD, environment)
    done.write_text(wanted)


def build_dashboard(environment: dict[str, str]) -> None:
    left_out = {"node_modules", "e2e"}
    tops = sorted(path for path in DASHBOARD.iterdir() if path.name not in left_out)
    sources = [p for top in tops for p in (sorted(top.rglob("*")) if top.is_dir() else [top])]
    wanted = digest([path for path in sources if path.is_file()])
    done = stamp("dashboard")
    if (BUILT / "index.html").is_file() and done.is_file() and done.read_text() == wanted:
        return
    say("building the dashboard")
    run(["npm", "run", "--silent", "build", "--", "--logLevel", "warn"], DASHBOARD, environment)
    done.write_text(wanted)


def digest(files: list[Path]) -> str:
    """Changes with the files' content and names, the place of the repository and the Python."""
    total = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for path in files:
        total.update(f"{path.relative_to(ROOT)} {path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def stamp(name: str) -> Path:
    return VENV / f".installed-{name}"


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.strip().lstrip("v").split("-")[0].split("."))


def runs(command: Sequence[str | Path]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


def run(
    command: Sequence[str | Path], folder: Path = ROOT, environment: dict[str, str] | None = None
) -> None:
    path = (environment or os.environ).get("PATH", os.defpath)
    program = shutil.which(command[0], path=path)
    if program is None:
        sys.exit(f"setup: {command[0]} is not installed")
    done = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        fail(f"`{' '.join(str(part) for part in command)}` failed (see above)")


def say(line: str) -> None:
    print(f"setup: {line} …", flush=True)


def fail(line: str) -> None:
    sys.exit(f"setup: {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
