"""Finds every regular expression in the source, and the texts that it takes longest for."""

import ast
import importlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from re import _constants as ops
from re import _parser as sre
from types import ModuleType
from typing import Any

SOURCE = Path(__file__).parents[2] / "src"
FUNCTIONS = frozenset(
    ("compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer")
)
_FLAGS_AT = {"compile": 1, "match": 2, "search": 2, "fullmatch": 2, "findall": 2, "finditer": 2}
_CALL = re.compile(r"\bre\s*\.")
ANCHORED = frozenset(("match", "fullmatch"))
ALPHABET = "a0A_-.:/@#%&<>\"'\\ \t\n\r\0=~+{}[]()*`|!,;$?^e2é٣\u2028\ud800\U000e0001"


@dataclass(frozen=True)
class Pattern:
    """One regular expression; `compiled` is None where it is made while the program runs."""

    place: str
    """`crier/domain/redact.py: _TOKEN`, or the expression itself where it has no name."""
    compiled: re.Pattern[Any] | None
    anchored: bool
    """Whether it is tried at one place of a text only."""


def patterns() -> list[Pattern]:
    """All calls of `re` in the source."""
    texts = {path: path.read_text() for path in sorted(SOURCE.rglob("*.py"))}
    trees = {path: ast.parse(text) for path, text in texts.items() if _CALL.search(text)}
    calls = {path: list(filter(_is_pattern, ast.walk(tree))) for path, tree in trees.items()}
    names = {path: _names(tree) for path, tree in trees.items()}
    named = {names[path].get(call, "") for path in trees for call in calls[path]} - {""}
    using = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(named)))})\s*\.")
    everywhere = _uses(
        trees.get(path) or ast.parse(text) for path, text in texts.items() if using.search(text)
    )
    found: list[Pattern] = []
    for path, tree in trees.items():
        uses = {**everywhere, **_uses([tree], private=True)}
        for call in calls[path]:
            found += _patterns(path, call, names[path].get(call, ""), uses)
    return found


def _uses(trees: Iterable[ast.Module], *, private: bool = False) -> dict[str, set[str]]:
    """The methods that are called on each name; of private names within one file only."""
    uses: dict[str, set[str]] = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            name = _last_name(node.value)
            if name.startswith("_") or not private:
                uses.setdefault(name, set()).add(node.attr)
    return uses


