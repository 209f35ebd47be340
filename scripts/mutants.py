"""Breaks `domain/` in one small place at a time, and tells which breaks no unit test notices.

`python scripts/mutants.py [MODULE…]`, such as `ad_state markup.html`. Each mutant is imported in a
fork of this process in place of its module, and unit tests run until one fails: those of the
module's own files, with few examples of each property; then all that import the module, with as
many as in `make test-unit`. Texts are not touched. Exits with 1 where more than one in ten is
left alive.
"""

import ast
import copy
import functools
import gc
import math
import os
import re
import resource
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path

import hypothesis
import idna  # noqa: F401 (here, that no fork has to)
import msgspec  # noqa: F401 (likewise)
import pytest
import pytest_asyncio.plugin  # noqa: F401 (likewise)

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = ROOT / "src/crier/domain"
ALIVE_ALLOWED = 0.1
FEW, QUICK = 5, 20
"""Examples of a property, first and for what is then still alive."""
PATIENCE = 4
"""A mutant that runs for so many times as long as the tests should may never end: it is noticed."""
CPU_MOST_S = 300

OPTIONS = (
    "-x", "-c", os.devnull, "--rootdir", str(ROOT / "tests/unit"), "--noconftest",
    "--import-mode=importlib", "--assert=plain", "--capture=no", "-o", "asyncio_mode=auto",
    "-p", "pytest_asyncio.plugin",
    *(f"-pno:{name}" for name in ("cacheprovider", "terminal", "unraisableexception", "warnings")),
)  # fmt: skip

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Mod: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_OTHER_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


def breaks(node: ast.AST, members: dict[str, list[str]]) -> Iterator[ast.AST]:  # noqa: C901  a table
    """What may stand in a node's place; `members` are the constants of classes in the module."""
    match node:
        case ast.Compare(left=left, ops=[op, *ops], comparators=right) if type(op) in _COMPARED:
            yield ast.Compare(left, [_COMPARED[type(op)](), *ops], right)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _CALCULATED:
            yield ast.BinOp(left, _CALCULATED[type(op)](), right)
        case ast.AugAssign(target=target, op=op, value=value) if type(op) in _CALCULATED:
            yield ast.AugAssign(target, _CALCULATED[type(op)](), value)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.If() | ast.While() | ast.IfExp():
            changed = copy.copy(node)
            changed.test = ast.UnaryOp(ast.Not(), node.test)
            yield changed
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.Expr(value=ast.Call()) | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Call(func=ast.Name(id=name)) if name in _OTHER_CALLS:
            yield ast.Call(ast.Name(_OTHER_CALLS[name], ast.Load()), node.args, node.keywords)
        case ast.Set(elts=elements):
            yield from (
                ast.Set([e for e in elements if e is not left_out]) for left_out in elements
            )
            yield from (ast.Set([*elements, more]) for more in _not_in(elements, members))
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if name in members.get(owner, []):
            names = members[owner]
            other = names[(names.index(name) + 1) % len(names)]
            yield ast.Attribute(node.value, other, ast.Load())


def _not_in(elements: list[ast.expr], members: dict[str, list[str]]) -> Iterator[ast.expr]:
    """Constants of the same class that a set of constants does not hold."""
    held = {ast.unparse(element) for element in elements}
    for owner in {text.partition(".")[0] for text in held} & set(members):
        for name in members[owner]:
            if f"{owner}.{name}" not in held:
                yield ast.Attribute(ast.Name(owner, ast.Load()), name, ast.Load())


def mutants(source: str) -> Iterator[tuple[int, str, str]]:
    """Line, description and source of each mutant of a module."""
    tree = ast.parse(source)
    places = list(_places(tree))
    members: dict[str, set[str]] = {}
    for node, _, _ in places:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = node.value.id
            if re.match("[A-Z][a-z]", owner) and node.attr.isupper():
                members.setdefault(owner, set()).add(node.attr)
    known = {owner: sorted(names) for owner, names in members.items()}
    for node, put, line in places:
        for other in breaks(node, known):
            put(ast.copy_location(other, node))
            changed = ast.unparse(ast.fix_missing_locations(tree))
            put(node)
            yield line, f"{_short(node)}  →  {_short(other)}", changed


def _places(node: ast.AST, line: int = 0) -> Iterator[tuple[ast.AST, Callable[..., None], int]]:
    """Each node that may be broken, how to put another in its place, and its line."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        if isinstance(node, ast.Subscript) and field == "slice" and _is_type(node.value):
            continue
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr):
                continue
            at = getattr(child, "lineno", line)
            if isinstance(value, list):
                yield child, lambda new, to=value, i=index: to.__setitem__(i, new), at
            else:
                yield child, lambda new, to=node, name=field: setattr(to, name, new), at
            yield from _places(child, at)


def _is_type(node: ast.AST) -> bool:
    return ast.unparse(node) in (
        "Final",
        "Literal",
        "Callable",
        "dict",
        "list",
        "tuple",
        "Annotated",
    )


def _short(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node)).splitlines()[0][:60]


class _Instead(SourceFileLoader):
    """Imports one module from another source."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self._source = source

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        return compile(self._source, self.path, "exec")

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        is_package = Path(self.path).name == "__init__.py"
        spec = ModuleSpec(name, self, origin=self.path, is_package=is_package)
        spec.submodule_search_locations = [str(Path(self.path).parent)] if is_package else None
        return spec


