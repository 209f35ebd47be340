"""The profiles `backup` and `monitoring` of compose.yaml, in containers of their own."""

import json
import urllib.request
from typing import Any

import pytest

from tests.containers.stack import Stack
from tests.support.waiting import until

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]


def test_a_backup_is_made_on_schedule_and_is_whole(stack: Stack) -> None:
    """The first is due at once; it is read to its end, and so is one that a person asks for."""
    stack.up("backup")
    (container,) = stack.containers("backup")
    ours = ("exec", container, "crier", "backup")
    until(lambda: ".backup" in stack.podman(*ours, "list"), 180, "a backup to be there")
    assert "whole" in stack.podman(*ours, "verify")
    assert stack.podman("exec", container, "id", "-u") == "10001"


def test_prometheus_asks_every_container_and_reaches_alertmanager(stack: Stack) -> None:
    stack.up("worker", 2)
    for service in ("prometheus", "alertmanager"):
        stack.up(service)
    wanted = {f"crier-{name}": len(stack.containers(name)) for name in ("api", "worker")}
    until(lambda: up(stack) == wanted, 120, f"{wanted} to be up")
    rules = asked(stack, "rules")["groups"]
    assert rules
    until(lambda: evaluated(stack), 60, "the rules to be evaluated")
    until(lambda: len(asked(stack, "alertmanagers")["activeAlertmanagers"]) == 1, 60, "alerts' way")
    assert stack.podman("ps", "--filter", "label=com.docker.compose.service=alertmanager", "-q")


def asked(stack: Stack, what: str) -> Any:
    """What Prometheus answers at its API."""
    url = f"http://127.0.0.1:{stack.prometheus_port}/api/v1/{what}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]
    except OSError:  # it is not up yet
        return {"activeTargets": [], "groups": [], "activeAlertmanagers": []}


def up(stack: Stack) -> dict[str, int]:
    """How many targets of each job are up; none where one is not."""
    found: dict[str, int] = {}
    for target in asked(stack, "targets")["activeTargets"]:
        job = target["labels"]["job"]
        found[job] = found.get(job, 0) + (target["health"] == "up")
    return found


def evaluated(stack: Stack) -> bool:
    """Whether every rule was evaluated without an error."""
    rules = [rule for group in asked(stack, "rules")["groups"] for rule in group["rules"]]
    return bool(rules) and all(rule["health"] == "ok" for rule in rules)
