"""Uploads for ads, and one message sent to try an ad out, through the simulated Telegram."""

import asyncio
import gc
import io
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from crier.storage import uploads
from tests.support.ads import add_bot, add_chats
from tests.support.api import Api, Person, make_settings
from tests.support.pictures import boxes, picture
from tests.support.sandbox import Sandbox

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f"
    b"\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
PERSON = 424242


@pytest.fixture
def api(database_url: str, valkey_url: str, tmp_path: Path, sandbox: Sandbox) -> Iterator[Api]:
    """The API over the sandbox."""
    settings = make_settings(
        database_url, valkey_url, tmp_path / "data", CRIER_TELEGRAM_API_URL=sandbox.url
    )
    made = Api(settings)
    made.person("alice", "admin")
    yield made
    made.close()


def upload(person: Person, content: bytes, name: str = "pic.png", **headers: str) -> Any:
    """By hand, since Werkzeug's test client leaves a temporary file open for large bodies."""
    head = f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--B--\r\n"
    return person.request(
        "POST",
        "/api/ads/media",
        data=body,
        content_type="multipart/form-data; boundary=B",
        headers=headers,
    )


def stored(api: Api, kept: Any) -> bytes:
    """What lies in the storage of uploads."""
    return asyncio.run(api.deps.uploads.read(UUID(kept["id"]), kept["name"]))


def make_ad(person: Person, **fields: Any) -> int:
    answer = person.post("/api/ads/create", {"content": "Sale!", **fields})
    assert answer.status_code == 201, answer.json
    number: int = answer.json["id"]
    return number


def test_an_upload_is_kept_and_known_by_its_content(api: Api) -> None:
    answer = upload(api.adam, PNG, "../../not a picture.exe")
    assert answer.status_code == 201, answer.json
    kept = answer.json
    assert kept["url"] == f"media:{kept['id']}"
    assert (kept["content_type"], kept["kind"], kept["size"]) == ("image/png", "photo", len(PNG))
    assert kept["name"] == "not a picture.exe.png"
    assert stored(api, kept) == PNG
    make_ad(api.adam, media_urls=[kept["url"]])


def test_an_upload_is_shown_to_those_who_see_it_or_its_ad(api: Api) -> None:
    kept = upload(api.adam, PNG).json
    path = f"/api/ads/media/{kept['id']}"
    shown = api.adam.get(path)
    assert (shown.status_code, shown.data, shown.content_type) == (200, PNG, "image/png")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert [person.get(path).status_code for person in (api.oscar, api.vera)] == [404, 404]
    ad = make_ad(api.adam, media_urls=[kept["url"]])
    assert [person.get(path).status_code for person in (api.oscar, api.vera)] == [404, 200]
    assert api.adam.post(f"/api/ads/{ad}/submit").status_code == 200
    assert api.oscar.get(path).data == PNG
    assert api.nobody.get(path).status_code == 401


def test_of_a_film_a_part_is_shown_and_of_other_files_nothing(api: Api) -> None:
    film = boxes(b"isom", b"vide")
    path = f"/api/ads/media/{upload(api.adam, film).json['id']}"
    part = api.adam.request("GET", path, headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.data) == (206, film[4:10])
    assert part.headers["Content-Range"] == f"bytes 4-9/{len(film)}"
    beyond = api.adam.request("GET", path, headers={"Range": "bytes=999999-"})
    assert beyond.status_code == 416
    page = upload(api.adam, b"<script>alert(1)</script>", "a.html").json
    assert api.adam.get(f"/api/ads/media/{page['id']}").status_code == 204


@pytest.mark.parametrize(
    ("content", "name", "kind", "note"),
    [
        (picture("JPEG"), "a.jpg", "photo", None),
        (boxes(b"isom", b"vide"), "a.mp4", "video", None),
        (boxes(b"M4A ", b"soun"), "a.m4a", "document", None),
        (boxes(b"mif1", others=(b"heic",)), "a.jpg.heic", "document", None),
        (picture(size=(2000, 99)), "a.png", "document", "over 20 times"),
        (b"hello", "a.txt", "document", None),
    ],
)
def test_an_upload_says_how_it_goes_and_why(
    api: Api, content: bytes, name: str, kind: str, note: str | None
) -> None:
    kept = upload(api.adam, content, name.removesuffix(".heic")).json
    assert (kept["name"], kept["kind"]) == (name, kind)
    assert kept["note"] is None if note is None else note in kept["note"]


def test_a_damaged_picture_is_refused_with_the_reason_and_not_kept(api: Api) -> None:
    answer = upload(api.adam, picture("JPEG", size=(200, 200))[:400])
    assert answer.status_code == 422
    assert "damaged" in answer.text
    assert list((api.settings.data_dir / "media").glob("*")) == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.PNG", "a.PNG"),
        ("a.jpg", "a.jpg.png"),
        ("..", "file.png"),
        ("/etc/passwd", "passwd.png"),
        ("C:\\x\\y.png", "y.png"),
        ("\u202e" * 200 + ".png", "\u202e" * 49 + ".png"),
    ],
)
def test_a_name_can_do_no_harm_and_has_the_extension_of_its_type(name: str, kept: str) -> None:
    assert uploads.name_for(name, ("png",)) == kept


