"""Only one package knows how Procrastinate works inside; see `crier.storage.queue`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "crier"
FENCE = ("storage/queue/", "storage/sql/queue.sql", "storage/migrations/versions/")
TABLE = re.compile(r"\bprocrastinate_\w+", re.IGNORECASE)
LIBRARY = {"storage/queue/worker.py", "storage/queue/connector.py", "jobs/tasks.py"}
"""Files that import it: the last one for `Blueprint` and `JobContext` alone."""


def outside() -> list[Path]:
    files = [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.sql")]
    return [path for path in files if not str(path.relative_to(SOURCE)).startswith(FENCE)]


def imported(text: str) -> Iterator[str]:
    """Names of the library that a module imports, as `module.name`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_library(path: Path) -> set[str]:
    text = path.read_text()
    names = imported(text) if "procrastinate" in text else iter(())
    return {name for name in names if name.split(".")[0] == "procrastinate"}


def test_no_table_of_the_queue_is_named_outside_its_package() -> None:
    found = {str(path.relative_to(SOURCE)): TABLE.findall(path.read_text()) for path in outside()}
    assert {path: names for path, names in found.items() if names} == {}


def test_the_library_is_imported_where_it_is_fenced_in_and_tasks_use_its_public_names() -> None:
    files = {str(path.relative_to(SOURCE)): of_library(path) for path in SOURCE.rglob("*.py")}
    users = {path: names for path, names in files.items() if names}
    assert set(users) == LIBRARY
    assert users["jobs/tasks.py"] == {"procrastinate.Blueprint", "procrastinate.JobContext"}


def test_jobs_touch_no_private_attribute_of_what_they_run() -> None:
    found = {
        f"{path.name}: {ast.unparse(node)}"
        for path in (SOURCE / "jobs").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and re.match(r"_(?!_)", node.attr)
        if ast.unparse(node.value) != "self"
    }
    assert found == set()


@pytest.mark.parametrize(
    "text",
    ["from procrastinate.worker import Worker", "import procrastinate", "import procrastinate.app"],
)
def test_every_form_of_an_import_is_seen(text: str) -> None:
    assert [name.split(".")[0] for name in imported(text)] == ["procrastinate"]
