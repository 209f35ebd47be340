"""Uploads in a bucket that speaks S3 (docs/decisions/0013-s3.md).

obstore signs each request (version 4), tries again what may be tried again for some seconds, and
sends files of more than one part in parts, of which it holds two in memory. What it raises repeats
addresses and whole answers; only the error code that S3 gave gets through from here.
"""

import contextlib
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import IO, TYPE_CHECKING, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from crier.setting_groups import S3
from crier.storage.uploads.base import (
    PIECE_BYTES,
    MissingError,
    UploadRefusedError,
    UploadsError,
    UploadUnavailableError,
)

if TYPE_CHECKING:
    from obstore.store import S3Credential

CONNECT_S: Final = 5.0
RETRY_S: Final = 5.0
_PART_BYTES: Final = 5 * 1024 * 1024
_PARTS_AT_ONCE: Final = 2
_CODE: Final = re.compile(r"<Code>(\w{1,60})</Code>")
_STATUS: Final = re.compile(r"status code: (\d{3})")
_PASSING: Final = (408, 429)


def store_of(settings: S3, patience_s: float) -> S3Store:
    """Return the client of a bucket; `patience_s` is for one request. Nothing is connected yet."""
    # Everything is named, for obstore reads `AWS_…` of the environment where it is not; the
    # address by the name that goes before its others.
    return S3Store(
        settings.bucket,
        aws_endpoint_url_s3=_url(settings),
        region=settings.region,
        credential_provider=lambda: _credential(settings),
        skip_signature=False,
        unsigned_payload=False,
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": True,  # the settings decide, not the library
            "connect_timeout": timedelta(seconds=min(CONNECT_S, patience_s)),
            "timeout": timedelta(seconds=patience_s),
        },
        retry_config={
            "max_retries": 3,
            "retry_timeout": timedelta(seconds=min(RETRY_S, patience_s)),
        },
    )


def _url(settings: S3) -> str:
    return settings.url or f"https://s3.{settings.region}.amazonaws.com"


class S3Uploads:
    """Files in one bucket, by the same names as in the data folder."""

    def __init__(self, settings: S3, patience_s: float) -> None:
        """`patience_s` is for one part of an upload, or one whole file on its way back."""
        self.place = f"the bucket {settings.bucket} at {_url(settings)}"
        self._store = store_of(settings, patience_s)

    def write(self, media_id: uuid.UUID, name: str, stream: IO[bytes]) -> None:
        """As `Uploads.write`. An upload in parts that fails is taken back where S3 still answers;
        else S3 keeps its parts, unseen, for as long as the bucket's rules say."""
        # obstore looks for the end of a file first: what is made on its way has none to be found.
        parts = iter(partial(stream.read, _PART_BYTES), b"")
        try:
            with _translated():
                obstore.put(
                    self._store,
                    _key(media_id, name),
                    stream if stream.seekable() else parts,
                    chunk_size=_PART_BYTES,
                    max_concurrency=_PARTS_AT_ONCE,
                )
        except MissingError:
            # S3 has taken the parts back while one was still on its way (NoSuchUpload): the server
            # or a rule of the bucket, or obstore itself after another part had failed.
            raise UploadUnavailableError("S3 broke off an upload in parts") from None

    async def read(self, media_id: uuid.UUID, name: str) -> bytes:
        """As `Uploads.read`."""
        with _translated():
            found = await obstore.get_async(self._store, _key(media_id, name))
            return bytes(await found.bytes_async())

    def read_parts(self, media_id: uuid.UUID, name: str, span: range) -> Iterator[bytes]:
        """As `Uploads.read_parts`: a request for each piece, so that a slow reader holds none.

        Some servers (rclone) answer a range by status 200, which obstore refuses. From those the
        file is read in one request from its beginning.
        """
        key = _key(media_id, name)
        for start in range(span.start, span.stop, PIECE_BYTES):
            end = min(start + PIECE_BYTES, span.stop)
            try:
                data = bytes(obstore.get_range(self._store, key, start=start, end=end))
            except BaseError as error:
                if "NotPartial" not in str(error):
                    raise _error(error) from None
                yield from self._read_from_start(key, range(start, span.stop))
                return
            if len(data) != end - start:
                raise UploadUnavailableError("a file in S3 is shorter than it was")
            yield data

    def _read_from_start(self, key: str, span: range) -> Iterator[bytes]:
        at = 0
        with _translated():
            for chunk in obstore.get(self._store, key).stream(min_chunk_size=PIECE_BYTES):
                data = bytes(chunk)[max(0, span.start - at) : max(0, span.stop - at)]
                at += len(chunk)
                if data:
                    yield data
                if at >= span.stop:
                    return
        raise UploadUnavailableError("a file in S3 is shorter than it was")

    def remove(self, media_id: uuid.UUID, name: str) -> None:
        """As `Uploads.remove`."""
        with _translated(), contextlib.suppress(MissingError):
            obstore.delete(self._store, _key(media_id, name))


def _credential(settings: S3) -> "S3Credential":
    return {
        "access_key_id": settings.access_key,
        "secret_access_key": settings.secret_key,
        "expires_at": None,
    }


def _key(media_id: uuid.UUID, name: str) -> str:
    return f"media/{media_id}/{name}"


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise _error(error) from None


def _error(error: Exception) -> UploadsError:
    text = str(error)
    status = int(found[1]) if (found := _STATUS.search(text)) else 0
    code = found[1] if (found := _CODE.search(text)) else f"status {status}"
    if code == "NoSuchBucket":
        return UploadRefusedError("S3 has no such bucket: make it, or correct CRIER_S3_BUCKET")
    if isinstance(error, FileNotFoundError):
        return MissingError("an upload is not in the bucket any more")
    if status in (401, 403):
        return UploadRefusedError(
            f"S3 refuses the key ({code}): correct CRIER_S3_ACCESS_KEY and CRIER_S3_SECRET_KEY, or "
            "what the key may do"
        )
    if "InvalidCertificate" in text:
        return UploadRefusedError(
            "S3's certificate is not trusted: add its authority to this machine's certificates"
        )
    if 300 <= status < 400 or "redirect" in text or code == "AuthorizationHeaderMalformed":
        return UploadRefusedError(
            "S3 has the bucket elsewhere: correct CRIER_S3_REGION or CRIER_S3_URL"
        )
    if 400 <= status < 500 and status not in _PASSING:
        return UploadRefusedError(f"S3 refuses the request ({code})")
    return UploadUnavailableError(
        "S3 does not answer" if not status else f"S3 is in trouble ({code})"
    )
