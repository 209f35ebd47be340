"""Uploads of ads in a real S3 server: taken, used, and refused clearly while it is away."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.test_ad_media import PERSON, PNG, make_ad, stored, upload
from tests.support.ads import add_bot
from tests.support.api import Api, make_settings
from tests.support.files import files_below
from tests.support.s3 import SECRET_KEY, S3Server
from tests.support.sandbox import Sandbox


@pytest.fixture
def api(
    database_url: str, valkey_url: str, tmp_path: Path, sandbox: Sandbox, s3: S3Server
) -> Iterator[Api]:
    """The API over the sandbox, its uploads in S3."""
    settings = make_settings(
        database_url,
        valkey_url,
        tmp_path / "data",
        CRIER_TELEGRAM_API_URL=sandbox.url,
        **s3.environment,
    )
    made = Api(settings)
    made.person("alice", "admin")
    yield made
    made.close()


def files(s3: S3Server) -> list[Path]:
    return files_below(s3.bucket)


def uploads_part(api: Api) -> Any:
    parts = api.alice.get("/api/system/status").json["components"]
    return next(part for part in parts if part["name"] == "uploads")


def test_an_upload_lies_in_the_bucket_and_a_trial_sends_it(
    api: Api, sandbox: Sandbox, s3: S3Server
) -> None:
    once = {"Idempotency-Key": "k"}
    kept, again = (upload(api.oscar, PNG, "Größe #1 100%.png", **once).json for _ in range(2))
    assert kept == again
    assert kept["name"] == "Größe #1 100%.png"
    (file,) = files(s3)
    assert file.relative_to(s3.bucket) == Path("media", kept["id"], kept["name"])
    assert file.read_bytes() == PNG == stored(api, kept)
    assert not (api.settings.data_dir / "media").exists()
    telegram = sandbox.create_bot()
    sandbox.add_person(telegram.id, PERSON, status="started")
    bot = add_bot(api, api.oscar, token=telegram.token)
    ad = make_ad(api.oscar, media_urls=[kept["url"]])
    answer = api.oscar.post(f"/api/ads/{ad}/test", {"bot_id": bot, "chat_id": PERSON})
    assert answer.status_code == 200, answer.json
    (message,) = sandbox.outbox(telegram.id, PERSON)
    assert message["photo"]


def test_while_s3_is_away_uploads_and_trials_are_503_and_nothing_half_can_be_used(
    api: Api, sandbox: Sandbox, s3: S3Server
) -> None:
    telegram = sandbox.create_bot()
    sandbox.add_person(telegram.id, PERSON, status="started")
    bot = add_bot(api, api.oscar, token=telegram.token)
    ad = make_ad(api.oscar, media_urls=[upload(api.oscar, PNG).json["url"]])
    assert uploads_part(api)["status"] == "up"
    s3.stop()
    once = {"Idempotency-Key": "again"}
    answers = [
        upload(api.oscar, PNG, **once),
        api.oscar.post(f"/api/ads/{ad}/test", {"bot_id": bot, "chat_id": PERSON}),
    ]
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert answer.json["detail"].endswith("S3 does not answer")
    with api.session() as session:
        rows = session.connection().exec_driver_sql("SELECT id FROM media_files WHERE NOT stored")
        (half,) = (row[0] for row in rows)
    answer = api.oscar.post("/api/ads/create", {"content": "x", "media_urls": [f"media:{half}"]})
    assert answer.status_code == 422
    assert sandbox.outbox(telegram.id, PERSON) == []
    s3.start()
    assert upload(api.oscar, PNG, **once).status_code == 201
    assert len(files(s3)) == 2


def test_the_status_names_a_bucket_that_refuses_us_and_no_secret(
    database_url: str, valkey_url: str, tmp_path: Path, s3: S3Server
) -> None:
    environment = s3.environment | {"CRIER_S3_ACCESS_KEY": "NOBODY"}
    api = Api(make_settings(database_url, valkey_url, tmp_path / "data", **environment))
    try:
        part = uploads_part(api)
        answer = upload(api.alice, PNG)
    finally:
        api.close()
    assert part["status"] == "down"
    assert part["detail"].startswith(f"the bucket crier-uploads at {s3.url}: S3 refuses the key")
    assert answer.status_code == 503
    assert "InvalidAccessKeyId" in answer.json["detail"]
    assert SECRET_KEY not in str(part) + answer.get_data(as_text=True)
