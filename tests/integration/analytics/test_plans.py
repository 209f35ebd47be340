"""Searches read through their indexes where tables are big, also where they find nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from crier.analytics import activity, datasets
from crier.domain.span import Span
from crier.services.bots import reports
from crier.services.system import logs as system_logs
from crier.services.system.logs import LogFilter
from crier.storage.models.bots import Bot, Subscriber
from crier.storage.models.records import LogRow
from tests.support.ads import add_bot, add_broadcast
from tests.support.api import Api, make_settings
from tests.support.postgres import Cluster, owners, superusers

LINES, CHATS = 60_000, 60_000


@pytest.fixture(scope="module")
def big(
    cluster: Cluster, valkey_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """A bot with so many chats and lines of log, which tests read and leave as they are."""
    with cluster.database() as url:
        api = Api(make_settings(url, valkey_server, tmp_path_factory.mktemp("big")))
        api.person("alice", "admin")
        fill(api)
        yield api
        api.close()


def fill(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    with api.session() as session:
        session.execute(sa.text(
            "INSERT INTO logs (bot_id, log_level, message, source)"
            " SELECT :bot, 'info', 'Line ' || md5(n::text), 'crier.fleet'"
            " FROM generate_series(1, :lines) AS n"
        ), {"bot": bot, "lines": LINES})  # fmt: skip
        session.execute(sa.text(
            "INSERT INTO subscribers (bot_id, chat_id, status, first_name, username)"
            " SELECT :bot, n, 'active', 'Ann' || n, 'user' || n"
            " FROM generate_series(1, :chats) AS n"
        ), {"bot": bot, "chats": CHATS})  # fmt: skip
    with psycopg.connect(owners(api.settings.database_url), autocommit=True) as connection:
        connection.execute("ANALYZE")


def plan(session: Session, found: sa.Select[Any], key: InstrumentedAttribute[int]) -> str:
    """How a page of a list is read."""
    connection = session.connection()
    text = found.order_by(key.desc()).limit(51)
    given = text.compile(connection, compile_kwargs={"literal_binds": True})
    return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {given}"))


@pytest.mark.parametrize("words", ["nothing like it", "100%_", "Ни слова"])
def test_words_that_are_nowhere_are_looked_up_in_the_index(big: Api, words: str) -> None:
    with big.session() as session:
        logs = plan(session, system_logs.find(LogFilter(q=words)), LogRow.id)
        assert "_lower_idx" in logs
        bot = session.scalars(sa.select(Bot)).one()
        chats = plan(session, reports.chats(bot, None, words), Subscriber.chat_id)
        assert "subscribers_name_idx" in chats
        source = plan(session, system_logs.find(LogFilter(source="none")), LogRow.id)
        assert "_source_id_idx" in source


@pytest.mark.parametrize(
    ("words", "count"),
    [("ANN5999", 11), ("@user59999", 1), ("59999", 1), ("n%7", 0), ("n_7", 0), ("\\", 0)],
)
def test_what_is_found_is_what_holds_the_words(big: Api, words: str, count: int) -> None:
    with big.session() as session:
        bot = session.scalars(sa.select(Bot)).one()
        rows = session.execute(reports.chats(bot, None, words)).all()
    assert len(rows) == count


def test_clicks_of_a_span_are_read_through_their_index_by_time(api: Api) -> None:
    bot = add_bot(api, api.oscar)
    ad = api.oscar.post("/api/ads/create", {"title": "t", "content": "t"}).json["id"]
    _, ids = add_broadcast(api, ad, api.oscar, {bot: [1]}, message={"text": "t"})
    with api.session() as session:
        session.execute(sa.text(
            "INSERT INTO clicks (at, delivery_id, chat_id, link, kind)"
            " SELECT now() - n * interval '1 second', :d, n, 0, 'person'"
            " FROM generate_series(1, 60000) AS n"
        ), {"d": ids[bot]})  # fmt: skip
    with psycopg.connect(owners(api.settings.database_url), autocommit=True) as connection:
        connection.execute("ANALYZE")
    now = datetime.now(UTC)
    page = datasets.CLICKS_BY_TIME(
        after_at=now - timedelta(hours=1), after=0, end=now, limit=datasets.PAGE
    )
    with api.session() as session:
        result = session.connection().exec_driver_sql(f"EXPLAIN {page.text}", page.parameters)
        read = "\n".join(row[0] for row in result)
    assert "_at_id_idx" in read
    assert "Seq Scan on clicks" not in read


def test_days_of_all_bots_are_read_from_their_index_alone(api: Api) -> None:
    with psycopg.connect(superusers(api.settings.database_url), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # rows of bots are not needed
        connection.execute(
            "INSERT INTO bot_days (bot_id, at, messages_in, messages_out, new_subscribers,"
            " lost_subscribers, errors, throttled, clicks)"
            " SELECT b, timestamptz '2024-01-01Z' + n * interval '1 day', 1, 0, 0, 0, 0, 0, 0"
            " FROM generate_series(1, 300) AS b, generate_series(0, 399) AS n ORDER BY random()"
        )
        connection.execute(
            "INSERT INTO rollup_state (since, until) VALUES ('2024-01-01Z', '2025-12-01Z')"
        )
        connection.execute("VACUUM ANALYZE bot_days")
    asked: list[tuple[str, Any]] = []
    sa.event.listen(
        api.deps.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, text, given, *_: asked.append((text, given)),
    )
    span = Span(datetime(2024, 3, 10, tzinfo=UTC), datetime(2024, 5, 20, tzinfo=UTC))
    with api.session() as session:
        activity.by_bot(session, None, span)
        text, given = asked[-1]
        result = session.connection().exec_driver_sql(f"EXPLAIN {text}", given)
        read = "\n".join(row[0] for row in result)
    assert "Index Only Scan using bot_days_at_idx" in read, read
