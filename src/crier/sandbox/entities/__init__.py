"""Texts and their entities, parsed by Telegram's rules and refused with Telegram's words.

Sources of the rules: tdlib/td `MessageEntity.cpp` (parsing, limits, error texts), written anew.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import NamedTuple

from crier.sandbox.entities.detect import detect
from crier.sandbox.entities.explicit import checked, read_entities
from crier.sandbox.entities.html import parse_html
from crier.sandbox.entities.markdown import parse_markdown
from crier.sandbox.entities.markdown_v2 import parse_markdown_v2
from crier.sandbox.entities.model import Entity, entity_json
from crier.sandbox.entities.nesting import add_found
from crier.sandbox.entities.tidying import is_empty, put_in_order, trim
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.wire import Json

MAX_RAW_BYTES = 32_768
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ENTITIES = 100


class FormattedText(NamedTuple):
    """A text as it is shown, and its entities as JSON objects."""

    text: str
    entities: list[Json]


def parse(text: str, parse_mode: str, entities: str) -> tuple[str, list[Entity]]:
    """Read markup, or the `entities` argument where there is no parse mode.

    Raises:
        ApiError: Telegram refuses it.
    """
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise bad("strings must be encoded in UTF-8") from None
    if size > MAX_RAW_BYTES:
        raise bad("Text is too long")
    mode = parse_mode.lower()
    if not text or mode in ("", "none"):
        return text, read_entities(entities)
    parser = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}
    if mode not in parser:
        raise bad("Unsupported parse_mode")
    try:
        return parser[mode](text)
    except ValueError as error:
        raise bad(f"Can't parse entities: {error}") from None


def finish(text: str, entities: list[Entity]) -> FormattedText:
    """Clean, put in order, trim, and add what Telegram finds by itself.

    Raises:
        ApiError: Telegram refuses it.
    """
    shown, kept = trim(*put_in_order(text, [checked(entity) for entity in entities]))
    shown_as = add_found(kept[:MAX_ENTITIES], detect(shown))
    return FormattedText(shown, [entity_json(entity) for entity in shown_as])


class Draft(NamedTuple):
    """A text whose markup and entities the server takes: TDLib may refuse it still."""

    result: FormattedText | ApiError

    def finished(self) -> FormattedText:
        """Return the text as it is sent.

        Raises:
            ApiError: Telegram refuses it.
        """
        if isinstance(self.result, ApiError):
            raise ApiError(self.result.code, self.result.description)
        return self.result


def read(text: str, mode: str, entities: str, limit: int = MAX_TEXT) -> Draft:
    """Return a text (`MAX_TEXT`) or caption (`MAX_CAPTION`), read as far as the server reads it
    before it looks for the chat.

    Raises:
        ApiError: Telegram refuses it.
    """
    result = _read(text, mode, entities, limit)
    if isinstance(result, ApiError):
        raise ApiError(result.code, result.description)
    return result


@lru_cache(maxsize=4096)
def _read(text: str, mode: str, entities: str, limit: int) -> Draft | ApiError:
    """Cached: a broadcast sends one text very often. A refusal is a result too."""
    try:
        plain = parse(text, mode, entities)
    except ApiError as error:
        return error
    return Draft(_checked(*plain, limit))


def _checked(text: str, entities: list[Entity], limit: int) -> FormattedText | ApiError:
    try:
        done = finish(text, entities)
    except ApiError as error:
        return error
    if limit == MAX_TEXT and is_empty(done.text):
        return bad("text must be non-empty")
    if len(done.text) > limit:
        too_long = "message is too long" if limit == MAX_TEXT else "message caption is too long"
        return bad(too_long)
    return done


def formatted(text: str, mode: str, entities: str, limit: int = MAX_TEXT) -> FormattedText:
    """Return the finished text of a message (`MAX_TEXT`) or caption (`MAX_CAPTION`).

    Raises:
        ApiError: Telegram refuses it.
    """
    return read(text, mode, entities, limit).finished()


def dump(entities: list[Json]) -> str:
    """Entities as an argument would carry them."""
    return json.dumps(entities) if entities else ""
