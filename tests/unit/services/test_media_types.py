"""An upload is known by its content, and goes as what Telegram takes, or is refused."""

import contextlib
import io
import random
import struct
import zlib

import pytest

from crier.services.ads.media_types import HEAD_BYTES, Sort, sort_of, tracks_in
from crier.services.errors import InvalidError
from tests.support.pictures import boxes, picture


def sort(content: bytes, size: int | None = None) -> Sort:
    head, stream = content[:HEAD_BYTES], io.BytesIO(content)
    return sort_of(head, size or len(content), tracks_in(content), stream)


@pytest.mark.parametrize(
    ("content", "content_type", "kind"),
    [
        (picture("JPEG"), "image/jpeg", "photo"),
        (picture("JPEG") + b"\0a film after the picture" * 9_000, "image/jpeg", "photo"),
        (picture("MPO", frames=2), "image/jpeg", "photo"),
        (picture("PNG"), "image/png", "photo"),
        (picture("PNG", frames=2), "image/png", "photo"),
        (picture("WEBP"), "image/webp", "photo"),
        (picture("WEBP", lossless=True), "image/webp", "photo"),
        (picture("GIF", frames=3), "image/gif", "animation"),
        (picture("GIF"), "image/gif", "photo"),
        (picture("AVIF"), "image/avif", "document"),
        (boxes(b"avif", others=(b"mif1",)), "image/avif", "document"),
        (boxes(b"mif1", others=(b"heic", b"miaf")), "image/heic", "document"),
        (boxes(b"heix"), "image/heic", "document"),
        (boxes(b"M4A ", b"soun"), "audio/mp4", "document"),
        (boxes(b"isom", b"soun"), "audio/mp4", "document"),
        (boxes(b"isom", b"vide", b"soun"), "video/mp4", "video"),
        (boxes(b"M4V ", b"vide"), "video/mp4", "video"),
        (boxes(b"dash", b"vide"), "video/mp4", "video"),
        (boxes(b"qt  ", b"vide"), "video/quicktime", "document"),
        (boxes(b"3gp5", b"vide"), "video/3gpp", "document"),
        (boxes(b"isom"), "application/octet-stream", "document"),  # cut before its index
        (boxes(b"crx "), "application/octet-stream", "document"),
        (b"%PDF-1.7", "application/pdf", "document"),
        (b"PK\x03\x04", "application/zip", "document"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "application/octet-stream", "document"),
        (b"OggS" + b"\0" * 60, "application/octet-stream", "document"),
        (b"\0\0\0\x04ftyp", "application/octet-stream", "document"),
        (b"x", "application/octet-stream", "document"),
    ],
)  # fmt: skip
def test_the_content_tells_type_and_kind(content: bytes, content_type: str, kind: str) -> None:
    assert sort(content) == (content_type, kind, None)


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (picture(size=(6000, 4001)), "6000 × 4001 pixels are over"),
        (picture(size=(10, 10_000)), "10 × 10000 pixels are over"),
        (picture(size=(2000, 99)), "over 20 times"),
        (picture("JPEG", size=(9, 181)), "over 20 times"),
        (picture("WEBP", frames=2), "moves"),
        (picture("JPEG", mode="CMYK"), "CMYK"),
    ],
)
def test_a_picture_that_is_no_photo_goes_as_a_file(content: bytes, note: str) -> None:
    found = sort(content)
    assert found.kind == "document"
    assert found.note is not None
    assert note in found.note


@pytest.mark.parametrize("size", [(6000, 4000), (2000, 100), (1, 20), (9999, 1)])
def test_the_limits_themselves_are_photos(size: tuple[int, int]) -> None:
    ratio = max(size) / min(size)
    assert sort(picture(size=size)).kind == ("photo" if ratio <= 20 else "document")


def test_a_photo_over_ten_megabytes_goes_as_a_file() -> None:
    found = sort(picture("JPEG"), size=10 * 1024 * 1024 + 1)
    assert (found.content_type, found.kind) == ("image/jpeg", "document")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_was_cut_off_is_refused(kind: str) -> None:
    whole = picture(kind, size=(300, 200))
    for length in (len(whole) - 16, len(whole) // 2, 20):
        with pytest.raises(InvalidError):
            sort(whole[:length])


@pytest.mark.parametrize(
    "head", [b"\xff\xd8\xff\xe0", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"]
)
def test_what_only_begins_like_a_picture_is_refused(head: bytes) -> None:
    for rest in (b"", b"\0" * 64, b"\xff" * 64):
        with pytest.raises(InvalidError):
            sort(head + rest)


def test_a_picture_without_a_side_is_refused() -> None:
    with pytest.raises(InvalidError):
        sort(png(0, 10))


def test_a_picture_that_says_it_is_huge_is_not_decoded() -> None:
    """60,000 × 60,000 pixels in 130 bytes, and 2 GB of text."""
    found = sort(png(60_000, 60_000))
    assert found.kind == "document"
    bomb = zlib.compress(b"\0" * 20_000_000)
    with pytest.raises(InvalidError):
        sort(png(10, 10, text=b"a\0\0" + bomb))


def test_whatever_is_broken_is_refused_in_words() -> None:
    draw = random.Random(9)
    wholes = [picture(k, size=(40, 30)) for k in ("JPEG", "PNG", "WEBP")]
    wholes.append(picture("GIF", frames=2))
    for number in range(2_000):
        content = bytearray(wholes[number % 4])
        for _ in range(draw.randint(1, 6)):
            content[draw.randrange(4, len(content))] = draw.randrange(256)
        with contextlib.suppress(InvalidError):
            sort(bytes(content))


def png(width: int, height: int, text: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"zTXt", text), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
        if data or name != b"zTXt"
    )
