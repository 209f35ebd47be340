"""Where uploads lie: the data folder, and a real S3 server over HTTP, by the same promises."""

import asyncio
import io
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crier.errors import CrierError
from crier.settings import Settings
from crier.storage import reach
from crier.storage.uploads import (
    FolderUploads,
    MissingError,
    UploadRefusedError,
    Uploads,
    UploadUnavailableError,
    check,
    name_for,
    uploads_of,
)
from tests.support.certificate import make_certificate
from tests.support.files import files_below
from tests.support.s3 import SECRET_KEY, S3Server
from tests.support.waiting import until

NAMES = (
    "picture.png",
    name_for("Größe #1 100% + 'a&b'=[c] {d} ~;,@!$^`.png", ("png",)),
    name_for("%2F..%2e%2e.png", ("png",)),
    name_for("\u202e\U0001f600 фото 写真.mp4", ("mp4",)),
    name_for("x" * 500 + ".pdf", ("pdf",)),
)


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Uploads, Path]:
    """Each storage, and the folder in which its files can be seen."""
    if request.param == "folder":
        return FolderUploads(tmp_path / "media"), tmp_path
    server: S3Server = request.getfixturevalue("s3")
    return server.uploads(), server.bucket


def read(uploads: Uploads, media_id: uuid.UUID, name: str) -> bytes:
    return asyncio.run(uploads.read(media_id, name))


@contextmanager
def mute_server() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that gives every request one answer."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


def test_a_file_comes_back_as_it_was_under_the_same_name_in_both(
    storage: tuple[Uploads, Path],
) -> None:
    uploads, seen = storage
    for name in NAMES:
        media_id, content = uuid.uuid4(), os.urandom(1000)
        uploads.write(media_id, name, io.BytesIO(content))
        assert read(uploads, media_id, name) == content
        assert (seen / "media" / str(media_id) / name).read_bytes() == content
        uploads.remove(media_id, name)
        uploads.remove(media_id, name)
        assert not (seen / "media" / str(media_id) / name).exists()
        with pytest.raises(MissingError):
            read(uploads, media_id, name)


def test_the_check_leaves_nothing(storage: tuple[Uploads, Path]) -> None:
    uploads, seen = storage
    check(uploads)
    assert files_below(seen) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"secret_key": "wrong-but-still-secret"}, "SignatureDoesNotMatch"),
        ({"access_key": "NOBODY"}, "InvalidAccessKeyId"),
        ({"bucket": "no-such-bucket"}, "CRIER_S3_BUCKET"),
    ],
)
def test_what_s3_refuses_is_told_in_one_line_without_a_secret(
    s3: S3Server, wrong: dict[str, str], words: str
) -> None:
    uploads = s3.uploads(wrong)
    steps = (
        lambda: uploads.write(uuid.uuid4(), "a", io.BytesIO(b"x")),
        lambda: read(uploads, uuid.uuid4(), "a"),
    )
    for step in steps:
        with pytest.raises(UploadRefusedError, match=words) as caught:
            step()
        text = str(caught.value)
        assert "\n" not in text
        assert SECRET_KEY not in text + repr(uploads)
        assert wrong.get("secret_key", SECRET_KEY) not in text
        assert "127.0.0.1" not in text


def test_a_server_that_is_gone_is_unavailable_until_it_is_back(s3: S3Server) -> None:
    uploads, media_id = s3.uploads(), uuid.uuid4()
    uploads.write(media_id, "a.png", io.BytesIO(b"picture"))
    s3.stop()
    for step in (
        lambda: uploads.write(uuid.uuid4(), "b.png", io.BytesIO(b"x")),
        lambda: uploads.remove(media_id, "a.png"),
        lambda: read(uploads, media_id, "a.png"),
    ):
        with pytest.raises(UploadUnavailableError, match=r"^S3 does not answer$"):
            step()
    s3.start()
    assert read(uploads, media_id, "a.png") == b"picture"


