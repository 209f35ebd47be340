"""The schema of a database object by object, to compare two of them: what `pg_dump` says of it.

Monthly partitions are left out: which of them exist depends on the day.
"""

import re
import subprocess

from crier.stack.postgres import binary

PARTITIONS = "*_20[0-9][0-9]_[0-9][0-9]"
OPTIONS = ("--schema-only", "--no-owner", "--no-privileges", "--no-comments")
_HEAD = re.compile(r"^-- Name: (.+); Type: (.+); Schema: .+\n", re.MULTILINE)


def objects(database_url: str) -> dict[str, str]:
    """Return the definition of every object under its type and name, in the order to make them."""
    run = subprocess.run(
        [binary("pg_dump"), *OPTIONS, f"--exclude-table={PARTITIONS}", database_url],
        capture_output=True,
        text=True,
        check=True,
    )
    parts = _HEAD.split(run.stdout)[1:]
    heads = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return {f"{kind} {name}": _definition(text) for name, kind, text in heads}


def script(database_url: str) -> str:
    """Return SQL that makes the same objects in an empty database."""
    texts = [f"-- {head}\n{text}" for head, text in objects(database_url).items()]
    return "SET check_function_bodies = false;\n\n" + "\n\n".join(texts) + "\n"


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return the names of objects that are in one only, or whose definitions differ in words."""
    names = before | after
    return sorted(name for name in names if _words(before, name) != _words(after, name))


def _words(objects: dict[str, str], name: str) -> list[str] | None:
    return objects[name].split() if name in objects else None


def _definition(text: str) -> str:
    # Remarks between objects, and a key that is another one in each dump.
    lines = [line for line in text.splitlines() if not re.match(r"--|\\(un)?restrict", line)]
    return "\n".join(lines).strip()
