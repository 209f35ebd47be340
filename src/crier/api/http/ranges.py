"""Parts of a file, as HTTP has them (RFC 9110, 14): one range, and whether of the same file."""

from typing import NamedTuple

import flask


class Part(NamedTuple):
    """The bytes from `start` up to, but without, `end`."""

    start: int
    end: int
    is_whole: bool


def wanted(etag: str, size: int) -> Part | None:
    """Return the part that the current request asks for; None where the file has no such part.

    Where it asks for several parts, or for one of another file (`If-Range`), it gets all of it.
    """
    whole = Part(0, size, is_whole=True)
    request = flask.request
    asked, condition = request.range, request.if_range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return whole
    if condition.date is not None or condition.etag not in (None, etag):
        return whole
    found = asked.range_for_length(size)
    return None if found is None else Part(*found, is_whole=False)
