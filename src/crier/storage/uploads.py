"""Where the files lie that people upload for their ads: `media/<uuid>/<name>` in the data folder.

The name has the extension of the file's type, since Telegram goes by it, and is what people see of
a document. The API writes files (`services/media.py`), workers and trials only read them.
"""

import re
import uuid
from pathlib import Path
from typing import Final

PREFIX: Final = "media:"
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")
_NAME_MAX_BYTES: Final = 150


def media_dir(data_dir: Path) -> Path:
    """The folder of all uploads."""
    return data_dir / "media"


def id_of(source: str) -> uuid.UUID | None:
    """The id in `media:<uuid>`; None for a URL or anything else."""
    try:
        return uuid.UUID(source.removeprefix(PREFIX)) if source.startswith(PREFIX) else None
    except ValueError:
        return None


def find(folder: Path, source: str) -> Path:
    """The file of an upload in the folder of all uploads.

    Raises:
        FileNotFoundError: it is not on this machine.
    """
    media_id = id_of(source)
    found = sorted((folder / str(media_id)).glob("[!.]*")) if media_id else []
    if not found:
        raise FileNotFoundError(
            f"the upload {source} is not in {folder}: workers need the API's data folder"
        )
    return found[0]


def name_for(name: str, extensions: tuple[str, ...]) -> str:
    """`name` as a file may be called, with one of the extensions (any, where there are none)."""
    clean = _UNSAFE.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .") or "file"
    stem, dot, end = clean.rpartition(".")
    if extensions and end.lower() not in extensions:
        stem, dot, end = clean, ".", extensions[0]
    stem = stem.encode()[: _NAME_MAX_BYTES - len(end)].decode(errors="ignore")
    return f"{stem}{dot}{end[:20]}"
