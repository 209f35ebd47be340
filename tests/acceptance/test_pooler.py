"""The stack behind PgBouncer in session mode; the database has the settings of a session."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crier import link
from crier.storage import reach
from tests.support.engine import AdRows
from tests.support.pooler import running_pooler
from tests.support.postgres import Cluster
from tests.support.sandbox import Sandbox
from tests.support.waiting import until
from tests.support.workers import Workers

PEOPLE = 200
pytestmark = pytest.mark.timeout(300)


def test_a_broadcast_goes_out_through_a_pooler_in_session_mode(
    cluster: Cluster, database_url: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Two workers, which tell each other by notifications and hold locks of sessions."""
    name = urlsplit(database_url).path.strip("/")
    for setting, value in {**link.SESSION, "plan_cache_mode": "force_custom_plan"}.items():
        cluster.execute(f"ALTER DATABASE {name} SET {setting} = '{value}'")
    given = {"pool_mode": "session", "ignore_startup_parameters": "options"}
    given |= {"default_pool_size": "100", "max_client_conn": "200"}
    with running_pooler(cluster, database_url, **given) as url:
        assert reach.database_problem(url) is None
        world, workers = AdRows(database_url, sandbox), Workers(url, sandbox.url, tmp_path)
        try:
            bots = [world.add_bot(people=PEOPLE).id for _ in range(2)]
            broadcast_id = world.launch()
            workers.start(2)
            until(lambda: world.broadcast(broadcast_id)["status"] == "completed", 90, "its end")
            assert world.counts(broadcast_id)["sent"] == 2 * PEOPLE
        finally:
            workers.stop()
            world.close()
    got = [line.accepted for bot in bots for line in sandbox.received(bot)]
    assert got == [1] * (2 * PEOPLE)
