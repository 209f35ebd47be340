"""Files that programs make and remove while a test looks."""

import os
from pathlib import Path


def files_below(root: Path) -> list[Path]:
    """All files of a folder; one that is removed while we look is no error, as with `rglob`."""
    return [Path(folder) / name for folder, _, names in os.walk(root) for name in names]
