"""What is no database for Crier is refused in one line that says what to name instead."""

from urllib.parse import urlsplit

import pytest

from crier.storage import reach
from tests.support.pooler import running_pooler
from tests.support.postgres import Cluster, running_standby

INSTEAD = "name PostgreSQL itself, or a pooler in session mode"


def refusal(url: str) -> str:
    with pytest.raises(reach.UnfitDatabaseError) as caught:
        reach.database_problem(url)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_standby_is_refused() -> None:
    with running_standby() as url:
        assert refusal(url) == (
            "the database postgres is a standby, which takes no changes: name its primary"
        )


def test_a_pooler_in_transaction_mode_is_refused(cluster: Cluster, database_url: str) -> None:
    """Also where the server's own settings happen to be ours."""
    ignored = {"pool_mode": "transaction", "ignore_startup_parameters": "options"}
    with running_pooler(cluster, database_url, **ignored) as url:
        text = refusal(url)
    assert "gives one session to several connections, as in transaction mode" in text
    assert INSTEAD in text


@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pooler_that_refuses_our_settings_is_refused_and_not_waited_for(
    cluster: Cluster, database_url: str, mode: str
) -> None:
    with running_pooler(cluster, database_url, pool_mode=mode) as url:
        text = refusal(url)
    assert "a pooler before the database refuses our session's settings" in text
    assert INSTEAD in text


def test_a_pooler_that_drops_our_settings_is_refused(cluster: Cluster) -> None:
    with cluster.database() as url:
        cluster.execute(
            f"ALTER DATABASE {urlsplit(url).path.strip('/')} SET timezone = 'Asia/Tokyo'"
        )
        ignored = {"pool_mode": "session", "ignore_startup_parameters": "options"}
        with running_pooler(cluster, url, **ignored) as pooled:
            text = refusal(pooled)
    assert "the settings of a session do not reach the database" in text
    assert INSTEAD in text
