"""Files of exports: fetched by their links, whole and in parts."""

import json

import pytest

from tests.support.api import Api
from tests.support.exports import (
    bot_with_chats,
    fetch,
    finished,
    run,
)


@pytest.fixture
def api(stored_api: Api) -> Api:
    return stored_api


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "parquet"])
def test_a_file_equals_the_stream(api: Api, kind: str) -> None:
    bot_with_chats(api, 30)
    done = finished(api, api.oscar, format=kind)
    data = api.nobody.get(done["download_url"]).get_data()
    if kind == "xlsx":
        assert data.startswith(b"PK")  # its zip holds the time
    else:
        stream = api.oscar.get(f"/api/analytics/export?dataset=subscribers&format={kind}")
        assert data == stream.get_data()


def test_ranges_put_together_are_the_file(api: Api) -> None:
    bot_with_chats(api, 200)
    done = finished(api, api.oscar)
    link = done["download_url"]
    _, data, whole = fetch(api, link)
    etag = whole["ETag"]
    assert whole["Accept-Ranges"] == "bytes"
    parts = []
    for asked in ("bytes=0-99", f"bytes=100-{len(data) - 51}", "bytes=-50"):
        status, part, headers = fetch(api, link, Range=asked, If_Range=etag)
        assert (status, headers["ETag"]) == (206, etag)
        assert headers["Content-Range"].endswith(f"/{len(data)}")
        parts.append(part)
    assert b"".join(parts) == data
    _, _, headers = fetch(api, link, Range="bytes=0-99")
    assert headers["Content-Range"] == f"bytes 0-99/{len(data)}"


ODD_RANGES = [
    ({"Range": "bytes=999999999-"}, 416),
    ({"Range": "bytes=-0"}, 200),
    ({"Range": "bytes=0-9", "If-Range": '"another"'}, 200),
    ({"Range": "bytes=0-9", "If-Range": "Wed, 21 Oct 2026 07:28:00 GMT"}, 200),
    ({"Range": "bytes=0-9,20-29"}, 200),
    ({"Range": "lines=0-9"}, 200),
    ({"Range": "bytes=9-0"}, 200),
    ({"Range": "bytes=0-99999999"}, 206),
]


def test_odd_ranges_are_answered_as_http_has_them(api: Api) -> None:
    bot_with_chats(api)
    done = finished(api, api.oscar)
    for given, expected in ODD_RANGES:
        status, data, headers = fetch(api, done["download_url"], **given)
        assert status == expected, given
        if status == 416:
            assert headers["Content-Range"] == f"bytes */{done['size']}"
        else:
            assert len(data) == done["size"]


def test_head_tells_the_length_and_is_no_download(api: Api) -> None:
    bot_with_chats(api)
    done = finished(api, api.oscar)
    answer = api.nobody.head(done["download_url"])
    assert (answer.status_code, answer.get_data()) == (200, b"")
    assert answer.headers["Content-Length"] == str(done["size"])
    assert run(api, "SELECT 1 FROM audit_log WHERE action = 'export.download'") == []


def test_a_link_that_was_tampered_with_is_404(api: Api) -> None:
    bot_with_chats(api)
    done, other = finished(api, api.oscar), finished(api, api.oscar)
    link = done["download_url"]
    path, _, signature = link.rpartition("=")
    until = path.partition("until=")[2].partition("&")[0]
    for wrong in (
        link.replace(f"/{done['id']}/", f"/{other['id']}/"),
        link.replace(until, str(int(until) + 1)),
        f"{path}={signature[:-2]}AA",
        f"{path}={'é' * 43}",
    ):
        assert api.nobody.get(wrong).status_code == 404, wrong
    assert fetch(api, link)[0] == 200
    for less in (path.partition("?")[0], f"{path}=short", path.replace(until, "soon")):
        assert api.nobody.get(less).status_code == 422, less


def test_a_stream_says_that_it_cannot_be_resumed(api: Api) -> None:
    bot_with_chats(api)
    answer = api.oscar.get(
        "/api/analytics/export?dataset=subscribers&format=json", headers={"Range": "bytes=5-"}
    )
    assert (answer.status_code, answer.headers["Accept-Ranges"]) == (200, "none")
    assert len(json.loads(answer.get_data())) == 5
