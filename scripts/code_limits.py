"""Hold Python to the lengths that CONTRIBUTING states: `make check`.

Functions of at most 50 lines with their docstrings, and files of at most 400. Exits with 1 where
something is longer. Complexity is ruff's C901; Biome holds the dashboard to the same 50 lines.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "tests", "bench", "scripts")
FUNCTION_MAX_LINES = 50
FILE_MAX_LINES = 400


def main(root: Path = ROOT) -> int:
    """Print what is too long."""
    faults = [
        f"{path.relative_to(root)}{fault}"
        for folder in FOLDERS
        for path in sorted((root / folder).rglob("*.py"))
        for fault in too_long(path.read_text(encoding="utf-8"))
    ]
    print("\n".join(f"limits: {fault}" for fault in faults) or "limits: kept")
    return 1 if faults else 0


def too_long(source: str) -> Iterator[str]:
    """Yield what is too long in a module, to be read after its name."""
    lines = len(source.splitlines())
    if lines > FILE_MAX_LINES:
        yield f": {lines} lines, over {FILE_MAX_LINES}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_MAX_LINES:
                yield f":{node.lineno}: {node.name} has {length} lines, over {FUNCTION_MAX_LINES}"


if __name__ == "__main__":
    sys.exit(main())
