"""Uploads that no ad names go after a day, in both storages; one that an ad names never does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from crier.services.ads import media_cleaning
from tests.integration.api.test_ad_media import PNG, make_ad, upload
from tests.support.ads import add_bot
from tests.support.api import Api, make_settings
from tests.support.files import files_below
from tests.support.s3 import S3Server
from tests.support.waiting import until


@pytest.fixture(params=["folder", "s3"])
def place(
    request: pytest.FixtureRequest, database_url: str, valkey_url: str, tmp_path: Path
) -> Iterator[tuple[Api, Path]]:
    """The API over each storage, and the folder in which its files can be seen."""
    environment, seen = {}, tmp_path / "data"
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        environment, seen = server.environment, server.bucket
    api = Api(make_settings(database_url, valkey_url, tmp_path / "data", **environment))
    yield api, seen
    api.close()


def clean(api: Api) -> int:
    return media_cleaning.clean(api.deps.sessions, api.deps.uploads)


def run(api: Api, text: str, *values: Any) -> list[Any]:
    with api.session() as session:
        result = session.connection().exec_driver_sql(text, values)
        return list(result.scalars()) if result.returns_rows else []


def let_a_day_pass(api: Api) -> None:
    run(api, "UPDATE media_files SET created_at = created_at - interval '25 hours'")


def left(seen: Path) -> set[str]:
    """The ids of the files that still lie there."""
    return {path.parent.name for path in files_below(seen / "media")}


def test_what_no_ad_names_goes_after_a_day_and_what_one_names_stays(
    place: tuple[Api, Path],
) -> None:
    api, seen = place
    used, other, unused, dropped = (upload(api.oscar, PNG).json for _ in range(4))
    make_ad(api.oscar, media_urls=[used["url"], other["url"]])
    gone = make_ad(api.oscar, media_urls=[dropped["url"]])
    add_bot(api, api.oscar)
    run(api, "INSERT INTO bot_files SELECT id, %s, 'photo', 'F' FROM bots", unused["url"])
    assert clean(api) == 0
    let_a_day_pass(api)
    young = upload(api.oscar, PNG).json
    assert clean(api) == 1
    assert left(seen) == {used["id"], other["id"], dropped["id"], young["id"]}
    assert run(api, "SELECT media FROM bot_files") == []
    assert api.oscar.delete(f"/api/ads/{gone}").status_code == 204
    assert clean(api) == 1
    assert left(seen) == {used["id"], other["id"], young["id"]}
    rows = {str(found) for found in run(api, "SELECT id FROM media_files")}
    assert rows == left(seen)
    again = api.oscar.post("/api/ads/create", {"content": "x", "media_urls": [unused["url"]]})
    assert again.status_code == 422


@contextmanager
def thread(work: Any) -> Iterator[None]:
    running = threading.Thread(target=work)
    running.start()
    try:
        yield
    finally:
        running.join(20)
        assert not running.is_alive()


def test_an_ad_that_is_just_being_written_keeps_its_upload(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ad is checked and not committed, while the cleaning runs from its start to its end."""
    kept = upload(api.oscar, PNG).json
    let_a_day_pass(api)
    from crier.services import audit

    cleaned: list[int] = []
    record = audit.record

    def clean_in_between(*arguments: Any, **named: Any) -> None:
        record(*arguments, **named)
        with thread(lambda: cleaned.append(clean(api))):
            pass

    monkeypatch.setattr(audit, "record", clean_in_between)
    make_ad(api.oscar, media_urls=[kept["url"]])
    assert cleaned == [0]
    assert clean(api) == 0
    assert left(api.settings.data_dir) == {kept["id"]}


def test_an_ad_that_comes_while_its_upload_is_being_removed_is_refused(api: Api) -> None:
    """The cleaning has decided and not committed; the ad waits for it, and finds nothing."""
    kept = upload(api.oscar, PNG).json
    let_a_day_pass(api)
    answers: list[int] = []

    def write_ad() -> None:
        given = {"content": "x", "media_urls": [kept["url"]]}
        answers.append(api.oscar.post("/api/ads/create", given).status_code)

    with api.session() as session:
        connection = session.connection()
        for name in ("lock", "condemn"):
            connection.exec_driver_sql(media_cleaning.SQL.texts[name], {"ids": [kept["id"]]})
        writing = threading.Thread(target=write_ad)
        writing.start()
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        until(lambda: run(api, waits) != [0], 10, "the ad to wait for the cleaning")
        assert answers == []
    writing.join(20)
    assert answers == [422]
    assert clean(api) == 1


def test_a_storage_that_fails_in_between_is_waited_for(
    database_url: str, valkey_url: str, tmp_path: Path, s3: S3Server
) -> None:
    api = Api(make_settings(database_url, valkey_url, tmp_path / "data", **s3.environment))
    try:
        for _ in range(3):
            upload(api.oscar, PNG)
        let_a_day_pass(api)
        s3.stop()
        assert clean(api) == 0
        assert run(api, "SELECT count(*) FROM media_files WHERE NOT stored") == [3]
        s3.start()
        assert clean(api) == 3
        assert (left(s3.bucket), run(api, "SELECT id FROM media_files")) == (set(), [])
    finally:
        api.close()
