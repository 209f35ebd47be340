"""Exports that are written as files: who may, how they end, and how their files are fetched."""

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crier.analytics import datasets
from crier.analytics.datasets import COLUMNS
from crier.services.exports import orders, writing
from crier.services.exports.writing import ATTEMPTS
from crier.storage.uploads import Uploads, UploadsError, UploadUnavailableError
from tests.support.ads import add_bot
from tests.support.api import Api
from tests.support.exports import (
    PATH,
    SUBSCRIBERS,
    ask,
    bot_with_chats,
    fetch,
    finished,
    run,
    state,
    writer,
)
from tests.support.files import files_below


@pytest.fixture
def api(stored_api: Api) -> Api:
    return stored_api


def files(api: Api) -> int:
    """How many files lie in the data folder, whatever knows of them."""
    return len(files_below(api.settings.data_dir / "media"))


def test_an_export_is_asked_for_written_and_fetched_by_its_link(api: Api) -> None:
    bot = bot_with_chats(api)
    export = ask(api.oscar, bot_id=bot)
    waiting = state(api.oscar, export)
    assert (waiting["status"], waiting["download_url"], waiting["percent"]) == (
        "waiting", None, None,
    )  # fmt: skip
    assert run(api, "SELECT lock, queue_name FROM procrastinate_jobs") == [
        (f"export:{export}", "exports")
    ]
    writer(api).write(export)
    done = state(api.oscar, export)
    assert (done["status"], done["rows_written"], done["rows_total"]) == ("finished", 5, 5)
    assert done["percent"] == 100.0
    answer = api.nobody.get(done["download_url"])
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert tuple(rows[0]) == COLUMNS["subscribers"]
    assert [row["title"] for row in rows] == ["'=1+1"] * 5
    assert answer.headers["Content-Length"] == str(done["size"])
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="crier-subscribers-')
    assert disposition.endswith('.csv"')
    listed = api.oscar.get(PATH).json
    assert [one["id"] for one in listed["items"]] == [export]


def test_what_happens_to_an_export_is_audited_without_its_signature(api: Api) -> None:
    bot_with_chats(api)
    done = finished(api, api.oscar)
    link = done["download_url"]
    fetch(api, link)
    fetch(api, link, Range="bytes=3-7")
    assert api.oscar.delete(f"{PATH}/{done['id']}").status_code == 204
    lines = run(api, "SELECT action, actor, details FROM audit_log WHERE object_type = 'export'")
    actions = [line.action for line in lines]
    assert actions == ["export.create", "export.download", "export.download", "export.delete"]
    assert {line.actor for line in lines} == {"oscar"}
    assert (lines[2].details["from_byte"], lines[2].details["to_byte"]) == (3, 8)
    assert link.rpartition("=")[2] not in str(lines)


def test_a_link_ends_and_so_does_its_export(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    bot_with_chats(api)
    done = finished(api, api.oscar)
    with monkeypatch.context() as patched:
        patched.setattr("crier.services.exports.links.LINK_S", -5)
        assert state(api.oscar, done["id"])["download_url"] is None
    until = int(done["download_url"].partition("until=")[2].partition("&")[0])
    run(api, "UPDATE exports SET expires_at = now() - interval '1 second'")
    assert api.nobody.get(done["download_url"]).status_code == 404
    assert state(api.oscar, done["id"])["download_url"] is None
    assert until > 0
    assert writer(api).clean() == 1
    assert api.oscar.get(f"{PATH}/{done['id']}").status_code == 404
    assert run(api, "SELECT 1 FROM export_files") == []
    assert files(api) == 0


def test_exports_are_their_creators_alone(api: Api) -> None:
    bot_with_chats(api)
    done = finished(api, api.oscar)
    for person in (api.olga, api.alice, api.vera):
        assert person.get(f"{PATH}/{done['id']}").status_code == 404
        assert person.delete(f"{PATH}/{done['id']}").status_code == 404
        assert person.get(PATH).json["items"] == []
    assert api.adam.post(PATH, SUBSCRIBERS).status_code == 403
    assert api.adam.get(PATH).status_code == 403


def test_a_key_of_a_lesser_role_does_not_see_what_the_role_of_its_owner_asked_for(
    api: Api,
) -> None:
    program, _ = api.alice.program(role="operator")
    bot_with_chats(api)
    own = finished(api, api.alice)
    assert own["rows_total"] == 5
    assert program.get(f"{PATH}/{own['id']}").status_code == 404
    less = finished(api, program)
    assert less["rows_total"] == 0, "an operator's key reads what is the account's own"
    assert {one["id"] for one in api.alice.get(PATH).json["items"]} == {own["id"], less["id"]}


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"role": "viewer"}, {"role": "advertiser"}]
)
def test_the_link_of_a_creator_who_was_deactivated_or_demoted_is_dead_and_stays_so(
    api: Api, change: dict[str, Any]
) -> None:
    bot_with_chats(api)
    done = finished(api, api.oscar)
    open_one = ask(api.oscar)
    assert api.alice.patch(f"/api/users/{api.oscar.id}", change).status_code == 200
    assert api.nobody.get(done["download_url"]).status_code == 404
    writer(api).write(open_one)
    reasons = run(api, "SELECT status, reason FROM exports WHERE id = :id", id=open_one)
    assert reasons == [("failed", "the account that asked for it is no active operator any more")]
    again = {"is_active": True, "role": "operator"}
    assert api.alice.patch(f"/api/users/{api.oscar.id}", again).status_code == 200
    assert api.nobody.get(done["download_url"]).status_code == 404