def test_a_wrong_upload_is_told_why(api: Api) -> None:
    assert upload(api.adam, b"").status_code == 422
    assert api.adam.post("/api/ads/media", {"file": "x"}).status_code == 415
    assert api.adam.request("POST", "/api/ads/media", data={"other": "x"}).status_code == 415
    nameless = {"picture": (io.BytesIO(PNG), "a.png")}
    assert api.adam.request("POST", "/api/ads/media", data=nameless).status_code == 422
    assert upload(api.vera, PNG).status_code == 403
    assert upload(api.adam, b"x" * (52 * 1024 * 1024)).status_code == 413
    assert upload(api.adam, b"x" * (50 * 1024 * 1024 + 1)).status_code == 422
    assert list((api.settings.data_dir / "media").glob("*")) == []


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_a_machine_without_room_for_an_upload_says_so_and_keeps_nothing(api: Api) -> None:
    """Werkzeug leaves its temporary file to the garbage collector when it cannot go on."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        answer = upload(api.adam, b"x" * 2_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    gc.collect()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.json["detail"] == "no room on this machine: File too large"
    assert upload(api.adam, b"x" * 2_000_000).status_code == 201


def test_an_upload_with_an_idempotency_key_is_kept_once(api: Api) -> None:
    first, again = (upload(api.adam, PNG, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    assert len(list((api.settings.data_dir / "media").iterdir())) == 1


def test_somebody_elses_upload_cannot_be_used(api: Api) -> None:
    foreign = upload(api.adam, PNG).json["url"]
    answer = api.oscar.post("/api/ads/create", {"content": "x", "media_urls": [foreign]})
    assert answer.status_code == 422


def test_a_trial_reaches_one_chat_as_its_recipients_would_get_it(
    api: Api, sandbox: Sandbox
) -> None:
    telegram = sandbox.create_bot()
    sandbox.add_person(telegram.id, PERSON, first_name="Ann", status="started")
    bot = add_bot(api, api.oscar, token=telegram.token)
    with api.session() as session:
        add_chats(session, bot, [PERSON], first_name="<Ann>")
    ad = make_ad(
        api.oscar,
        content="Hi <b>{first_name}</b>",
        parse_mode="HTML",
        buttons=[[{"text": "Go", "url": "https://shop.example.com/"}]],
    )
    to = {"bot_id": bot, "chat_id": PERSON}
    once = {"Idempotency-Key": "trial"}
    answer = api.oscar.post(f"/api/ads/{ad}/test", to, headers=once)
    assert answer.status_code == 200, answer.json
    assert api.oscar.post(f"/api/ads/{ad}/test", to, headers=once).json == answer.json
    (message,) = sandbox.outbox(telegram.id, PERSON)
    assert answer.json == {"message_id": message["message_id"]}
    assert message["text"] == "Hi <Ann>"
    button = message["reply_markup"]["inline_keyboard"][0][0]
    assert button["url"] == "https://shop.example.com/"
    assert api.oscar.get(f"/api/ads/{ad}").json["status"] == "draft"


def test_a_trial_uploads_what_was_uploaded_here(api: Api, sandbox: Sandbox) -> None:
    telegram = sandbox.create_bot()
    sandbox.add_person(telegram.id, PERSON, status="started")
    bot = add_bot(api, api.oscar, token=telegram.token)
    to = {"bot_id": bot, "chat_id": PERSON}
    media = [upload(api.oscar, PNG).json["url"] for _ in range(2)]
    one = make_ad(api.oscar, media_urls=media[:1])
    answer = api.oscar.post(f"/api/ads/{one}/test", to)
    assert answer.status_code == 200, answer.json
    album = make_ad(api.oscar, media_urls=media)
    answer = api.oscar.post(f"/api/ads/{album}/test", to)
    assert answer.status_code == 200, answer.json
    sent = sandbox.outbox(telegram.id, PERSON)
    assert len(sent) == 3
    assert all(message["photo"] for message in sent)
    assert sent[0]["caption"] == "Sale!"


def test_a_refusal_of_telegram_is_502_with_its_words_and_no_token(
    api: Api, sandbox: Sandbox
) -> None:
    telegram = sandbox.create_bot()
    sandbox.add_person(telegram.id, PERSON, status="started")
    sandbox.block(telegram.id, PERSON)
    bot = add_bot(api, api.oscar, token=telegram.token)
    ad = make_ad(api.oscar)
    answer = api.oscar.post(f"/api/ads/{ad}/test", {"bot_id": bot, "chat_id": PERSON})
    assert answer.status_code == 502
    assert "bot was blocked by the user" in answer.json["detail"]
    sandbox.add_fault("html", bot=telegram.id, count=1)
    answer = api.oscar.post(f"/api/ads/{ad}/test", {"bot_id": bot, "chat_id": PERSON})
    assert answer.status_code == 502
    assert telegram.token not in answer.get_data(as_text=True)


def test_a_trial_through_a_strangers_bot_is_404(api: Api) -> None:
    bot = add_bot(api, api.olga)
    ad = make_ad(api.oscar)
    answer = api.oscar.post(f"/api/ads/{ad}/test", {"bot_id": bot, "chat_id": 1})
    assert answer.status_code == 404
    assert api.vera.post(f"/api/ads/{ad}/test", {"bot_id": bot, "chat_id": 1}).status_code == 403
