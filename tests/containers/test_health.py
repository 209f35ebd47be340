"""What podman says of the containers' health: the image's own check, and those of compose.yaml."""

import os
import signal
from pathlib import Path

import pytest

from tests.containers.stack import Stack
from tests.support.waiting import until

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("service", ["postgres", "redis", "nginx", "api", "worker"])
def test_what_runs_is_healthy(stack: Stack, service: str) -> None:
    for container in stack.containers(service):
        assert stack.health(container) == "healthy"


@pytest.mark.parametrize("service", ["api", "worker"])
def test_what_answers_no_more_becomes_unhealthy_and_healthy_again(
    stack: Stack, service: str
) -> None:
    """Every process of a container is stopped, and goes on later."""
    (container, *_) = stack.containers(service)
    pids = children(int(stack.podman("inspect", container, "--format", "{{.State.Pid}}")))
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: stack.health(container) == "unhealthy", 120, "it to be unhealthy")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    until(lambda: stack.health(container) == "healthy", 60, "it to be healthy again")


def children(pid: int) -> list[int]:
    """Every process below one, as this machine numbers them."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [found for child in text.split() for found in (int(child), *children(int(child)))]
