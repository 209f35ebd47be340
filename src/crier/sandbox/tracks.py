"""How long sounds and videos last, and how large videos are, read out of MP4 and Ogg files."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_OPUS_RATE = 48_000
_MAX_BOXES = 1000


class Measures(NamedTuple):
    """What a file says of itself; 0 where it says nothing."""

    width: int = 0
    height: int = 0
    duration: int = 0


def measure(data: bytes) -> Measures:
    """Return the measures of an MP4 (and its kin) or Ogg file; nothing of any other."""
    try:
        if data[4:8] == b"ftyp":
            return _mp4(data)
        if data[:4] == b"OggS":
            return Measures(0, 0, _ogg_seconds(data))
    except (struct.error, ZeroDivisionError):
        pass
    return Measures()


def _mp4(data: bytes) -> Measures:
    movie = next((body for kind, body in _boxes(data) if kind == b"moov"), b"")
    width = height = seconds = 0
    for kind, body in _boxes(movie):
        if kind == b"mvhd":
            seconds = _mvhd_seconds(body)
        if kind == b"trak":
            header = next((b for k, b in _boxes(body) if k == b"tkhd"), b"")
            sides = struct.unpack(">II", header[-8:])
            width, height = max(width, sides[0] >> 16), max(height, sides[1] >> 16)
    return Measures(width, height, seconds)


def _mvhd_seconds(body: bytes) -> int:
    long = body[0] == 1
    layout, part = (">IQ", body[20:32]) if long else (">II", body[12:20])
    scale, length = struct.unpack(layout, part)
    return round(int(length) / int(scale))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(_MAX_BOXES):
        if at + 8 > len(data):
            return
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", data[at + 8 : at + 16])[0], 16
        if size < head:
            size = len(data) - at
        yield kind, data[at + head : at + size]
        at += size


def _ogg_seconds(data: bytes) -> int:
    last = data.rfind(b"OggS")
    (granule,) = struct.unpack("<q", data[last + 6 : last + 14])
    vorbis = data.find(b"\x01vorbis", 0, 200)
    rate = struct.unpack("<I", data[vorbis + 12 : vorbis + 16])[0] if vorbis >= 0 else _OPUS_RATE
    return round(granule / rate) if 0 <= granule < 2**40 else 0
