"""Exports hold exactly what is in scope, whatever the dataset and the format."""

import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from pyarrow import parquet

from crier.analytics import datasets, formats
from crier.analytics.datasets import COLUMNS
from crier.errors import CrierError
from crier.services.system import export_command
from tests.support.ads import add_bot, add_broadcast, add_chats, settle
from tests.support.api import Api, Person

SENT = ("sent", None, None)


def export(person: Person, query: str) -> list[dict[str, Any]]:
    answer = person.get(f"/api/analytics/export?format=json&{query}")
    assert answer.status_code == 200, answer.json
    rows: list[dict[str, Any]] = json.loads(answer.get_data())
    return rows


class Exported:
    """Oscar's bot with an ad that was broadcast, and olga's."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.bot, self.olgas = add_bot(api, api.oscar), add_bot(api, api.olga, chats=[99])
        with api.session() as session:
            add_chats(session, self.bot, [1, 2, 3], title="=cmd|' /C calc'!A0")
        given = {"content": "+words", "title": "@t"}
        self.ad: int = api.oscar.post("/api/ads/create", given).json["id"]
        self.broadcast, ids = add_broadcast(
            api, self.ad, api.oscar, {self.bot: [1, 2, 3]},
            message={"text": "hello", "links": ["https://a.example"]},
        )  # fmt: skip
        self.delivery = ids[self.bot]
        settle(api, self.delivery, [SENT, ("failed", 400, "-bad")])
        with api.session() as session:
            session.execute(sa.text(
                "INSERT INTO messages (bot_id, chat_id, status, direction, content)"
                " VALUES (:b, 1, 'received', 'in', '=SUM(A1)')"
            ), [{"b": self.bot}, {"b": self.olgas}])  # fmt: skip
            session.execute(sa.text(
                "INSERT INTO clicks (delivery_id, chat_id, link, kind, user_agent)"
                " VALUES (:d, 1, 0, 'person', 'phone')"
            ), {"d": self.delivery})  # fmt: skip


@pytest.fixture
def world(api: Api) -> Exported:
    return Exported(api)


def test_everything_is_exported_on_the_command_line_and_nothing_is_overwritten(
    world: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIER_DATABASE_URL", world.api.settings.database_url)
    monkeypatch.setenv("CRIER_DATA_DIR", str(world.api.settings.data_dir))
    folder = tmp_path / "all"
    asked = [str(folder), "--format", "json"]
    run = CliRunner().invoke(export_command.command, asked, catch_exceptions=False)
    assert run.exit_code == 0
    found = {file.stem: json.loads(file.read_bytes()) for file in folder.iterdir()}
    for name, rows in found.items():
        assert rows == export(world.api.alice, f"dataset={name}")
    assert {name: len(rows) > 0 for name, rows in found.items()} == dict.fromkeys(
        ("bots", "ads", "messages", "subscribers", "clicks"), True
    )
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    (event,) = world.api.alice.get("/api/audit?object=export:all").json["items"]
    assert event["details"] == {"as": "json"}
    with pytest.raises(CrierError, match="is not empty"):
        CliRunner().invoke(export_command.command, asked, catch_exceptions=False)


def test_every_dataset_holds_ones_own_rows(world: Exported) -> None:
    oscar = world.api.oscar
    assert [b["id"] for b in export(oscar, "dataset=bots")] == [world.bot]
    assert [a["id"] for a in export(oscar, "dataset=ads")] == [world.ad]
    recipients = export(oscar, f"dataset=recipients&ad_id={world.ad}")
    assert [(r["chat_id"], r["status"]) for r in recipients] == [
        (1, "sent"), (2, "failed"), (3, "pending"),
    ]  # fmt: skip
    messages = export(oscar, "dataset=messages")
    assert [(m["content"], m["status"], m["ad_id"]) for m in messages] == [
        ("hello", "sent", world.ad),
        ("hello", "failed", world.ad),
        ("=SUM(A1)", "received", None),
    ]
    assert [s["chat_id"] for s in export(oscar, "dataset=subscribers")] == [1, 2, 3]
    (click,) = export(oscar, "dataset=clicks")
    assert (click["url"], click["ad_id"], click["chat_id"]) == ("https://a.example", world.ad, 1)


def test_admin_and_viewer_export_everything(world: Exported) -> None:
    for person in (world.api.alice, world.api.vera):
        assert len(export(person, "dataset=bots")) == 2
        assert len(export(person, "dataset=subscribers")) == 4
        assert len(export(person, "dataset=messages")) == 4
    assert world.api.adam.get("/api/analytics/export?dataset=bots").status_code == 403


def test_filters_narrow_and_foreign_objects_are_404(world: Exported) -> None:
    oscar, olga, alice = world.api.oscar, world.api.olga, world.api.alice
    assert len(export(alice, f"dataset=subscribers&bot_id={world.bot}")) == 3
    assert len(export(oscar, f"dataset=messages&ad_id={world.ad}")) == 2
    assert len(export(oscar, f"dataset=messages&broadcast_id={world.broadcast}")) == 2
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert export(oscar, f"dataset=messages&from={tomorrow}") == []
    assert len(export(oscar, f"dataset=messages&to={tomorrow}")) == 3
    path = "/api/analytics/export?dataset=recipients"
    for query in (f"&bot_id={world.bot}", f"&ad_id={world.ad}", f"&broadcast_id={world.broadcast}"):
        assert olga.get(path + query).status_code == 404
    assert oscar.get(f"{path}&ad_id={world.ad}&broadcast_id=999").status_code == 404


def test_what_is_missing_or_wrong_is_named(world: Exported) -> None:
    oscar = world.api.oscar
    for query, field in (
        ("dataset=recipients", "ad_id"),
        ("", "dataset"),
        ("dataset=secrets", "dataset"),
        ("dataset=bots&format=pdf", "format"),
        ("dataset=bots&colour=red", "colour"),
    ):
        answer = oscar.get(f"/api/analytics/export?{query}")
        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] == field


def test_csv_is_a_download_with_formulas_defused(world: Exported) -> None:
    answer = world.api.oscar.get("/api/analytics/export?dataset=subscribers")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="crier-subscr')
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert tuple(rows[0]) == COLUMNS["subscribers"]
    assert {row["title"] for row in rows} == {"'=cmd|' /C calc'!A0"}


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "parquet"])
@pytest.mark.parametrize("dataset", COLUMNS)
def test_every_dataset_comes_in_every_format(world: Exported, dataset: str, kind: str) -> None:
    query = f"dataset={dataset}&format={kind}&ad_id={world.ad}"
    answer = world.api.oscar.get(f"/api/analytics/export?{query}")
    assert answer.status_code == 200
    data = answer.get_data()
    assert data.startswith({"csv": b"", "json": b"[", "xlsx": b"PK", "parquet": b"PAR1"}[kind])


def test_no_token_is_in_an_export(world: Exported) -> None:
    text = json.dumps(export(world.api.alice, "dataset=bots"))
    assert "token" not in text
    assert "v1." not in text


def test_a_large_export_starts_at_once_and_takes_no_memory(world: Exported) -> None:
    with world.api.session() as session:
        session.execute(sa.text(
            "INSERT INTO messages (bot_id, chat_id, status, direction, content)"
            " SELECT :b, n, 'received', 'in', repeat('x', 100) FROM generate_series(1, 60000) n"
        ), {"b": world.bot})  # fmt: skip
    tracemalloc.start()
    answer = world.api.oscar.get("/api/analytics/export?dataset=messages", buffered=False)
    lines = 0
    for chunk in answer.iter_encoded():
        lines += chunk.count(b"\n")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    answer.close()
    assert lines == 60_000 + 3 + 1
    assert peak < 4_000_000, peak


def _click(world: Exported, delivery: int, at: str, count: int = 1) -> None:
    with world.api.session() as session:
        session.execute(sa.text(
            "INSERT INTO clicks (at, delivery_id, chat_id, link, kind)"
            " SELECT CAST(:at AS timestamptz), :d, n, 0, 'person' FROM generate_series(1, :n) n"
        ), {"at": at, "d": delivery, "n": count})  # fmt: skip


def test_clicks_of_any_scope_are_each_there_once_over_the_ends_of_pages(
    world: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "PAGE", 3)
    monkeypatch.setattr(datasets, "_FIRST_PAGE", 3)
    api = world.api
    olgas_ad = api.olga.post("/api/ads/create", {"title": "o", "content": "o"}).json["id"]
    _, ids = add_broadcast(api, olgas_ad, api.olga, {world.olgas: [99]}, message={"text": "o"})
    now = datetime.now(UTC).isoformat()
    _click(world, ids[world.olgas], now, 7)
    _click(world, world.delivery, now, 7)
    _click(world, 999, now, 4)  # of a delivery that is gone
    whole = [tuple(c.values()) for c in export(api.alice, "dataset=clicks")]
    assert len(whole) == len(set(whole)) == 15  # the fixture's has a chat, link and time of its own
    own = {c for c in whole if c[3] == world.bot}
    assert len(own) == 8
    for query in ("", f"&bot_id={world.bot}", f"&ad_id={world.ad}"):
        found = [tuple(c.values()) for c in export(api.oscar, f"dataset=clicks{query}")]
        assert (len(found), set(found)) == (8, own), query


def _message(world: Exported, bot: int, at: str, count: int = 1) -> None:
    with world.api.session() as session:
        session.execute(sa.text(
            "INSERT INTO messages (bot_id, chat_id, status, direction, content, sent_at)"
            " SELECT :b, n, 'received', 'in', 'x', CAST(:at AS timestamptz)"
            " FROM generate_series(1, :n) n"
        ), {"b": bot, "at": at, "n": count})  # fmt: skip


def test_messages_of_any_scope_are_each_there_once_over_the_ends_of_pages(
    world: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "PAGE", 3)
    monkeypatch.setattr(datasets, "_FIRST_PAGE", 3)
    now = datetime.now(UTC)
    for bot in (world.olgas, world.bot, world.olgas):
        _message(world, bot, now.isoformat(), 5)
    _message(world, world.bot, (now - timedelta(days=40)).isoformat())
    whole = [m["id"] for m in export(world.api.alice, "dataset=messages")]
    assert len(whole) == len(set(whole)) == 2 + 1 + 15 + 1 + 1
    own = [m["id"] for m in export(world.api.oscar, "dataset=messages")]
    assert len(own) == len(set(own)) == 2 + 1 + 5 + 1
    assert set(own) < set(whole)


@pytest.mark.parametrize("dataset", ["clicks", "messages"])
def test_a_span_leaves_what_lies_outside_it(world: Exported, dataset: str) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    start, end = now + timedelta(minutes=1), now + timedelta(minutes=2)
    for at in (start - timedelta(microseconds=1), start, end - timedelta(microseconds=1), end):
        if dataset == "clicks":
            _click(world, world.delivery, at.isoformat())
        else:
            _message(world, world.bot, at.isoformat())
    span = f"&from={start:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}"
    for person in (world.api.alice, world.api.oscar):
        assert len(export(person, f"dataset={dataset}{span}")) == 2


@pytest.mark.parametrize("dataset", COLUMNS)
def test_parquet_reads_back_equal_to_csv(world: Exported, dataset: str) -> None:
    path = f"/api/analytics/export?dataset={dataset}&ad_id={world.ad}&format="
    data = world.api.oscar.get(f"{path}parquet").get_data()
    table = parquet.read_table(io.BytesIO(data))
    assert tuple(table.column_names) == COLUMNS[dataset]  # type: ignore[index]
    texts = b"".join(formats.write("csv", table.column_names, map(_values, table.to_pylist())))
    assert table.num_rows > 0
    assert texts.decode() == world.api.oscar.get(f"{path}csv").get_data(as_text=True)


def _values(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.values())


def test_without_pyarrow_parquet_is_refused_with_what_to_do(
    world: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crier.analytics.parquet.find_spec", lambda _name: None)
    answer = world.api.oscar.get("/api/analytics/export?dataset=bots&format=parquet")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "format"
    assert "crier[parquet]" in answer.json["errors"][0]["message"]


def test_a_broadcast_that_has_not_begun_is_none_of_an_ads_broadcasts(world: Exported) -> None:
    with world.api.session() as session:
        session.execute(sa.text("UPDATE broadcasts SET status = 'completed'"))
        session.execute(sa.text(
            "INSERT INTO broadcasts (ad_id, user_id, status, message, audience, scheduled_for)"
            " VALUES (:ad, :user, 'scheduled', '{}', 3, now() + interval '1 day')"
        ), {"ad": world.ad, "user": world.api.oscar.id})  # fmt: skip
    (ad,) = export(world.api.oscar, "dataset=ads")
    assert (ad["broadcasts"], ad["audience"]) == (1, 3)
