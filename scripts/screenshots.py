"""Renew the pictures of README and docs in `docs/images`: `make screenshots`.

Starts the platform with its demo in a folder of its own, and has a browser look at it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.command import Command, end_all
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "a phrase for the pictures"
READY_S, DEMO_S, PICTURES_S = 90, 240, 600


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="crier-pictures-"))
    platform = Command(
        [sys.executable, "-m", "crier", "up"],
        folder=ROOT,
        output=folder / "output",
        environment={
            "PATH": os.environ["PATH"],
            "CRIER_DATA_DIR": str(folder / "data"),
            "CRIER_HTTP_BIND": f"127.0.0.1:{free_port()}",
            "CRIER_ADMIN_PASSWORD": PASSWORD,
            "CRIER_API_LIMITS": "off",
        },
    )
    try:
        address = platform.wait_for(r"ready at (http\S+)", READY_S)[1]
        platform.wait_for(r"stays up at", DEMO_S)
        found = {
            "CRIER_URL": address,
            "CRIER_ADMIN_USERNAME": "admin",
            "CRIER_ADMIN_PASSWORD": PASSWORD,
            "CRIER_PICTURES": str(ROOT / "docs/images"),
        }
        subprocess.run(
            ["scripts/npm", "run", "--silent", "screenshots"],
            cwd=ROOT,
            env={**os.environ, **found},
            check=True,
            timeout=PICTURES_S,
        )
        platform.interrupt()
    finally:
        platform.kill()
        end_all(folder / "data")
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
