"""What uploads are called: `media:<uuid>` in an ad, `media/<uuid>/<name>` where they lie.

The name has the extension of the file's type, since Telegram goes by it, and is what people see of
a document.
"""

import re
import uuid
from typing import Final

PREFIX: Final = "media:"
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME_MAX_BYTES: Final = 150


def id_of(source: str) -> uuid.UUID | None:
    """Return the id in `media:<uuid>`; None for a URL or anything else.

    Only as `str` writes an id: texts are compared to find out which ads name an upload.
    """
    text = source.removeprefix(PREFIX)
    if text == source or not _ID.fullmatch(text):
        return None
    return uuid.UUID(text)


def name_for(name: str, extensions: tuple[str, ...]) -> str:
    """`name` as a file may be called, with one of the extensions (any, where there are none)."""
    clean = _UNSAFE.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .") or "file"
    stem, dot, end = clean.rpartition(".")
    if extensions and end.lower() not in extensions:
        stem, dot, end = clean, ".", extensions[0]
    stem = stem.encode()[: _NAME_MAX_BYTES - len(end)].decode(errors="ignore")
    return f"{stem}{dot}{end[:20]}"
