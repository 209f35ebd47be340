"""Every container is replaced under load: no request fails, no message is lost or sent twice."""

import pytest

from tests.containers.sending import add_bot, ended, statistics, subscribers
from tests.containers.stack import Stack
from tests.support.load import Load
from tests.support.waiting import until

BOTS, PEOPLE, VISITORS = 2, 2000, 4
FIRST_NUMBER = 100  # of the bots; other tests have theirs
pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]


def test_all_containers_are_replaced_and_nothing_fails(stack: Stack) -> None:
    """Two of the API and two workers, one after the other, and nginx reads its files anew."""
    admin, sandbox = stack.admin(), stack.sandbox()
    before = subscribers(admin)
    bots = [add_bot(admin, sandbox, FIRST_NUMBER + number, PEOPLE) for number in range(BOTS)]
    until(lambda: subscribers(admin) == before + BOTS * PEOPLE, 180, "all people")
    for service in ("api", "worker"):
        stack.up(service, 2)
    sandbox.reset("counters")
    ad = admin.call("POST", "/api/ads/create", {"title": "Fair", "content": "The fair is open."})
    load = Load([stack.admin().request for _ in range(VISITORS)])
    with load.running():
        audience = admin.call("POST", f"/api/ads/{ad['id']}/broadcast", {})["audience"]
        until(lambda: statistics(admin, ad)["sent"] > 0, 60, "the first message")
        for service in ("api", "worker"):
            for container in stack.containers(service):
                stack.replace(service, container)
        (nginx,) = stack.containers("nginx")
        for _ in range(3):
            stack.podman("exec", nginx, "nginx", "-c", "/etc/crier/nginx.conf", "-s", "reload")
        done = until(lambda: ended(admin, ad), 400, "the broadcast to end")
    print(f"{sum(load.answers.values())} requests: {dict(load.answers)}")
    assert set(load.answers) == {"good"}, load.answers
    assert (done["status"], done["sent"], done["unknown"]) == ("completed", audience, 0), done
    for bot in bots:
        assert not [line for line in sandbox.received(bot.id) if line.accepted != 1]
    sandbox.disconnect()