def rust_patterns() -> Iterator[tuple[str, str]]:
    """Place and text of each `pattern=` of a schema, which pydantic's own engine runs."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "pattern":
                yield str(path.relative_to(SOURCE)), ast.literal_eval(node.value)


def _patterns(path: Path, call: Any, name: str, uses: dict[str, set[str]]) -> Iterator[Pattern]:
    """What one call may compile: of a choice, each side."""
    made = call.args[0]
    place = f"{path.relative_to(SOURCE)}: {name or ast.unparse(made)}"
    methods = {call.func.attr} if call.func.attr != "compile" else uses.get(name, {"finditer"})
    module = importlib.import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts))
    flags = [k.value for k in call.keywords if k.arg == "flags"]
    flags += call.args[_FLAGS_AT.get(call.func.attr, 9) :]
    for side in (made.body, made.orelse) if isinstance(made, ast.IfExp) else (made,):
        yield Pattern(place, _compiled(side, flags, module), methods <= ANCHORED)


def _compiled(text: ast.expr, flags: list[ast.expr], module: ModuleType) -> re.Pattern[Any] | None:
    function = ast.Attribute(ast.Name("re", ast.Load()), "compile", ast.Load())
    tree = ast.fix_missing_locations(ast.Expression(ast.Call(function, [text, *flags], [])))
    try:
        pattern = eval(compile(tree, "pattern", "eval"), {**vars(module), "re": re})
    except NameError:
        return None
    assert isinstance(pattern, re.Pattern)
    return pattern


def _is_pattern(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in FUNCTIONS
    )


def _names(tree: ast.Module) -> dict[ast.AST, str]:
    """The name that each call of `re.compile` is assigned to."""
    names: dict[ast.AST, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names[node.value] = node.targets[0].id
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            names[node.value] = node.target.id
    return names


def _last_name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


# -- attacks


def attacks(pattern: re.Pattern[Any], size: int) -> Iterator[Any]:
    """Texts of about `size` characters made of what the pattern wants: each sample of one of its
    parts, and each two of them in turn, repeated; behind each beginning of it; with an end that
    it does not want."""
    is_bytes = isinstance(pattern.pattern, bytes)
    parts = sre.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    heads = list(dict.fromkeys(_heads(parts)))
    units = [unit for unit in dict.fromkeys([*_literals(parts), *_units(parts)]) if unit]
    units += [a + b for a in units[:6] for b in units[:6] if a != b]
    for unit in dict.fromkeys([*units, *heads[1:]]):
        for head in heads:
            for tail in ("", "\x01"):
                text = head + unit * (size // len(unit)) + tail
                yield text.encode("latin-1", "replace") if is_bytes else text


def _heads(parts: Sequence[Any]) -> list[str]:
    """Samples of the first so many items of the pattern."""
    heads = [""]
    for item in parts:
        heads.append(heads[-1] + _sample([item]))
        if item[0] in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            heads += [heads[-2] + head for head in _heads(item[1][2])[1:3]]
    return heads[:12]


def _literals(parts: Sequence[Any]) -> list[str]:
    literals = [chr(value) for kind, value in parts if kind is ops.LITERAL]
    for item in parts:
        literals += [char for inner in _inner(item) for char in _literals(inner)]
    return list(dict.fromkeys(literals))[:4]


def _units(parts: Sequence[Any]) -> list[str]:
    """A sample of each item of the pattern, at every depth, and some of what a class takes."""
    units: list[str] = []
    for item in parts:
        units.append(_sample([item]))
        if item[0] is ops.IN:
            units += _taken(item)[:3] + _taken(item)[-1:]
        for inner in _inner(item):
            units += [_sample(inner), *_units(inner)]
    return units


def _inner(item: Any) -> list[Sequence[Any]]:
    kind, value = item
    if kind in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
        return [value[2]]
    if kind is ops.SUBPATTERN:
        return [value[3]]
    if kind is ops.BRANCH:
        return list(value[1])
    if kind is ops.ATOMIC_GROUP:
        return [value]
    return [value[1]] if kind is ops.ASSERT else []


def _sample(parts: Sequence[Any]) -> str:
    """A text that the parts take, as short as it can be; at least one of what is optional."""
    text = ""
    for kind, value in parts:
        if kind is ops.LITERAL:
            text += chr(value)
        elif kind in (ops.IN, ops.NOT_LITERAL, ops.ANY):
            text += (_taken((kind, value)) or ["\ufffd"])[0]
        elif kind in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            text += _sample(value[2]) * max(1, min(value[0], 64))
        elif kind not in (ops.ASSERT, ops.ASSERT_NOT, ops.AT, ops.GROUPREF):
            inner = _inner((kind, value))
            text += _sample(inner[0]) if inner else ""
    return text


def _taken(item: Any) -> list[str]:
    """Characters that a class takes, of those that mean something anywhere, and of its own."""
    kind, value = item
    if kind is ops.ANY:
        return ["a", "0"]
    if kind is ops.NOT_LITERAL:
        return [char for char in ALPHABET if ord(char) != value]
    own = [chr(v) for k, v in value if k is ops.LITERAL]
    own += [chr(v[0]) for k, v in value if k is ops.RANGE]
    return [char for char in dict.fromkeys([*ALPHABET, *own]) if _takes(value, char)]


_CATEGORIES = {
    ops.CATEGORY_DIGIT: r"\d", ops.CATEGORY_NOT_DIGIT: r"\D", ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S", ops.CATEGORY_WORD: r"\w", ops.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _takes(value: Sequence[Any], char: str) -> bool:
    negated, taken = False, False
    for kind, what in value:
        if kind is ops.NEGATE:
            negated = True
        elif kind is ops.LITERAL:
            taken |= ord(char) == what
        elif kind is ops.RANGE:
            taken |= what[0] <= ord(char) <= what[1]
        elif kind is ops.CATEGORY:
            taken |= re.fullmatch(_CATEGORIES[what], char) is not None
    return taken is not negated
