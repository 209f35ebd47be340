"""What the dashboard can say in other languages of what the API refuses."""

import json
import re
from functools import cache
from pathlib import Path
from re import Pattern
from typing import Any

REFUSALS = Path(__file__).parents[2] / "dashboard" / "src" / "api" / "refusals.json"
_GAP = re.compile(r"\{\w+\}")


@cache
def patterns() -> tuple[Pattern[str], ...]:
    """Every text that the catalogues translate; a gap holds whatever it is."""
    texts: list[str] = json.loads(REFUSALS.read_text())
    parts = ([re.escape(part) for part in _GAP.split(text)] for text in texts)
    return tuple(re.compile("(?s:.*?)".join(some)) for some in parts)


def unknown(problem: dict[str, Any]) -> list[str]:
    """Return what a problem says and no catalogue knows; a 502 has the words of others."""
    if problem["status"] == 502:
        return []
    said = [error["message"] for error in problem.get("errors", [])] or [problem["detail"]]
    return [text for text in said if text and not any(one.fullmatch(text) for one in patterns())]
