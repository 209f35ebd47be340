"""The queue and evictions: an evicted worker cannot touch the jobs of its successors."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from crier.storage import queue

Connection = psycopg.Connection[Any]
FETCH = "SELECT id, lock FROM procrastinate_fetch_job_v2('{broadcasts}', %s::bigint)"
FINISH = "SELECT procrastinate_finish_job_v1(%s::bigint, 'succeeded', true)"


def worker(connection: Connection) -> int:
    row = connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
    return int(row.fetchall()[0][0])


def jobs(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute("SELECT lock, status, worker_id FROM procrastinate_jobs").fetchall()


def test_an_evicted_worker_cannot_end_the_job_of_its_successor(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        evicted, successor = worker(connection), worker(connection)
        connection.execute(*queue.defer_deliver(7)[:2])
        job = connection.execute(FETCH, (evicted,)).fetchall()[0][0]
        connection.execute(queue.RECLAIM.text, {"job_workers": [evicted]})
        connection.execute(FETCH, (successor,))
        with pytest.raises(psycopg.errors.RaiseException):
            connection.execute(FINISH, (job,))
        assert jobs(connection) == [("deliver:7", "doing", successor)]


def test_many_who_ask_for_the_same_jobs_at_once_never_deadlock(database_url: str) -> None:
    def ask(order: int) -> None:
        bots = list(range(300))
        with psycopg.connect(database_url) as connection:
            for turn in range(20):
                random.Random(turn * order).shuffle(bots)
                connection.execute(*queue.defer_deliver(*bots)[:2])
                connection.rollback()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(ask, (1, 2, 3)))  # raises what they raised


def test_a_job_that_waits_already_makes_the_reclaimed_one_superfluous(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        dead = worker(connection)
        connection.execute(*queue.defer_deliver(7, 8)[:2])
        for _ in range(2):
            connection.execute(FETCH, (dead,))
        connection.execute(*queue.defer_deliver(7)[:2])
        connection.execute(queue.RECLAIM.text, {"job_workers": [dead]})
        assert sorted(jobs(connection)) == [
            ("deliver:7", "todo", None),
            ("deliver:8", "todo", None),
        ]
