"""Small files of many kinds, made when they are needed."""

import io
import struct
from typing import Any

from PIL import Image


def picture(
    kind: str = "PNG", size: tuple[int, int] = (8, 6), mode: str = "RGB", frames: int = 1, **o: Any
) -> bytes:
    """A picture of one colour; several frames, each of another, make it move."""
    out = io.BytesIO()
    colours = [(90 * number % 256, 0, 0) for number in range(frames)]
    first, *others = [Image.new("RGB", size, colour).convert(mode) for colour in colours]
    more = {"save_all": True, "append_images": others} if others else {}
    first.save(out, kind, **more, **o)
    return out.getvalue()


def boxes(brand: bytes, *tracks: bytes, others: tuple[bytes, ...] = (b"isom",)) -> bytes:
    """A file that begins as MP4 does, with tracks of these kinds (`vide`, `soun`) and no data."""
    kinds = b"".join(others)
    start = struct.pack(">I4s4sI", 16 + len(kinds), b"ftyp", brand, 512) + kinds
    handlers = b"".join(struct.pack(">I4sII4s12xx", 33, b"hdlr", 0, 0, track) for track in tracks)
    return start + struct.pack(">I4s", 8 + len(handlers), b"moov") + handlers
