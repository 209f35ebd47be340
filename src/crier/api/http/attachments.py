"""Files that are written while they are sent."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import flask

from crier.analytics import formats
from crier.analytics.formats import Format

FILE: Final = {
    "description": "The file.",
    "content": {
        "text/csv": {"schema": {"type": "string"}},
        "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        formats.TYPES["xlsx"]: {"schema": {"type": "string", "format": "binary"}},
        formats.TYPES["parquet"]: {"schema": {"type": "string", "format": "binary"}},
    },
}


def attachment(body: Iterable[bytes], kind: Format, what: str) -> flask.Response:
    """Return a file for the browser to save, named after what is in it and the time."""
    response = flask.Response(body)
    response.headers["Content-Type"] = formats.TYPES[kind]
    name = f"crier-{what}-{datetime.now(UTC):%Y%m%d-%H%M%S}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["Accept-Ranges"] = "none"
    return response
