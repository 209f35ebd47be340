"""Docstrings name their errors in one form, a `Raises:` section."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "crier"
SENTENCE = re.compile(r"\bRaises `?[A-Z]")
ENTRY = re.compile(r"^ {4}[A-Za-z_.]+(, [A-Za-z_.]+)*: \S")


def faults(text: str) -> list[str]:
    """Return what of the docstrings of a module names errors in another form."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            words = ast.get_docstring(node) or ""
            if SENTENCE.search(words):
                found.append(f"{node.name}: names errors in a sentence")
            _, is_there, section = words.partition("Raises:\n")
            if is_there and not ENTRY.match(section):
                found.append(f"{node.name}: an error has no condition")
    return found


def test_errors_stand_in_a_section_with_their_conditions() -> None:
    texts = {str(p.relative_to(SOURCE)): p.read_text() for p in SOURCE.rglob("*.py")}
    found = {path: faults(text) for path, text in texts.items() if "Raises" in text}
    assert len(found) > 50
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "words", ["Do it. Raises KeyError.", "Do it.\n\n    Raises:\n        KeyError\n    "]
)
def test_another_form_is_found(words: str) -> None:
    assert faults(f'def do() -> None:\n    """{words}"""\n')
