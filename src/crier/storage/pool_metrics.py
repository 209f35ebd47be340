"""How full the pools of connections of this process are, for Prometheus."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, QueuePool

from crier.storage.pool import Pool

Reading = tuple[int, int, int, int]
"""Connections in use and idle, how many there may be, and how many wait for one."""


class PoolMetrics(Collector):
    """Collects what each pool, by name, says of itself."""

    def __init__(self, pools: Mapping[str, Callable[[], Reading]]) -> None:
        self._pools = pools

    def collect(self) -> Iterator[Metric]:
        """Yield the families."""
        connections = GaugeMetricFamily(
            "crier_database_pool_connections", "Connections", labels=["pool", "state"]
        )
        most = GaugeMetricFamily(
            "crier_database_pool_max_connections", "Most connections", labels=["pool"]
        )
        waiting = GaugeMetricFamily(
            "crier_database_pool_waiting", "Requests that wait for one", labels=["pool"]
        )
        for name, read in self._pools.items():
            used, idle, size, waits = read()
            connections.add_metric([name, "used"], used)
            connections.add_metric([name, "idle"], idle)
            most.add_metric([name], size)
            waiting.add_metric([name], waits)
        yield from (connections, most, waiting)


def of_pool(pool: Pool) -> Callable[[], Reading]:
    """Read the worker's pool."""

    def read() -> Reading:
        found = pool.get_stats()
        size, idle = found["pool_size"], found["pool_available"]
        return size - idle, idle, found["pool_max"], found["requests_waiting"]

    return read


def of_engine(engine: Engine) -> Callable[[], Reading]:
    """Read the pool of an engine, which does not tell what waits for it."""

    def read() -> Reading:
        pool = engine.pool
        assert isinstance(pool, QueuePool)
        used = pool.checkedout()
        return used, pool.checkedin(), pool.size() + pool._max_overflow, 0

    return read
