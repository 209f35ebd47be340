"""Files of exports over the real server: their length, their parts, and no memory for them."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import sqlalchemy as sa

from crier.storage.models.records import Export
from crier.storage.uploads import ChunkStream
from tests.support.api import LiveApi, live_api

__all__ = ["live_api"]
PIECE = os.urandom(1024 * 1024)
PIECES = 96
SIZE = PIECES * len(PIECE)


def link(live_api: LiveApi) -> str:
    """A link to a finished export of nearly 100 MB."""
    stream = ChunkStream(iter([PIECE] * PIECES))
    file_id = uuid.uuid4()
    live_api.deps.uploads.write(file_id, "large.csv", stream.whole)
    media = live_api.settings.data_dir / "media"
    for one in (media, media / str(file_id)):
        one.chmod(0o755)  # under root the server has an account of its own
    with live_api.session() as session:
        export = Export(
            user_id=live_api.alice.id, role="admin", dataset="messages", format="csv",
            status="finished", file_id=file_id, file_name="large.csv", size=stream.size,
            sha256=stream.sha256, rows_total=1, finished_at=sa.func.now(),
            expires_at=sa.text("now() + interval '1 day'"),
        )  # fmt: skip
        session.add(export)
        session.flush()
        session.connection().exec_driver_sql(
            "INSERT INTO export_files (id, name) VALUES (%(id)s, 'large.csv')", {"id": file_id}
        )
        session.refresh(export)
    return str(live_api.alice.get(f"/api/analytics/exports/{export.id}").json["download_url"])


@contextmanager
def asked(live_api: LiveApi, method: str, path: str, **headers: str) -> Iterator[HTTPResponse]:
    with closing(HTTPConnection("127.0.0.1", live_api.port, timeout=30)) as connection:
        connection.request(method, path, headers=headers)
        yield connection.getresponse()


def peak_kib(pid: int) -> int:
    """The most memory that a process or a child of it ever had."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    texts = [Path(f"/proc/{one}/status").read_text() for one in (pid, *children)]
    return max(int(text.partition("VmHWM:")[2].split()[0]) for text in texts)


def test_a_large_file_comes_whole_or_in_part_with_its_length_and_in_constant_memory(
    live_api: LiveApi,
) -> None:
    path = link(live_api)
    with asked(live_api, "HEAD", path) as head:
        assert (head.status, head.getheader("Content-Length")) == (200, str(SIZE))
        assert head.read() == b""
    before = peak_kib(live_api.pid())
    digest, size = hashlib.sha256(), 0
    with asked(live_api, "GET", path) as answer:
        assert answer.getheader("Content-Length") == str(SIZE)
        assert answer.getheader("Transfer-Encoding") is None
        etag = answer.getheader("ETag") or ""
        while data := answer.read(256 * 1024):
            digest.update(data)
            size += len(data)
    assert size == SIZE, live_api.log.read_text()[-900:]
    assert etag == f'"{digest.hexdigest()}"'
    rest = 3 * len(PIECE) + 7
    headers = {"Range": f"bytes={SIZE - rest}-", "If-Range": etag}
    with asked(live_api, "GET", path, **headers) as part:
        assert part.status == 206
        assert part.read() == (PIECE * 4)[-rest:]
    with asked(live_api, "GET", path, Range=f"bytes={SIZE}-") as none:
        assert none.status == 416
    assert peak_kib(live_api.pid()) - before < 30 * 1024


def test_no_log_of_ours_holds_a_signature(live_api: LiveApi) -> None:
    path = link(live_api)
    signature = path.rpartition("=")[2]
    with asked(live_api, "GET", path, Range="bytes=0-9") as good:
        assert good.read() == PIECE[:10]
    for wrong, status in ((f"{path}x", 422), (path.replace(signature, "A" * 43), 404)):
        with asked(live_api, "GET", wrong) as answer:
            assert answer.status == status
    assert signature not in live_api.log.read_text()
