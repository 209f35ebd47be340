"""Write dashboard/src/api/refusals.json: every text by which the API refuses, with gaps for values.

The texts are read from the source, so that code says what it refuses where it refuses it, in plain
English. The dashboard's catalogues translate them (docs/decisions/0055-refusals.md). `make openapi`
writes the file, and tests/unit/test_refusals.py compares it with the source.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic_core._pydantic_core import list_all_errors
from werkzeug.exceptions import BadRequest, NotFound, RequestTimeout, UnsupportedMediaType

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "src" / "crier"
TARGET: Final = ROOT / "dashboard" / "src" / "api" / "refusals.json"

PLACES: Final = ("services", "api", "domain", "net", "analytics", "broadcast/")
NOT_HERE: Final = (
    "commands.py",
    "doctor.py",
    "key_rotation.py",
    "user_commands.py",
    "version_command.py",
    "privacy/outside.py",
)
"""What speaks to a terminal, and is no part of the API."""
SAY: Final = {
    *("abort", "problem", "refused", "Refused", "_invalid", "Component", "AdLink", "Wait"),
    *("BadRequest", "UnsupportedMediaType", "NotFound"),
}
"""Calls, besides those of exceptions, that are given what to say."""
TELL: Final = {"why_not", "_warning", "_why_idle", "_too_late"} | {
    f"reason_to_{what}" for what in ("fail", "pause", "wait", "end")
}
"""Functions that return what to say."""
HOLD: Final = {"detail", "reason", "_WORDS"}
"""Names that hold what to say."""
SKIPPED: Final = {
    "routes without @allow: {value}",
    "slugs need at least one key",
    ": {reason}",
    "{status} -> {status1}",
    "{state} -> {to}",
    "nothing to see",
    "{reason} ({value})",
    "Bad Request",
    "Internal Server Error",
    "Request Entity Too Large",
    "Request Timeout",
    "Service Unavailable",
    "a subject of a wrong kind",
    "a token of the other kind",
    "this route is not classified",
    "signed with a key that is not in the ring",
    "JSON input should be string, bytes or bytearray",
    "this message has tracked links: its template needs `links`",
    "UUID input should be a string, bytes or UUID object",
    "PostgreSQL {version}",
    "Unable to extract tag using discriminator {discriminator}",
}
"""Texts that nobody is told, titles, and nothing but gaps."""
_KINDS: Final = """
    bool_parsing bool_type date_from_datetime_parsing date_parsing date_type
    datetime_from_date_parsing datetime_object_invalid datetime_parsing datetime_type
    decimal_max_digits decimal_max_places decimal_parsing decimal_type decimal_whole_digits
    dict_type enum extra_forbidden finite_number float_parsing float_type greater_than
    greater_than_equal int_from_float int_parsing int_type json_invalid json_type less_than
    less_than_equal list_type literal_error missing model_attributes_type model_type multiple_of
    none_required string_pattern_mismatch string_too_long string_too_short string_type
    string_unicode timezone_aware too_long too_short union_tag_invalid union_tag_not_found
    uuid_parsing uuid_type
"""
PYDANTIC: Final = frozenset(_KINDS.split())
HTTP: Final = (BadRequest, NotFound, RequestTimeout, UnsupportedMediaType)
"""What the web framework refuses by itself."""
OTHERS: Final = (
    "String should have at most {max_length} characters",
    "Input should be a valid list",
    "and {count} more",
    "answers",
    "must lie before `until`",
)


def refusals() -> list[str]:
    """Return every text, sorted; a gap for a value is its name in braces."""
    found = {*OTHERS}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name.startswith(PLACES) and not name.endswith(NOT_HERE):
            found |= set(_Module(ast.parse(path.read_text())).texts())
    for kind in list_all_errors():
        if kind["type"] in PYDANTIC:
            found.add(kind["message_template_python"])
    found |= {str(error.description) for error in HTTP}
    return sorted(text for text in found - SKIPPED if " " in text or text in OTHERS)


class _Module:
    """One module, with every expression that one of its names stands for."""

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = list(ast.walk(tree))
        self._named: dict[str, list[ast.expr]] = {}
        for node in self._nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    self._named.setdefault(target.id, []).append(node.value)

    def texts(self) -> Iterator[str]:
        """Yield all that it may say."""
        for name in HOLD:
            for value in self._named.get(name, []):
                yield from self._of(value, set())
        for node in self._nodes:
            for given in _given(node):
                yield from self._of(given, set())

    def _of(self, given: ast.expr, seen: set[ast.expr]) -> Iterator[str]:
        """Yield the texts that an expression may be, and those that fill its gaps."""
        if given in seen:
            return
        seen.add(given)
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value
        elif isinstance(given, ast.JoinedStr):
            yield _with_gaps(given.values)
        for part in self._parts(given):
            yield from self._of(part, seen)

    def _parts(self, given: ast.expr) -> list[ast.expr]:
        match given:
            case ast.JoinedStr(values=values):
                return [part.value for part in values if isinstance(part, ast.FormattedValue)]
            case ast.IfExp(body=one, orelse=other):
                return [one, other]
            case ast.BoolOp(values=some) | ast.Tuple(elts=some) | ast.Dict(values=some):
                return some
            case (
                ast.Subscript(value=ast.Name() as name)
                | ast.Call(func=ast.Attribute(value=ast.Name() as name, attr="get"))
            ):
                return [name]
            case ast.Name(id=called):
                return self._named.get(called, [])
        return []


def _given(node: ast.AST) -> list[ast.expr]:
    """Return what a node gives to be said, if it does."""
    match node:
        case ast.Call(func=call, args=args, keywords=words) if _says(call):
            return [*args, *(word.value for word in words)]
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id="problems"))], value=value):
            return [value]
        case ast.FunctionDef(name=name) if name in TELL:
            ends = [part for part in ast.walk(node) if isinstance(part, ast.Return)]
            return [end.value for end in ends if end.value is not None]
    return []


def _says(call: ast.expr) -> bool:
    name = call.id if isinstance(call, ast.Name) else getattr(call, "attr", "")
    return name.endswith("Error") or name in SAY or name == "__init__"


def _with_gaps(parts: list[ast.expr]) -> str:
    text, taken = "", set[str]()
    for part in parts:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            name = base = _name_of(part.value)
            while name in taken:
                name = f"{base}{len(taken)}"
            taken.add(name)
            text += f"{{{name}}}"
    return text


def _name_of(value: ast.expr) -> str:
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Subscript(value=of) | ast.BinOp(left=of):
            return _name_of(of)
    return "value"


def main() -> None:
    """Write the file."""
    TARGET.write_text(json.dumps(refusals(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
