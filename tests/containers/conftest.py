"""The stack of containers, once for all tests of this folder."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.stack import ROOT, Engine, Stack, make_images, running_stack

PROGRAMS = ("podman", "buildah", "runc", "mmdebstrap", "openssl")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Crier in containers, as deploy/compose runs it, with a simulated Telegram beside it."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    assert not missing, f"install first: {' '.join(missing)} (scripts/test-deps containers)"
    assert os.geteuid() == 0, "containers of these tests are root's: run as root"
    engine = Engine(ROOT / ".containers")
    make_images(engine)
    folder = Path(tempfile.mkdtemp(prefix="crier-compose-"))
    with running_stack(engine, folder) as running:
        yield running
    shutil.rmtree(folder)