def test_nothing_of_the_environment_but_our_settings_counts(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What other programs are told in `AWS_…` would be sent along, or sent elsewhere."""
    for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-somebody-else")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    check(s3.uploads())
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with server.accept()[0] as connection:
                heard.append(b"")
                while not heard[0].endswith(b"\r\n\r\nbody"):
                    heard[0] += connection.recv(65536)
                connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 0\r\n\r\n')

        answering = threading.Thread(target=answer)
        answering.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        s3.uploads({"url": url, "region": "garage"}).write(uuid.uuid4(), "a", io.BytesIO(b"body"))
        answering.join(10)
    assert b"of-somebody-else" not in heard[0]
    assert re.search(rb"authorization: .*Credential=CRIERKEY/\d{8}/garage/s3/", heard[0])
    aws = {name: text for name, text in s3.environment.items() if name != "CRIER_S3_URL"}
    settings = Settings.from_environment(aws | {"CRIER_S3_REGION": "eu-central-1"})
    place = "the bucket crier-uploads at https://s3.eu-central-1.amazonaws.com"
    assert uploads_of(settings).place == place


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (301, "PermanentRedirect", UploadRefusedError, "CRIER_S3_REGION"),
        (400, "AuthorizationHeaderMalformed", UploadRefusedError, "CRIER_S3_REGION"),
        (400, "KeyTooLongError", UploadRefusedError, "KeyTooLongError"),
        (403, "RequestTimeTooSkewed", UploadRefusedError, "RequestTimeTooSkewed"),
        (404, "NoSuchBucket", UploadRefusedError, "CRIER_S3_BUCKET"),
        (503, "SlowDown", UploadUnavailableError, "SlowDown"),
        (500, "<html>", UploadUnavailableError, "status 500"),
    ],
)
def test_what_s3_answers_decides_who_has_to_act(
    s3: S3Server, status: int, code: str, kind: type[CrierError], words: str
) -> None:
    body = f"<Error><Code>{code}</Code><Message>s3cret</Message></Error>".encode()
    with answering(status, body) as url:
        uploads = s3.uploads({"url": url}, patience_s=2.0)
        with pytest.raises(kind, match=words) as caught:
            read(uploads, uuid.uuid4(), "a")
    assert "s3cret" not in str(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(s3: S3Server, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    s3.stop()
    s3.start("--cert", str(certificate.chain), "--key", str(certificate.key))
    with pytest.raises(UploadRefusedError, match="certificate is not trusted"):
        check(s3.uploads({"url": s3.url.replace("http:", "https:")}))


@pytest.mark.timeout(45)  # a client that does not keep to its patience waits for a minute
def test_a_server_that_keeps_silent_is_given_up(s3: S3Server) -> None:
    with mute_server() as url:
        uploads = s3.uploads({"url": url}, patience_s=0.5)
        with pytest.raises(UploadUnavailableError):
            read(uploads, uuid.uuid4(), "a")


def test_a_large_file_goes_to_s3_without_being_held_in_memory(s3: S3Server, tmp_path: Path) -> None:
    """In a process of its own: its peak memory before and after tells."""
    large = tmp_path / "large"
    with large.open("wb") as out:
        for _ in range(48):
            out.write(os.urandom(1024 * 1024))
    media_id = uuid.uuid4()
    program = f"""
import io, re, uuid
from pathlib import Path
from crier.settings import Settings
from crier.storage.uploads import uploads_of
storage = uploads_of(Settings.from_environment())
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
storage.write(uuid.uuid4(), "small", io.BytesIO(b"x"))
before = peak()
with Path({str(large)!r}).open("rb") as stream:
    storage.write(uuid.UUID({str(media_id)!r}), "large.bin", stream)
print(peak() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | s3.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) < 30 * 1024, "KiB more than before"
    assert read(s3.uploads(), media_id, "large.bin") == large.read_bytes()


def test_a_folder_that_takes_no_more_says_so_and_keeps_nothing_half(tmp_path: Path) -> None:
    uploads, media_id = FolderUploads(tmp_path / "media"), uuid.uuid4()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        with pytest.raises(UploadUnavailableError, match="File too large"):
            uploads.write(media_id, "a.bin", io.BytesIO(b"x" * 2_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list((tmp_path / "media").iterdir()) == []


def test_a_broken_off_upload_in_parts_leaves_no_object(s3: S3Server) -> None:
    class BreaksOff(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 12_000_000:
                raise OSError("the disk is gone")
            return super().read(size)

    with pytest.raises(UploadUnavailableError):
        s3.uploads().write(uuid.uuid4(), "a.bin", BreaksOff(b"x" * 30_000_000))
    until(lambda: not files_below(s3.bucket), 5)


def test_a_part_that_comes_after_the_end_of_its_upload_is_no_missing_file(s3: S3Server) -> None:
    """obstore takes an upload back after one failed part while others are still on their way."""

    with answering(404, b"<Error><Code>NoSuchUpload</Code></Error>") as url:
        uploads = s3.uploads({"url": url}, patience_s=2.0)
        with pytest.raises(UploadUnavailableError, match="broke off"):
            uploads.write(uuid.uuid4(), "a.bin", io.BytesIO(b"x"))


def settings_of(s3: S3Server, **other: str) -> Settings:
    return Settings.from_environment(s3.environment | other)


def test_the_platform_says_at_its_start_what_is_wrong_with_the_bucket(s3: S3Server) -> None:
    said: list[str] = []
    reach.require_uploads(settings_of(s3), said.append)
    assert said == []
    with pytest.raises(
        CrierError, match=r"cannot use the bucket crier-uploads at http.*S3 refuses"
    ):
        reach.require_uploads(settings_of(s3, CRIER_S3_SECRET_KEY="wrong"), said.append)
    s3.stop()
    reach.require_uploads(settings_of(s3), said.append)
    (line,) = said
    assert line.startswith("cannot reach the bucket crier-uploads at http://127.0.0.1:")
    assert line.endswith("(S3 does not answer): ads with uploads wait for it")


def test_a_server_program_logs_it_and_goes_on(
    s3: S3Server, caplog: pytest.LogCaptureFixture
) -> None:
    before = set(threading.enumerate())
    reach.note_uploads(settings_of(s3, CRIER_S3_SECRET_KEY="wrong"))
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    (record,) = [r for r in caplog.records if r.message == "uploads_unavailable"]
    assert "SignatureDoesNotMatch" in record.__dict__["error"]
