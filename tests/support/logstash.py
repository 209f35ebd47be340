"""Logstash's configuration language and the filters that `deploy/elk/pipeline.conf` uses.

A stand-in for Logstash, which no test runs: names and meanings are those of its documentation.
"""

import json
import re
from typing import Any, NamedTuple

TOKEN = re.compile(r'\s*(?:#[^\n]*|("(?:[^"\\]|\\.)*")|(=>)|([{}\[\]])|([\w.]+))')
Event = dict[str, Any]


class Plugin(NamedTuple):
    """One plugin with its settings."""

    name: str
    settings: dict[str, Any]


class Condition(NamedTuple):
    """`if "tag" in [tags] { … }`."""

    tag: str
    body: list[Any]


class Reader:
    """Reads a pipeline: sections of plugins and conditions."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at = 0
        while at < len(text.rstrip()):
            match = TOKEN.match(text, at)
            assert match, f"no token: {text[at : at + 40]!r}"
            if match.lastindex:
                self.tokens.append(match[match.lastindex])
            at = match.end()

    def take(self, expected: str | None = None) -> str:
        token = self.tokens.pop(0)
        assert expected is None or token == expected, (token, expected)
        return token

    def pipeline(self) -> dict[str, list[Any]]:
        found = {}
        while self.tokens:
            name = self.take()
            assert name in ("input", "filter", "output"), name
            found[name] = self.body()
        return found

    def body(self) -> list[Any]:
        self.take("{")
        found: list[Any] = []
        while self.tokens[0] != "}":
            name = self.take()
            if name == "if":
                tag = json.loads(self.take())
                for token in ("in", "[", "tags", "]"):
                    self.take(token)
                found.append(Condition(tag, self.body()))
            else:
                found.append(Plugin(name, self.pairs()))
        self.take("}")
        return found

    def pairs(self) -> dict[str, Any]:
        self.take("{")
        found = {}
        while self.tokens[0] != "}":
            name = self.take().strip('"')
            self.take("=>")
            found[name] = self.value()
        self.take("}")
        return found

    def value(self) -> Any:
        if self.tokens[0] == "{":
            return self.pairs()
        if self.tokens[0] != "[":
            token = self.take()
            return json.loads(token) if token[0] == '"' or token.isdigit() else token
        self.take("[")
        found = []
        while self.tokens[0] != "]":
            found.append(self.value())
        self.take("]")
        return found


def filtered(steps: list[Any], event: Event) -> Event:
    """Return the event as filters leave it; `[@metadata]` is part of it, as in Logstash."""
    for step in steps:
        if isinstance(step, Condition):
            if step.tag in event.get("tags", []):
                filtered(step.body, event)
        elif step.name == "mutate":
            _mutate(event, **step.settings)
        else:
            assert step.name == "json", step
            _json(event, **step.settings)
    return event


def _mutate(
    event: Event, rename: dict[str, str] | None = None, remove_field: list[str] | None = None
) -> None:
    for old, new in (rename or {}).items():
        if old in event:
            event[new] = event.pop(old)
    for name in remove_field or []:
        event.pop(name, None)


def _json(event: Event, source: str, tag_on_failure: list[str]) -> None:
    try:
        found = json.loads(event[source])
        assert isinstance(found, dict)
    except (ValueError, AssertionError):
        event.setdefault("tags", []).extend(tag_on_failure)
    else:
        event.update(found)
