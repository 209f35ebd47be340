"""Write docs/openapi.json from the code: `make openapi`. Needs no database."""

import json
import sys
import tempfile
from pathlib import Path

from crier.api.app import create_app
from crier.api.http.openapi import document
from crier.settings import Settings

TARGET = Path(__file__).parents[1] / "docs" / "openapi.json"


def text() -> str:
    """The document as it is committed."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.from_environment({"CRIER_DATA_DIR": folder}))
        return json.dumps(document(app), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text())
    sys.stdout.write(f"wrote {TARGET.name}\n")
