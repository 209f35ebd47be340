"""Build the wheel into `dist/`, or the folder that is named: `make wheel`.

The dashboard must be built already (`scripts/setup.py dashboard`). The wheel says from which commit
it is where git knows, or `CRIER_COMMIT` names it, as where an image is built without git.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "crier"
COMMIT = PACKAGE / "commit.txt"
LEFTOVERS = ROOT / "build"  # setuptools would put what lies there into the next wheel


def main(target: Path) -> None:
    """Build the wheel."""
    if not (PACKAGE / "dashboard" / "index.html").is_file():
        sys.exit("wheel: the dashboard is not built: run `make wheel`")
    shutil.rmtree(LEFTOVERS, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation"]
    try:
        if commit := commit_here():
            COMMIT.write_text(commit, encoding="utf-8")
        subprocess.run([*command, "--wheel-dir", str(target), "."], cwd=ROOT, check=True)
    finally:
        COMMIT.unlink(missing_ok=True)
        shutil.rmtree(LEFTOVERS, ignore_errors=True)
    print(max(target.glob("crier-*.whl"), key=lambda wheel: wheel.stat().st_mtime))


def commit_here() -> str | None:
    """Return the commit of this repository; it ends in `-dirty` where files differ from it."""
    if named := os.environ.get("CRIER_COMMIT"):
        return named
    command = ["git", "describe", "--always", "--exclude=*", "--dirty", "--abbrev=12"]
    try:
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return said.stdout.strip()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").absolute())
