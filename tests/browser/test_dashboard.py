"""The dashboard in a real Chromium, on the demo's platform; the steps are in `dashboard/e2e`."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.command import Command, end_all
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
PASSWORD = "an operator's own phrase"

pytestmark = pytest.mark.timeout(900)


def test_the_dashboard_works_in_a_real_browser() -> None:
    folder = Path(tempfile.mkdtemp(prefix="crier-browser-"))
    data = folder / "data"
    platform = Command(
        [sys.executable, "-m", "crier", "up"],
        folder=ROOT,
        output=folder / "output",
        environment={
            "PATH": os.environ["PATH"],
            "CRIER_DATA_DIR": str(data),
            "CRIER_HTTP_BIND": f"127.0.0.1:{free_port()}",
            "CRIER_ADMIN_PASSWORD": PASSWORD,
            "CRIER_API_LIMITS": "off",
        },
    )
    try:
        address = platform.wait_for(r"ready at (http\S+)", 60)[1]
        platform.wait_for(r"stays up at", 240)
        assert PASSWORD not in platform.said()
        steps = subprocess.run(
            ["scripts/npm", "run", "--silent", "test:browser"],
            cwd=ROOT,
            env={
                **os.environ,
                "CRIER_URL": address,
                "CRIER_ADMIN_USERNAME": "admin",
                "CRIER_ADMIN_PASSWORD": PASSWORD,
            },
            capture_output=True,
            text=True,
        )
        assert steps.returncode == 0, steps.stdout + steps.stderr
        platform.interrupt()
    finally:
        platform.kill()
        end_all(data)
        shutil.rmtree(folder)
