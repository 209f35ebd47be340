"""Warnings are kept in the table `logs`, by nobody's waiting, and what is dropped is counted."""

import logging
from collections.abc import Iterator

import psycopg
import pytest

from crier.observability import context, metrics
from crier.observability.log_table import LogTable
from tests.support.api import Api
from tests.support.postgres import owners

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"


@pytest.fixture
def log(database_url: str) -> Iterator[logging.Logger]:
    logger = logging.getLogger("test.table")
    handler = LogTable(database_url, program="test")
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)
    handler.close()


def flush(log: logging.Logger) -> None:
    for handler in log.handlers:
        handler.flush()


def rows(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT bot_id, log_level, message, source, context FROM logs ORDER BY id"
        ).fetchall()


def test_a_warning_becomes_a_row_with_its_fields_and_without_secrets(
    log: logging.Logger, database_url: str
) -> None:
    with context.bound(bot_id=8):  # the job's: only what a line says itself is in its bot's log
        why = f"bad\0 {TOKEN}"
        log.warning("session_failed %s", TOKEN, extra={"bot_id": 7, "why": why, "n": 1})
    log.info("not_kept")
    flush(log)
    [(bot_id, level, message, source, fields)] = rows(database_url)
    assert (bot_id, level, source) == (7, "warning", "test")
    assert message == "session_failed <token>"
    assert isinstance(fields, dict)
    assert (fields["why"], fields["n"]) == ("bad <token>", 1)


def test_an_exception_is_kept_with_its_trace(log: logging.Logger, database_url: str) -> None:
    try:
        raise ValueError(TOKEN)
    except ValueError:
        log.exception("failed")
    flush(log)
    [(_, level, _, _, fields)] = rows(database_url)
    assert level == "error"
    assert isinstance(fields, dict)
    assert fields["error_type"] == "ValueError"
    assert "AAFake" not in str(fields)


def test_thousands_at_once_are_written_or_counted_and_nobody_waits(
    log: logging.Logger, database_url: str
) -> None:
    before = metrics.log_rows_dropped._value.get()
    with psycopg.connect(owners(database_url)) as holding:
        holding.execute("LOCK TABLE logs")  # whoever waited for a row would wait for ever
        for number in range(5000):
            log.warning("many", extra={"number": number})
    flush(log)
    log.warning("last")
    flush(log)
    kept = [row for row in rows(database_url) if row[2] == "many"]
    dropped = metrics.log_rows_dropped._value.get() - before
    assert len(kept) + dropped == 5000


def test_a_database_that_is_down_costs_rows_and_nothing_else() -> None:
    handler = LogTable("postgresql://127.0.0.1:1/nobody?connect_timeout=1", program="test")
    before = metrics.log_rows_dropped._value.get()
    handler.handle(logging.makeLogRecord({"msg": "lost", "levelno": 40, "levelname": "ERROR"}))
    handler.flush()
    assert metrics.log_rows_dropped._value.get() == before + 1
    handler.close()


def test_requests_are_counted_by_route_and_status_never_by_id(api: Api) -> None:
    api.alice.get("/api/users")
    api.alice.patch("/api/users/424242", {"role": "viewer"})
    api.nobody.get("/api/nothing/here")
    text = api.nobody.get("/metrics").text
    assert 'crier_http_requests_total{method="GET",route="/api/users",status="200"}' in text
    assert 'route="/api/users/<int:user_id>",status="404"' in text
    assert 'method="none",route="none",status="404"' in text
    assert "424242" not in text
    assert "crier_http_request_seconds_bucket" in text
