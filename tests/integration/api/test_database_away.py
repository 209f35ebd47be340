"""What the API says where the database is away, and where one question takes it too long."""

import psycopg
import pytest
import sqlalchemy as sa

from tests.support.api import Api


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("statement_timeout", "the question took too long: ask for a shorter span or filter more"),
        ("lock_timeout", "another change of the same thing is under way; try again in a moment"),
    ],
)
def test_a_statement_that_is_ended_at_its_limit_is_not_told_as_an_outage(
    api: Api, database_url: str, limit: str, words: str
) -> None:
    oscar = api.oscar

    def hurry(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL {limit} = '100ms'")

    sa.event.listen(api.deps.engine, "begin", hurry)
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE bots")
        answer = oscar.get("/api/bots")
    assert answer.status_code == 503
    assert answer.json["detail"] == words
    assert oscar.get("/api/bots").status_code == 200


def test_a_database_that_ends_the_connection_is_told_as_an_outage(api: Api) -> None:
    oscar = api.oscar

    def cut(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    sa.event.listen(api.deps.engine, "begin", cut)
    answer = oscar.get("/api/bots")
    assert answer.status_code == 503
    assert answer.json["detail"] == "the database does not answer; try again in a moment"
