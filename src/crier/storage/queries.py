"""Hot SQL lives in `sql/*.sql`: each statement under a line `-- name: purpose`."""

import re
from functools import cache
from importlib import resources
from typing import LiteralString

_HEAD = re.compile(r"^-- (\w+): ", re.MULTILINE)


@cache
def load(area: str) -> dict[str, LiteralString]:
    """Return the statements of `sql/{area}.sql` by name."""
    text = (resources.files("crier.storage") / "sql" / f"{area}.sql").read_text(encoding="utf-8")
    parts = _HEAD.split(text)[1:]
    found = {
        name: f"-- {name}: {body.strip()}"
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }
    if len(found) * 2 != len(parts):
        raise ValueError(f"sql/{area}.sql names a statement twice")
    return found