class Tests:
    """The unit tests of one module, and how long they run without a change."""

    def __init__(self, session: pytest.Session, name: str, path: Path) -> None:
        self._session, self._name, self._path = session, name, path
        own, files = tests_of(name)
        self._runs = [(own, FEW)] * bool(own) + [(files, QUICK)] * bool(files)
        self._limits_s = [CPU_MOST_S] * len(self._runs)

    def find_fault(self) -> bool:
        """Run them on the module as it is. Return True where they fail."""
        for number in range(len(self._runs)):
            began_s = _cpu_of_forks_s()
            if self._fail(self._path.read_text(), number):
                return True
            self._limits_s[number] = 2 + math.ceil(PATIENCE * (_cpu_of_forks_s() - began_s))
        return False

    def notice(self, mutant: tuple[int, str, str]) -> bool:
        """Return True where one of them fails on a mutant."""
        return any(self._fail(mutant[2], number) for number in range(len(self._runs)))

    def _fail(self, source: str, number: int) -> bool:
        """Run one of the two runs in a fork where the module has this source."""
        if pid := os.fork():
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0
        failed = 1
        try:
            silence = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(silence, stream)
            (files, examples), limit_s = self._runs[number], self._limits_s[number]
            resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            sys.dont_write_bytecode = True
            sys.meta_path.insert(0, _Instead(self._name, self._path, source))
            hypothesis.settings.register_profile(
                "mutants",
                max_examples=examples,
                derandomize=True,
                database=None,
                deadline=None,
                phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
            )
            hypothesis.settings.load_profile("mutants")
            self._session.perform_collect(files)
            self._session.config.hook.pytest_runtestloop(session=self._session)
            failed = self._session.testsfailed
        finally:
            os._exit(min(failed, 1))


def _cpu_of_forks_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tests_of(name: str) -> tuple[list[str], list[str]]:
    """Return a module's own tests, and all that import it or a module of `domain/` that does."""
    files = sorted((ROOT / "tests/unit").rglob("test_*.py"))
    found = [file for file in files if name in _reached(_imports(file))]
    found = [file for file in found if "linear" not in file.name]  # they measure time
    own = tuple(f"test_{part}" for part in name.split(".")[2:])
    return [str(file) for file in found if file.stem.startswith(own)], [*map(str, found)]


def _reached(names: set[str]) -> set[str]:
    """Modules of `domain/`, and those of it that they import."""
    found: set[str] = set()
    while names - found:
        name = (names - found).pop()
        found.add(name)
        names |= _imports(modules()[name])
    return found


def _imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name in modules()}


@functools.cache
def modules() -> dict[str, Path]:
    """The modules of `domain/` by their full names."""
    found = {}
    for path in sorted(DOMAIN.rglob("*.py")):
        parts = path.relative_to(ROOT / "src").with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


class Mutation:
    """A plugin of pytest that runs mutants in the place of tests: forks find it started."""

    def __init__(self, wanted: list[str]) -> None:
        self._wanted = wanted
        self.total, self.alive = 0, 0

    def pytest_collection(self, session: pytest.Session) -> bool:
        """Run the mutants of the modules that are named, or of all."""
        gc.freeze()  # what no fork has to look through
        for name, path in modules().items():
            if not self._wanted or name.removeprefix("crier.domain.") in self._wanted:
                self._run(Tests(session, name, path), name, path)
        return True

    def _run(self, tests: Tests, name: str, path: Path) -> None:
        made, left = list(mutants(path.read_text())), 0
        if not made:
            return
        if tests.find_fault():
            raise pytest.UsageError(f"the tests of {name} fail without any change")
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            noticed = pool.map(tests.notice, made)
            for (line, change, _), is_noticed in zip(made, noticed, strict=True):
                if not is_noticed:
                    left += 1
                    print(f"  {path.relative_to(ROOT)}:{line}: {change}", flush=True)
        print(f"{name}: {left} of {len(made)} alive", flush=True)
        self.total, self.alive = self.total + len(made), self.alive + left


def main(wanted: list[str]) -> None:
    """Run the mutants, and exit with 1 where too many are alive."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # schemathesis takes a second to import
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    run = Mutation(wanted)
    if pytest.main([*OPTIONS], plugins=[run]) not in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
        sys.exit(1)
    print(f"{run.alive} of {run.total} mutants alive: {run.alive / max(run.total, 1):.1%}")
    sys.exit(run.alive > ALIVE_ALLOWED * run.total)


if __name__ == "__main__":
    main(sys.argv[1:])
