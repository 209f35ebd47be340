"""What the endpoints of uploads take and give."""

from typing import Any, ClassVar, Self, cast
from uuid import UUID

from flask_openapi3 import RawModel
from pydantic import Field

from crier.api.schemas.base import Answer, Path, Time
from crier.domain.media_kinds import MediaKind
from crier.storage.models.ads import MediaFile


class MediaPath(Path):
    """Names an upload."""

    media_id: UUID


class MediaForm(RawModel):
    """A form with one field, `file`."""

    mimetypes = ["multipart/form-data"]  # noqa: RUF012 (flask-openapi3 reads it so)
    schemas: ClassVar[dict[str, Any]] = {
        "multipart/form-data": {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
            "required": ["file"],
            "additionalProperties": False,
        }
    }


class MediaAnswer(Answer):
    """An uploaded file; give its `url` in `media_urls`."""

    id: UUID
    url: str
    name: str
    content_type: str
    kind: MediaKind
    note: str | None = Field(description="Why a picture goes as a file and not as a photo.")
    size: int
    created_at: Time

    @classmethod
    def of(cls, file: MediaFile, note: str | None) -> Self:
        """Return the answer for a row."""
        return cls(
            id=file.id,
            note=note,
            url=f"media:{file.id}",
            name=file.name,
            content_type=file.content_type,
            kind=cast(MediaKind, file.kind),
            size=file.size,
            created_at=file.created_at,
        )
