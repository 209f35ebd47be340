"""Files and modules that documents, docstrings and comments name are there."""

import ast
import io
import pkgutil
import re
import subprocess
import tokenize
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = sorted(
    path for name in ("src", "tests", "scripts", "bench") for path in (ROOT / name).rglob("*")
)
FOLDERS = (
    ROOT,
    ROOT / "src",
    ROOT / "src" / "crier",
    ROOT / "dashboard",
    ROOT / "dashboard" / "src",
)
"""Where a path that a text names may begin, besides the folders that the text is in."""

SUFFIXES = r"(?:py|sql|md|tsx?|toml|json|txt|in|yml|html|css)"
PATH = re.compile(rf"(?<![\w/.$:{{~-])((?:[\w.*-]+/)+[\w.*-]+\.{SUFFIXES})(?![\w/-]|\.\w)")
DECISION = re.compile(r"docs/decisions/(\d{4})\b")
MODULE = re.compile(r"(?<![\w./@-])(crier(?:\.[A-Za-z_]\w*)+)(?![\w./-])")
FILE = re.compile(rf"`([\w-]+\.{SUFFIXES})`")
ADDRESS = re.compile(r"https?://\S+")
IMPORT = re.compile(r"^ *(?:from [\w.]+ import .*|import [\w.]+(?: as \w+)?)$", re.MULTILINE)
ELSEWHERE = {
    "crier.dump",  # a backup, in examples
    "crier.env",  # settings on a server, by crier install
    "installed.json",  # what that wrote
    "crier.set_count",  # a method of Supervisor's XML-RPC
    "crier.worker",  # the name of an advisory lock
    "test_telebot.py",  # of pyTelegramBotAPI
}
MADE = ("var/", "dist/", "log/", "node_modules/", ".venv/", "data/")
"""Folders of what a run makes."""


def prose(path: Path) -> str:
    """Return the comments and docstrings of a Python file, or the comments of an SQL file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".sql":
        return "\n".join(re.findall(r"--.*", text))
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    constants = [  # docstrings of modules, classes, functions and attributes
        node.value.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node.value.value, str)
    ]
    return "\n".join([*comments, *constants])


def dangling(text: str, page: Path) -> list[str]:
    """Return every reference in a text that leads nowhere."""
    paths = [name for name in PATH.findall(text) if not name.startswith(MADE)]
    wrong = [name for name in paths if not is_file(name, page)]
    wrong += [name for name in FILE.findall(text) if name not in files()]
    wrong += [name for name in MODULE.findall(text) if not is_module(name)]
    for number in DECISION.findall(text):
        if not any((ROOT / "docs" / "decisions").glob(f"{number}-*.md")):
            wrong.append(f"docs/decisions/{number}")
    return [name for name in wrong if name not in ELSEWHERE]


@cache
def files() -> set[str]:
    """Return the names of all files of the repository."""
    run = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {Path(line).name for line in run.stdout.splitlines()}


def is_file(name: str, page: Path) -> bool:
    folders = [*FOLDERS, *(folder for folder in page.parents if ROOT in (folder, *folder.parents))]
    return any(next(folder.glob(name), None) is not None for folder in folders)


@cache
def is_module(name: str) -> bool:
    """Whether it names a module, or what a module defines."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_document_names_is_there(page: Path) -> None:
    links = r"\]\([^)]+\)|https?://\S+"  # test_docs.py follows links
    assert dangling(re.sub(links, "", page.read_text()), page) == []


def test_what_docstrings_and_comments_name_is_there() -> None:
    files = [
        path for path in CODE if path.suffix in (".py", ".sql") and "snapshots" not in path.parts
    ]
    assert len(files) > 300
    found = {str(path.relative_to(ROOT)): names for path in files if (names := _dangling(path))}
    assert found == {}


def _dangling(path: Path) -> list[str]:
    """Return what the prose of a file names that is not there.

    Most files name nothing of the kind anywhere, and need not be parsed.
    """
    text = IMPORT.sub("", path.read_text(encoding="utf-8"))
    if not dangling(ADDRESS.sub("", text), path):
        return []
    return dangling(ADDRESS.sub("", prose(path)), path)


@pytest.mark.parametrize(
    "text",
    [
        "see `storage/gone.py`",
        "docs/gone.md says",
        "by docs/decisions/0999",
        "in `gone_for_good.py`",
        "`crier.storage.gone` does",
        "`crier.storage.pool.gone` does",
    ],
)
def test_a_reference_that_leads_nowhere_is_noticed(text: str) -> None:
    assert len(dangling(text, Path(__file__))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "storage/pool.py",
        "src/crier/storage/pool.py",
        "docs/decisions/0001",
        "crier.storage.pool.Pool",
    ],
)
def test_a_reference_that_holds_is_left_alone(text: str) -> None:
    assert dangling(text, Path(__file__)) == []
