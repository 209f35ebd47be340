"""Telegram's own calls."""

from flask_openapi3 import RawModel
from pydantic import Field

from crier.api.schemas.base import Path, Text


class WebhookPath(Path):
    """Names a bot as its webhook URL does."""

    public_key: Text = Field(max_length=64)


class UpdateFile(RawModel):
    """An Update object of the Bot API; fields and kinds that are not known are ignored."""

    mimetypes = ["application/json"]  # noqa: RUF012 (flask-openapi3 reads it so)