def test_it_holds_what_is_in_scope_when_it_is_written(api: Api) -> None:
    bot = bot_with_chats(api)
    first, named = ask(api.oscar), ask(api.oscar, bot_id=bot)
    run(api, "UPDATE bots SET user_id = :olga WHERE id = :bot", olga=api.olga.id, bot=bot)
    for export in (first, named):
        writer(api).write(export)
    assert state(api.oscar, first)["rows_written"] == 0
    assert state(api.oscar, named)["status"] == "failed"
    assert state(api.oscar, named)["reason"] == "no such bot"


def test_three_are_open_at_a_time_and_deleting_one_makes_room(api: Api) -> None:
    held = [ask(api.oscar) for _ in range(orders.OPEN_MAX)]
    refused = api.oscar.post(PATH, SUBSCRIBERS)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    ask(api.olga)
    assert api.oscar.delete(f"{PATH}/{held[0]}").status_code == 204
    ask(api.oscar)


def test_an_account_whose_files_take_too_much_gets_no_more(api: Api) -> None:
    bot_with_chats(api, 5000)
    done = finished(api, api.oscar)
    export = ask(api.oscar)
    writer(api, account_bytes=done["size"] + 1000).write(export)
    failed = state(api.oscar, export)
    assert failed["status"] == "failed"
    assert "room for 1,000 bytes more" in failed["reason"]
    run(api, "UPDATE exports SET size = 10000000000 WHERE id = :id", id=done["id"])
    refused = api.oscar.post(PATH, SUBSCRIBERS)
    assert refused.status_code == 429
    assert "delete some of them" in refused.json["detail"]
    assert writer(api).clean() == 1, "what was written of it goes"


def test_one_that_is_deleted_while_it_is_written_ends_and_leaves_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot_with_chats(api, 3000)
    export = ask(api.oscar)
    monkeypatch.setattr(writing, "TELL_S", 0)
    read = datasets.rows

    def rows(*arguments: Any) -> Iterator[Any]:
        for number, row in enumerate(read(*arguments)):
            if number == 1000:
                assert state(api.oscar, export)["rows_written"] == 1000
                assert state(api.oscar, export)["percent"] == 33.3
                assert api.oscar.delete(f"{PATH}/{export}").status_code == 204
            yield row

    monkeypatch.setattr(datasets, "rows", rows)
    writer(api).write(export)
    assert run(api, "SELECT 1 FROM exports") == []
    assert run(api, "SELECT 1 FROM export_files") == []
    assert files(api) == 0


def test_of_two_attempts_at_once_only_the_latest_counts(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a worker stood still and its job was given to another one."""
    bot_with_chats(api, 100)
    export = ask(api.oscar)
    read = datasets.rows

    def rows(*arguments: Any) -> Iterator[Any]:
        monkeypatch.setattr(datasets, "rows", read)
        yield from read(*arguments)
        with ThreadPoolExecutor(1) as other:  # obstore calls from its own threads
            other.submit(writer(api).write, export).result()

    monkeypatch.setattr(datasets, "rows", rows)
    writer(api).write(export)
    done = state(api.oscar, export)
    assert (done["status"], done["rows_written"]) == ("finished", 100)
    assert api.nobody.get(done["download_url"]).status_code == 200
    assert len(run(api, "SELECT 1 FROM export_files")) == 1
    assert files(api) == (1 if api.settings.s3 is None else 0)


class Broken:
    """A storage that takes nothing."""

    def __init__(self, storage: Uploads) -> None:
        self._storage = storage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def write(self, *_: object) -> None:
        raise UploadUnavailableError("S3 does not answer")


def test_what_cannot_be_stored_is_tried_five_times_and_says_why(api: Api) -> None:
    export = ask(api.oscar)
    broken = writer(api)
    broken._storage = Broken(broken._storage)
    for _ in range(ATTEMPTS):
        with pytest.raises(UploadsError):
            broken.write(export)
        assert state(api.oscar, export)["status"] == "running"
    broken.write(export)
    failed = state(api.oscar, export)
    assert failed["status"] == "failed"
    assert failed["reason"] == "none of 5 attempts came to its end: S3 does not answer"
    assert writer(api).clean() == ATTEMPTS


def test_what_is_wrong_is_refused_when_it_is_asked_for(api: Api) -> None:
    olgas = add_bot(api, api.olga)
    assert api.oscar.post(PATH, SUBSCRIBERS | {"bot_id": olgas}).status_code == 404
    assert api.oscar.post(PATH, {"dataset": "recipients"}).status_code == 422
    span = {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    assert api.oscar.post(PATH, SUBSCRIBERS | span).status_code == 422
    assert run(api, "SELECT 1 FROM exports") == []


def test_the_same_request_again_makes_no_second_one(api: Api) -> None:
    once = {"Idempotency-Key": "once"}
    first = api.oscar.post(PATH, SUBSCRIBERS, headers=once)
    again = api.oscar.post(PATH, SUBSCRIBERS, headers=once)
    assert first.json["id"] == again.json["id"]
