"""The dashboard in a real Chromium, on the demo's platform; the steps are in `dashboard/e2e`.

What its crash tells Sentry is looked at here, where the receiver is.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crier.version import release
from tests.support import issuer
from tests.support.command import Command, end_all
from tests.support.issuer import RealIssuer
from tests.support.ports import free_port
from tests.support.receiver import Receiver, receiver

ROOT = Path(__file__).parents[2]
PASSWORD = "an operator's own phrase"

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def sentry() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def works(bind: str) -> Iterator[RealIssuer]:
    with issuer.running(f"http://{bind}/sign-in/callback") as made:
        yield made


@pytest.fixture
def bind() -> str:
    return f"127.0.0.1:{free_port()}"


def test_the_dashboard_works_in_a_real_browser(
    sentry: Receiver, works: RealIssuer, bind: str
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="crier-browser-"))
    data = folder / "data"
    platform = Command(
        [sys.executable, "-m", "crier", "up"],
        folder=ROOT,
        output=folder / "output",
        environment={
            "PATH": os.environ["PATH"],
            "CRIER_DATA_DIR": str(data),
            "CRIER_HTTP_BIND": bind,
            "CRIER_ADMIN_PASSWORD": PASSWORD,
            "CRIER_API_LIMITS": "off",
            "CRIER_SENTRY_BROWSER_DSN": sentry.dsn(2),
            "CRIER_ENVIRONMENT": "test",
            **works.settings,
        },
    )
    try:
        sandbox = platform.wait_for(r"simulated at (http\S+),", 60)[1]
        address = platform.wait_for(r"ready at (http\S+)", 60)[1]
        platform.wait_for(r"stays up at", 240)
        assert PASSWORD not in platform.said()
        steps = subprocess.run(
            ["scripts/npm", "run", "--silent", "test:browser"],
            cwd=ROOT,
            env={
                **os.environ,
                "CRIER_URL": address,
                "CRIER_SANDBOX_URL": sandbox,
                "CRIER_ADMIN_USERNAME": "admin",
                "CRIER_ADMIN_PASSWORD": PASSWORD,
            },
            capture_output=True,
            text=True,
        )
        assert steps.returncode == 0, steps.stdout + steps.stderr
        told_of_crashes(sentry)
        platform.interrupt()
    finally:
        platform.kill()
        end_all(data)
        shutil.rmtree(folder)


def told_of_crashes(sentry: Receiver) -> None:
    """The page that crashed, and the script that held a token, came as one event each."""
    page, script = sentry.events(2)
    assert page["tags"]["path"] == "/bots"
    assert page["exception"]["values"][-1]["type"] == "TypeError"
    assert page["exception"]["values"][-1]["stacktrace"]["frames"]
    assert script["exception"]["values"][-1]["value"] == "sent to bot<token>"
    for event in (page, script):
        assert event["release"] == release()
        assert event["environment"] == "test"
        assert set(event["user"]) == {"id"}
