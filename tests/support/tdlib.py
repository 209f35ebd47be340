"""TDLib itself, the library on which Telegram's Bot API server is built, asked offline.

It runs in a process of its own, for it ends the process where it finds itself in the wrong.
Run as a program this module answers one JSON request a line.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
MODES = {
    "HTML": {"@type": "textParseModeHTML"},
    "Markdown": {"@type": "textParseModeMarkdown", "version": 1},
    "MarkdownV2": {"@type": "textParseModeMarkdown", "version": 2},
}
ENDED = "TDLib has ended"

# Marks that only TDLib's third Markdown knows. A text with them cannot be written in it, so
# `getMarkdownText` gives the text back as it was, with its entities put in order.
_UNWRITABLE = "\n__s__"

_NAMES = {
    "EmailAddress": "email",
    "TextUrl": "text_link",
    "MentionName": "text_mention",
    "PreCode": "pre",
    "BlockQuote": "blockquote",
    "ExpandableBlockQuote": "expandable_blockquote",
}
_KINDS = {name: kind for kind, name in _NAMES.items()} | {"pre": "Pre"}


class Found(NamedTuple):
    """An entity as the Bot API names it; `argument` is its address, language, id or date."""

    type: str
    offset: int
    length: int
    argument: str = ""


class Answer(NamedTuple):
    """A text with entities, or the reason why there is none. `raw` is as TDLib says it."""

    text: str = ""
    entities: tuple[Found, ...] = ()
    error: str = ""
    raw: tuple[dict[str, Any], ...] = ()


class TdLib:
    """A running TDLib; one that has ended is started again. `close` ends it."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", "tests.support.tdlib"]
        pipe = subprocess.PIPE
        # Its last words are a stack trace.
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, cwd=ROOT
        )
        self.ask("setLogVerbosityLevel", new_verbosity_level=0)

    def close(self) -> None:
        self._process.communicate(timeout=10)

    def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """TDLib's answer to one request; the message `ENDED` where it does not survive it."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"@type": kind, **fields}).encode() + b"\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            self.close()
            self._start()
            return {"message": ENDED}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def parse(self, text: str, mode: str) -> Answer:
        """The text without its markup."""
        return _answer(self.ask("parseTextEntities", text=text, parse_mode=MODES[mode]))

    def find(self, text: str) -> tuple[Found, ...]:
        """Links, mentions, hashtags and the like of a plain text."""
        return tuple(map(_found, self.ask("getTextEntities", text=text)["entities"]))

    def put_in_order(self, text: str, entities: tuple[dict[str, Any], ...]) -> Answer:
        """A text cleaned, and its entities in order; blanks at both ends stay."""
        answer = self._written(text, entities)
        if answer.error:
            return answer
        answer = self._written(text + _UNWRITABLE, entities)
        assert answer.text.endswith(_UNWRITABLE)
        return answer._replace(text=answer.text.removesuffix(_UNWRITABLE))

    def _written(self, text: str, entities: tuple[dict[str, Any], ...]) -> Answer:
        given = {"@type": "formattedText", "text": text, "entities": entities}
        return _answer(self.ask("getMarkdownText", text=given))

    def arrange(self, text: str, entities: list[Found]) -> Answer:
        """Entities in order, those that TDLib finds by itself too; `text` has no marks."""
        given = {"@type": "formattedText", "text": text, "entities": list(map(asked, entities))}
        return _answer(self.ask("parseMarkdown", text=given))


def asked(entity: Found) -> dict[str, Any]:
    """An entity as TDLib takes it."""
    kind, offset, length, argument = entity
    name = _KINDS.get(kind) or "".join(word.capitalize() for word in kind.split("_"))
    name = "PreCode" if name == "Pre" and argument else name
    said: dict[str, Any] = {"@type": f"textEntityType{name}"}
    field = {"text_link": "url", "text_mention": "user_id", "custom_emoji": "custom_emoji_id"}
    if kind == "date_time":
        said["unix_time"] = int(argument.split(" ")[0])
    elif argument:
        said[field.get(kind, "language")] = argument
    return {"@type": "textEntity", "offset": offset, "length": length, "type": said}


def _answer(said: dict[str, Any]) -> Answer:
    if "entities" not in said:
        return Answer(error=said["message"])
    found = tuple(map(_found, said["entities"]))
    return Answer(said["text"], found, raw=tuple(said["entities"]))


def _found(entity: dict[str, Any]) -> Found:
    kind = entity["type"]
    words = kind["@type"].removeprefix("textEntityType")
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in words)[1:]
    fields = ("url", "language", "user_id", "custom_emoji_id")
    argument = next((str(kind[field]) for field in fields if field in kind), "")
    if name == "date_time":
        argument = f"{kind['unix_time']} {_date_format(kind.get('formatting_type'))}"
    return Found(_NAMES.get(words, name), entity["offset"], entity["length"], argument)


def _date_format(kind: dict[str, Any] | None) -> str:
    if kind is None:
        return ""
    if kind["@type"] == "dateTimeFormattingTypeRelative":
        return "r"
    date, time = (
        {"None": "", "Short": mark, "Long": mark.upper()}[
            kind[f"{part}_precision"]["@type"].removeprefix("dateTimePartPrecision")
        ]
        for part, mark in (("date", "d"), ("time", "t"))
    )
    return f"{'w' if kind['show_day_of_week'] else ''}{date}{time}"


def main() -> None:
    import tdjson

    for line in sys.stdin.buffer:
        sys.stdout.buffer.write((tdjson.td_execute(line) or b"{}") + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
