"""Nothing imports in a circle, counting also what is imported for types only or inside a function.

`lint-imports` checks the directions between the packages; a circle inside one layer, or one behind
`TYPE_CHECKING`, would pass it.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "src"
Graph = Mapping[str, set[str]]


def test_no_modules_import_in_a_circle() -> None:
    assert _circles(_source()) == []


@pytest.mark.parametrize("depth", [2, 3], ids=["packages", "packages within packages"])
def test_no_packages_import_in_a_circle(depth: int) -> None:
    assert _circles(_packages(_source(), depth)) == []


def test_a_circle_is_found_behind_type_checking_and_in_a_function(tmp_path: Path) -> None:
    written = {
        "a/__init__.py": "",
        "a/one.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import two",
        "a/two.py": "def f():\n    from .three import name",
        "a/three.py": "import a.one",
        "a/four.py": "from a import one",
    }
    for name, text in written.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert _circles(_modules(_files(tmp_path))) == [["a.one", "a.three", "a.two"]]


@cache
def _source() -> Graph:
    return _modules(_files(ROOT))


def _files(root: Path) -> dict[str, Path]:
    """Each module by its dotted name."""
    found = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _modules(files: Mapping[str, Path]) -> Graph:
    """Which modules each one imports, anywhere in its text."""
    return {name: set(_imports(name, path, files)) - {name} for name, path in files.items()}


def _imports(name: str, path: Path, files: Mapping[str, Path]) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            wanted = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in wanted:
            while module and module not in files:
                module = module.rpartition(".")[0]
            if module:
                yield module


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


def _packages(modules: Graph, depth: int) -> Graph:
    """The same between packages: of each name the first `depth` parts."""
    found: dict[str, set[str]] = {}
    for name, imported in modules.items():
        package = _first(name, depth)
        found.setdefault(package, set()).update({_first(i, depth) for i in imported} - {package})
    return found


def _first(name: str, depth: int) -> str:
    return ".".join(name.split(".")[:depth])


def _circles(graph: Graph) -> list[list[str]]:
    """Each set of names that reach each other."""
    reached = {name: _reached(graph, name) for name in graph}
    circles = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in graph
        if name in reached[name]
    }
    return sorted(list(circle) for circle in circles)


def _reached(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph[name]
    return found
