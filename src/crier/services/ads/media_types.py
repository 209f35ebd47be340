"""What a file is, by its content, and how Telegram takes it.

Telegram's rules for photos: 10 MB, width and height together 10,000 at most, neither over 20 times
the other; it makes a sticker of a small WebP that is sent as a file, unless told not to look (as
`domain/message.py` does). What is no photo by these rules goes as a file, which may be anything.
Pictures are read by Pillow, their headers only: nothing is decoded, so that no picture can be
larger than it looks. Of MP4's many relatives the names in their first box tell the type, and the
handlers of their tracks whether there is something to see.
"""

import re
import struct
import zlib
from typing import IO, Final, NamedTuple

from PIL import Image

from crier.domain import media_kinds
from crier.domain.media_kinds import MediaKind
from crier.services.errors import InvalidError

PHOTO_MAX_BYTES: Final = 10 * 1024 * 1024
PHOTO_MAX_SIDES: Final = 10_000
"""Width and height together, in pixels."""
PHOTO_MAX_RATIO: Final = 20
HEAD_BYTES: Final = 1024

Image.MAX_IMAGE_PIXELS = None  # a picture that is too large is no photo, and is never decoded

_TRACK: Final = re.compile(rb"hdlr\0\0\0\0.{4}(vide|soun)", re.DOTALL)
TRACK_BYTES: Final = 16
_FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
}
_AVIF: Final = frozenset((b"avif", b"avis"))
_HEIC: Final = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2")
)
_BROKEN: Final = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, MemoryError),
    *(struct.error, zlib.error, Image.DecompressionBombError),
)


class Sort(NamedTuple):
    """What a file is. `note` says why a picture goes as a file, for its owner."""

    content_type: str
    kind: MediaKind
    note: str | None = None


def tracks_in(data: bytes) -> set[bytes]:
    """Return `vide` and `soun`, where the handlers of such tracks stand in this piece of an MP4
    file."""
    return set(_TRACK.findall(data))


def sort_of(head: bytes, size: int, tracks: set[bytes], stream: IO[bytes]) -> Sort:
    """Return what a file is.

    Args:
        head: its first `HEAD_BYTES`.
        tracks: what `tracks_in` found in all of it.
        stream: the file; it is read from anywhere.

    Raises:
        InvalidError: it is a picture that is damaged or cut off, which Telegram would refuse.
    """
    content_type = sniff(head, tracks)
    if content_type not in _FORMATS:
        return Sort(content_type, media_kinds.of_content_type(content_type).uploaded)
    try:
        stream.seek(0)
        with Image.open(stream, formats=[_FORMATS[content_type]]) as image:
            kind, note = _picture(image, size)
            _check_whole(image, content_type, head, size, stream)
    except _BROKEN:
        raise InvalidError(
            file="is a picture that is damaged or cut off: Telegram would not take it"
        ) from None
    return Sort(content_type, kind, note)


def _picture(image: Image.Image, size: int) -> tuple[MediaKind, str | None]:
    width, height = image.size
    animated = bool(getattr(image, "is_animated", False)) and image.format in ("GIF", "WEBP")
    if not width or not height:
        raise ValueError("nothing to see")
    if animated and image.format == "GIF":
        return "animation", None
    if reason := _no_photo(image, size, animated=animated):
        return "document", f"goes as a file, not as a photo: {reason}"
    return "photo", None


def _no_photo(image: Image.Image, size: int, *, animated: bool) -> str | None:
    """Return why Telegram does not take a picture as a photo; None where it does."""
    width, height = image.size
    if size > PHOTO_MAX_BYTES:
        return "it is over 10 MB"
    if width + height > PHOTO_MAX_SIDES:
        return f"its {width} × {height} pixels are over Telegram's {PHOTO_MAX_SIDES:,} together"
    if max(width, height) > PHOTO_MAX_RATIO * min(width, height):
        return f"one side of {width} × {height} is over {PHOTO_MAX_RATIO} times the other"
    if animated:
        return "it moves, and Telegram has no animated WebP"
    if image.mode == "CMYK":
        return "its colours are for print (CMYK): save it as RGB"
    return None


def _check_whole(
    image: Image.Image, content_type: str, head: bytes, size: int, stream: IO[bytes]
) -> None:
    """Raise one of `_BROKEN` where the end of a picture is missing."""
    if content_type == "image/jpeg":
        # Pillow has read up to the picture itself, which holds no end mark but its own.
        if b"\xff\xd9" not in stream.read():
            raise EOFError
    elif content_type == "image/webp":
        if int.from_bytes(head[4:8], "little") + 8 > size:
            raise EOFError
    elif content_type == "image/png":
        image.verify()  # the check sums of all chunks, up to the last


def sniff(head: bytes, tracks: set[bytes]) -> str:
    """Return the MIME type that a file's content tells; what somebody calls it does not count."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _of_boxes(head, tracks)
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return "application/zip"
    return "application/octet-stream"


def _of_boxes(head: bytes, tracks: set[bytes]) -> str:
    """Return the type of a file that begins as MP4 does: many other formats do, too."""
    end = min(max(16, int.from_bytes(head[:4], "big")), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF:
        return "image/avif"
    if brands & _HEIC:
        return "image/heic"
    if b"vide" in tracks:
        if head[8:12] == b"qt  ":
            return "video/quicktime"
        return "video/3gpp" if head[8:10] == b"3g" else "video/mp4"
    return "audio/mp4" if b"soun" in tracks else "application/octet-stream"
