"""Figures of several processes are added up, and the dead leave no live ones."""

import os
import signal
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from crier.observability import metrics
metrics.http_requests.labels("GET", "/x", "200").inc(3)
metrics.http_in_flight.inc()
print("ready", flush=True)
sys.stdin.readline()
print(metrics.render().decode(), flush=True)
"""


def start(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_one_process_renders_all_and_the_dead_are_not_in_flight(tmp_path: Path) -> None:
    dead, alive, asked = (start(tmp_path) for _ in range(3))
    dead.send_signal(signal.SIGKILL)
    dead.communicate()
    text, _ = asked.communicate("render\n")
    alive.communicate("end\n")
    assert 'crier_http_requests_total{method="GET",route="/x",status="200"} 9.0' in text
    assert "crier_http_in_flight 2.0" in text
