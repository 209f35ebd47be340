"""Tests wait for conditions, in loops of the plugin, and do not judge by the clock."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
FILES = sorted(set(TESTS.rglob("*.py")) - {TESTS / "support" / "waiting.py"})
CLOCKS = ("monotonic()", "perf_counter()")


def trees(*words: str) -> Iterator[tuple[Path, str, ast.Module]]:
    """Each test file that holds one of the words, its text and what it parses to."""
    for path in FILES:
        text = path.read_text()
        if any(word in text for word in words):
            yield path, text, ast.parse(text)


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
            yield node


def test_no_test_runs_a_loop_of_its_own() -> None:
    """`async def test_…` does, by pytest-asyncio."""
    found = []
    for path, _, tree in trees("asyncio.run", "uvloop.run"):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found += [
                    f"{path.relative_to(TESTS)}:{call.lineno}"
                    for call in calls(node, "asyncio.run", "uvloop.run")
                ]
    assert found == []


def test_whatever_sleeps_says_why() -> None:
    """Where a condition can be waited for, `support/waiting.py` does it."""
    found = []
    for path, text, tree in trees("time.sleep", "asyncio.sleep"):
        lines = text.splitlines()
        for call in calls(tree, "time.sleep", "asyncio.sleep"):
            yields_only = ast.unparse(call.args[0]) == "0"
            if (
                path.name != "waiting.py"
                and not yields_only
                and "  # " not in lines[call.lineno - 1]
            ):
                found.append(f"{path.relative_to(TESTS)}:{call.lineno}")
    assert found == []


def test_nothing_must_have_happened_within_a_time() -> None:
    """A machine with other work to do proves nothing; a lower bound may be what is promised."""
    found = []
    for path, _, tree in trees(*CLOCKS):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
                left = ast.unparse(node.test.left)
                is_upper = isinstance(node.test.ops[0], ast.Lt | ast.LtE)
                if is_upper and any(clock in left for clock in CLOCKS):
                    found.append(f"{path.relative_to(TESTS)}:{node.lineno}")
    assert found == []
