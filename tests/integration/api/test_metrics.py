"""What Prometheus is shown: by the API, by a worker on its own address, and by nobody else."""

import threading
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families as parse

from crier.observability import endpoint
from crier.observability.sample_metrics import SampleMetrics
from crier.observability.samples import INTERVAL_S, Samples
from crier.services.system import figures
from crier.services.system.figures import Figures
from tests.support.ads import add_bot
from tests.support.api import Api, make_settings
from tests.support.ports import free_port

TOKEN = "0123456789abcdef"


def fetch(port: int, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def values(text: str) -> dict[tuple[str, ...], float]:
    """Return each sample by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in parse(text)
        for sample in family.samples
    }


def shown(api: Api) -> dict[tuple[str, ...], float]:
    answer = api.nobody.get("/metrics")
    assert answer.status_code == 200
    return values(answer.text)


def test_the_api_shows_requests_and_the_whole_platform(api: Api) -> None:
    bot_id = add_bot(api, api.oscar, status="stopped")
    started = api.oscar.post(f"/api/bots/{bot_id}/start").status_code
    found = shown(api)
    route = "/api/bots/<int:bot_id>/start"
    assert found["crier_http_requests_total", "POST", route, str(started)] >= 1
    assert found["crier_http_request_seconds_count", "POST", route] == 1
    assert found["crier_http_request_seconds_sum", "POST", route] > 0
    assert found["crier_bots", "starting"] == found["crier_bots_wanted",] == 1
    assert found["crier_bots_down",] == 1
    assert found["crier_queue_jobs", "bots", "waiting"] == 1
    assert found["crier_database_up",] == found["crier_cache_up",] == 1
    assert found["crier_database_size_bytes",] > 1e6
    assert abs(found["crier_clock_offset_seconds",]) < 1
    assert found["crier_backup_timestamp_seconds",] == 0
    assert 0 < found["crier_disk_free_bytes",] < found["crier_disk_size_bytes",]
    assert found["crier_database_pool_max_connections", "api"] > 1
    assert [key for key in found if key[0] == "crier_build_info"]


def test_a_backup_that_is_noted_is_shown(api: Api) -> None:
    note = api.settings.data_dir / figures.LAST_BACKUP
    note.parent.mkdir(exist_ok=True, parents=True)
    note.touch()
    assert shown(api)["crier_backup_timestamp_seconds",] == pytest.approx(time.time(), abs=60)


def test_the_database_is_asked_once_however_many_scrape(api: Api) -> None:
    asked: list[int] = []
    of_database = api.deps.figures._of_database
    api.deps.figures._of_database = lambda: asked.append(1) or of_database()  # type: ignore[method-assign,func-returns-value]
    threads = [threading.Thread(target=shown, args=(api,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


def test_without_the_database_the_figures_say_so(tmp_path: Path, valkey_url: str) -> None:
    away = "postgresql://nobody@127.0.0.1:1/x?connect_timeout=1"
    found = Figures(make_settings(away, valkey_url, tmp_path / "data"))
    names = {family.name: family.samples[0].value for family in found.collect()}
    found.close()
    assert (names["crier_database_up"], names["crier_cache_up"]) == (0, 1)
    assert "crier_bots" not in names


def test_a_token_closes_the_api_s_figures(
    database_url: str, valkey_url: str, tmp_path: Path
) -> None:
    settings = make_settings(database_url, valkey_url, tmp_path / "data", CRIER_METRICS_TOKEN=TOKEN)
    closed = Api(settings)
    try:
        for header in ({}, {"Authorization": "Bearer 0123456789abcdeX"}, {"Authorization": TOKEN}):
            refused = closed.nobody.get("/metrics", headers=header)
            assert refused.status_code == 401
            assert "crier_" not in refused.text
        given = {"Authorization": f"Bearer {TOKEN}"}
        assert closed.nobody.get("/metrics", headers=given).status_code == 200
    finally:
        closed.deps.close()


def test_a_worker_s_address_serves_what_it_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = Samples()
    samples.count("sends", "7", 0.003)
    samples.throttled("sends", "7", 2.5)
    registry = CollectorRegistry()
    registry.register(SampleMetrics(samples))
    port = free_port()
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "worker-1")
    stop = endpoint.serve(("127.0.0.1", port), TOKEN, registry)
    try:
        assert fetch(port, "/metrics")[0] == 401
        assert fetch(port, "/")[0] == 404
        status, text = fetch(port, "/metrics", {"Authorization": f"Bearer {TOKEN}"})
        found = values(text)
        assert status == 200
        assert found["crier_telegram_send_seconds_count",] == 1
        assert found["crier_telegram_send_seconds_bucket", "0.004"] == 1
        assert found["crier_telegram_send_seconds_bucket", "0.002"] == 0
        assert found["crier_telegram_throttled_total",] == 1
        assert found["crier_telegram_wait_seconds_total",] == 2.5
        assert found["process_resident_memory_bytes",] > 0
        # The address is taken: the second one goes on without.
        endpoint.serve(("127.0.0.1", port), TOKEN, registry)()
    finally:
        stop()


def test_each_worker_of_a_machine_has_a_port_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERVISOR_PROCESS_NAME", "worker-3")
    assert endpoint.address(("127.0.0.1", 9464)) == ("127.0.0.1", 9466)
    monkeypatch.delenv("SUPERVISOR_PROCESS_NAME")
    assert endpoint.address(("::1", 9464)) == ("::1", 9464)


def test_totals_only_grow_whatever_becomes_of_the_intervals() -> None:
    now = [1_700_000_000.0]
    samples = Samples(clock=lambda: now[0])

    def counted() -> int:
        return samples.totals()["sends", ""].count

    samples.count("sends", "1", 0.1)
    assert counted() == 1
    now[0] += INTERVAL_S
    samples.count("sends", "2", 0.1)
    assert counted() == 2
    taken = samples.take()
    assert counted() == 2
    samples.give_back(taken)
    assert counted() == 2
    samples.take(unfinished=True)
    assert counted() == 2
    for _ in range(400):
        samples.count("sends", "1", 0.1)
        now[0] += INTERVAL_S
    samples.give_back({})
    assert samples.dropped > 0
    assert counted() == 402
