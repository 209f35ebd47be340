"""What the documents say is so: settings, links, and the endpoints in their examples."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from crier.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
VERBS = r"GET|POST|PUT|PATCH|DELETE"


class Asked(Mapping[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __getitem__(self, name: str) -> str:
        self.names.append(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def may_be_file(name: str) -> bool:
    """Whether NAME_FILE is read: a path that is not there is a problem then."""
    try:
        Settings.from_environment({f"{name}_FILE": "/nowhere"})
    except Exception:  # noqa: BLE001 (any refusal says that it was read)
        return True
    return False


def settings_table() -> dict[str, str]:
    """Name and mark of every row of docs/settings.md that names a variable."""
    text = (DOCS / "settings.md").read_text()
    return dict(re.findall(r"^\| `((?:CRIER_)?[A-Z0-9_]+)`( \*)? \|", text, re.MULTILINE))


def test_every_setting_is_listed_and_every_listed_one_is_read() -> None:
    asked = Asked()
    Settings.from_environment(asked)
    assert set(settings_table()) == {name for name in asked.names if not name.endswith("_FILE")}


def test_the_settings_that_are_marked_can_be_given_as_a_file() -> None:
    table = settings_table()
    assert {n for n, mark in table.items() if mark} == {n for n in table if may_be_file(n)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", page.read_text())
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    """How a page's headings are linked to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_decision_is_in_the_index() -> None:
    index = (DOCS / "decisions" / "README.md").read_text()
    records = {path.name for path in (DOCS / "decisions").glob("0*.md")}
    assert set(re.findall(r"\]\((0[^)]+\.md)\)", index)) == records


def test_every_endpoint_in_the_examples_exists() -> None:
    known = json.loads((DOCS / "openapi.json").read_text())["paths"]
    shapes = {re.sub(r"\{[^}]+\}", "*", path) for path in known}
    pages = [*(DOCS / "how-to").glob("*.md"), DOCS / "operations.md"]
    used = {
        re.sub(r"\$[A-Z]+|\{[^}]+\}|worker-1", "*", path)
        for page in pages
        for path in re.findall(rf"(?:\$U|(?:{VERBS}) )(/api/[\w/${{}}-]+)", page.read_text())
    }
    assert used
    assert used <= shapes
