"""What Telegram makes of a file: one table, by the file's type and by the ending of its URL.

An upload's type is found in its content (`services/ads/media_types.py`). Of a URL only the ending
is known: Telegram fetches it by itself, and takes pictures, videos, PDF and ZIP for ads that way.
"""

import re
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

MediaKind = Literal["photo", "video", "animation", "document"]
"""What an ad may hold."""
UrlKind = Literal["photo", "video", "animation", "document", "audio", "voice"]
"""What a reply may hold, which names its media by URL."""
KINDS: Final[tuple[MediaKind, ...]] = ("photo", "video", "animation", "document")


class FileType(NamedTuple):
    """A type of file: how Telegram takes an upload of it, and what is at a URL with its ending."""

    content_type: str
    extensions: tuple[str, ...]
    uploaded: MediaKind
    by_url: UrlKind | None
    """None: Telegram takes no such file by URL."""


# Where two types share an ending, the earlier one is what a URL with it leads to.
_TYPES: Final = (
    FileType("image/jpeg", ("jpg", "jpeg"), "photo", "photo"),
    FileType("image/png", ("png",), "photo", "photo"),
    FileType("image/webp", ("webp",), "photo", "photo"),
    FileType("image/bmp", ("bmp",), "document", "photo"),
    FileType("image/gif", ("gif",), "animation", "animation"),
    FileType("video/mp4", ("mp4", "m4v"), "video", "video"),
    FileType("video/quicktime", ("mov",), "document", "video"),
    FileType("video/3gpp", ("3gp", "3g2"), "document", "video"),
    FileType("video/webm", ("webm",), "document", "video"),
    FileType("video/x-matroska", ("mkv",), "document", "video"),
    FileType("application/pdf", ("pdf",), "document", "document"),
    FileType("application/zip", ("zip",), "document", "document"),
    FileType("audio/mp4", ("m4a", "m4b", "mp4"), "document", "audio"),
    FileType("audio/mpeg", ("mp3",), "document", "audio"),
    FileType("audio/ogg", ("ogg", "oga"), "document", "voice"),
    FileType("image/heic", ("heic", "heif"), "document", None),
    FileType("image/avif", ("avif",), "document", None),
    FileType("image/tiff", ("tif", "tiff"), "document", None),
)
_OTHER: Final = FileType("application/octet-stream", (), "document", None)
_BY_CONTENT: Final = {one.content_type: one for one in _TYPES}
_BY_EXTENSION: Final = {end: one.by_url for one in reversed(_TYPES) for end in one.extensions}
# Endings of files that are known to be nothing Telegram fetches.
_NOT_BY_URL: Final = frozenset((
    "wav", "flac", "avi", "wmv", "svg", "psd", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt",
    "ods", "txt", "csv", "rtf", "apk", "exe", "dmg", "iso", "rar", "7z", "tar", "gz",
))  # fmt: skip
_ENDING: Final = re.compile(r"\.(\w+)$")


def of_content_type(content_type: str) -> FileType:
    """Return the file type with this MIME type; what is not in the table is any file."""
    return _BY_CONTENT.get(content_type, _OTHER)


def of_url(url: str) -> UrlKind | None:
    """Return what Telegram is to send a URL as, by the ending of its path.

    What has no ending is most often a picture from a CDN. None: Telegram takes no such file by URL.
    """
    try:
        found = _ENDING.search(urlsplit(url).path)
    except ValueError:
        return "photo"
    ending = found[1].lower() if found else ""
    return None if ending in _NOT_BY_URL else _BY_EXTENSION.get(ending, "photo")
