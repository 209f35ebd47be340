"""Views read requests and write answers: queries and lines of the audit log are services' work."""

import ast
from pathlib import Path

import pytest

from crier.api import routes

VIEWS = sorted(Path(routes.__path__[0]).glob("*.py"))
AUDIT = {"record", "record_all"}
SESSION = {"add", "connection", "execute", "flush", "get", "get_one", "query", "scalar", "scalars"}


def faults(text: str) -> list[str]:
    """What a view does that is a service's work."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom | ast.Import):
            names = {alias.name for alias in node.names}
            modules = names | {getattr(node, "module", None) or ""}
            if any(name.split(".")[0] in ("sqlalchemy", "psycopg") for name in modules):
                found.append(f"{node.lineno}: imports {sorted(modules)}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, name = ast.unparse(node.func.value), node.func.attr
            if owner == "audit" and name in AUDIT:
                found.append(f"{node.lineno}: writes into the audit log")
            if (owner.endswith("session()") or owner == "session") and name in SESSION:
                found.append(f"{node.lineno}: asks the database")
    return found


@pytest.mark.parametrize("path", VIEWS, ids=[path.stem for path in VIEWS])
def test_a_view_neither_asks_the_database_nor_audits(path: Path) -> None:
    assert faults(path.read_text()) == []


def test_what_is_forbidden_is_found() -> None:
    text = (
        "import sqlalchemy as sa\n"
        "def view():\n"
        "    audit.record(db.session(), caller(), 'x', 'y')\n"
        "    return db.session().get(User, 1), session.scalars(rows)\n"
    )
    assert len(faults(text)) == 4
