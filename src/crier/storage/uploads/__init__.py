"""The files that people upload for their ads: in the data folder, or in a bucket of S3.

The API writes them (`services/ads/media.py`), workers and trials only read them, and a job of the
workers removes what nobody refers to (`services/ads/media_cleaning.py`). Files of exports lie there
too: workers write them (`services/exports/writing.py`), and the API reads them.
"""

from typing import Final

from crier.settings import Settings
from crier.storage.uploads.base import (
    MissingError,
    UploadRefusedError,
    Uploads,
    UploadsError,
    UploadUnavailableError,
    check,
)
from crier.storage.uploads.chunks import ChunkStream
from crier.storage.uploads.folder import FolderUploads
from crier.storage.uploads.names import PREFIX, id_of, name_for
from crier.storage.uploads.s3 import S3Uploads

__all__ = [
    "PREFIX",
    "ChunkStream",
    "FolderUploads",
    "MissingError",
    "UploadRefusedError",
    "UploadUnavailableError",
    "Uploads",
    "UploadsError",
    "check",
    "id_of",
    "name_for",
    "uploads_of",
]

PATIENCE_S: Final = 60.0


def uploads_of(settings: Settings, *, patience_s: float = PATIENCE_S) -> Uploads:
    """Return the storage that the settings name; nothing is connected before its first use.

    `patience_s` is for one request to S3: 5 MiB on their way there, a whole file on its way back.
    """
    if settings.s3 is None:
        return FolderUploads(settings.data_dir / "media")
    return S3Uploads(settings.s3, patience_s)
