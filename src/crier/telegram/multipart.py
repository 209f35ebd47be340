"""multipart/form-data, for the one upload of each media file and bot."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

_UNSAFE = re.compile(r'[\x00-\x1f"\\\x7f]')


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send: its bytes, the name that people see, and its MIME type."""

    content: bytes
    filename: str
    mime: str = "application/octet-stream"


def encode(params: Mapping[str, object], files: Mapping[str, Upload]) -> tuple[bytes, bytes]:
    """Return the body and its content type. Structured values become JSON text, None is left
    out."""
    boundary = b"crier-" + secrets.token_hex(16).encode()
    parts: list[bytes] = []
    for key, value in params.items():
        if value is not None:
            name = _UNSAFE.sub("_", key)
            parts.append(_part(boundary, f'name="{name}"', None, _text(value)))
    for key, file in files.items():
        name = _UNSAFE.sub("_", key)
        filename = _UNSAFE.sub("_", file.filename) or "file"
        mime = _UNSAFE.sub("", file.mime)
        parts.append(_part(boundary, f'name="{name}"; filename="{filename}"', mime, file.content))
    return b"%b--%b--\r\n" % (b"".join(parts), boundary), (
        b"multipart/form-data; boundary=" + boundary
    )


def _part(boundary: bytes, disposition: str, mime: str | None, content: bytes) -> bytes:
    kind = f"\r\nContent-Type: {mime}" if mime else ""
    head = f"Content-Disposition: form-data; {disposition}{kind}\r\n\r\n"
    return b"--%b\r\n%b%b\r\n" % (boundary, head.encode(errors="replace"), content)


def _text(value: object) -> bytes:
    return value.encode(errors="replace") if isinstance(value, str) else msgspec.json.encode(value)
