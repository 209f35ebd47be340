"""The servers that tests stand on are real ones, and every test has a database to itself."""

import psycopg
import pytest
import redis


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_gets_a_migrated_database_of_its_own(database_url: str, attempt: int) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM bots").fetchone() == (0,)
        connection.execute("INSERT INTO workers (id, host, pid) VALUES (gen_random_uuid(), '', 1)")
        assert connection.execute("SELECT count(*) FROM workers").fetchone() == (1,)


def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        row = connection.execute("SELECT to_regclass('bots')").fetchone()
        assert row == (None,)


@pytest.mark.parametrize("attempt", [1, 2])
def test_valkey_is_empty_for_every_test(valkey_url: str, attempt: int) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        assert client.set("seen", attempt, nx=True)
