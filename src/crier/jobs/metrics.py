"""Metrics of jobs and of what workers take over from others, for Prometheus."""

from prometheus_client import Counter

JOBS = Counter("crier_jobs", "Jobs that ended here, by how", ["task", "result"])
EVICTED = Counter("crier_workers_evicted", "Workers that this one found dead and evicted")
RECLAIMED = Counter("crier_jobs_reclaimed", "Jobs of evicted workers that went back to the queue")
RETURNED = Counter("crier_jobs_returned", "Jobs that were ours by the database and did not run")


def ended(task: str, result: str) -> None:
    """Count a job."""
    JOBS.labels(task, result).inc()
