"""Fixtures that every layer may use: databases, Valkey, and the Telegram sandbox."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import hypothesis
import pytest
import uvloop

if TYPE_CHECKING:  # each process of a run reads this file; unit tests need none of these
    from tests.support import postgres
    from tests.support.s3 import S3Server
    from tests.support.sandbox import Sandbox

hypothesis.settings.register_profile("fuzz", max_examples=2000, deadline=None)
hypothesis.settings.register_profile("quick", max_examples=20, deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Have signals as a terminal gives them: under nohup or in a shell's background some are
    ignored, which every process started from here would inherit.

    Have temporary folders of our own: pytest's lie in one for all its runs, which each of them
    closes again to the accounts that programs of ours run as.
    """
    if config.option.basetemp is None:
        config.option.basetemp = tempfile.mkdtemp(prefix="crier-tests-")
        config.add_cleanup(lambda: shutil.rmtree(config.option.basetemp, ignore_errors=True))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run what is marked `both_loops` on uvloop and on asyncio's loop, the rest on the latter."""
    if item.get_closest_marker("both_loops"):
        return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
    return {"asyncio": asyncio.new_event_loop}


def pytest_xdist_auto_num_workers() -> int:
    """One of pytest-xdist's workers for each core (`-n auto`), and two for when others wait.

    With one more than cores a quarter of the machine's time was idle.
    """
    return len(os.sched_getaffinity(0)) + 2


@pytest.fixture(scope="session")
def cluster() -> "Iterator[postgres.Cluster]":
    """One real PostgreSQL for the session, with the migrated template in it."""
    from tests.support import postgres

    with postgres.running_cluster() as running:
        running.make_template()
        yield running


@pytest.fixture
def database_url(cluster: "postgres.Cluster") -> Iterator[str]:
    """URL of a fresh, migrated database for this test alone."""
    with cluster.database() as url:
        yield url


@pytest.fixture
def empty_database_url(cluster: "postgres.Cluster") -> Iterator[str]:
    """URL of a fresh database without any schema, for tests of the migrations."""
    with cluster.database(template=None) as url:
        yield url


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    from tests.support import valkey

    with valkey.running_valkey() as url:
        yield url


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """URL of a Valkey that is empty when the test begins."""
    from tests.support import valkey

    valkey.flush(valkey_server)
    return valkey_server


@pytest.fixture
def s3() -> "Iterator[S3Server]":
    """A real S3 server of this test alone, which may stop and start it."""
    from tests.support.s3 import running_s3

    with running_s3() as server:
        yield server


@pytest.fixture(scope="session")
def sandbox_process() -> "Iterator[Sandbox]":
    """One sandbox process for the session; tests use `sandbox`."""
    from tests.support.sandbox import Sandbox

    with Sandbox.start() as running:
        yield running


@pytest.fixture
def sandbox(sandbox_process: "Sandbox") -> "Iterator[Sandbox]":
    """A simulated Telegram with an empty world, its limits in force, and no faults."""
    sandbox_process.reset()
    yield sandbox_process
    sandbox_process.reset()
