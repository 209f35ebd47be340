"""Random entities for a text: overlapping, nested, touching, and now and then wrong."""

from random import Random
from typing import Any, Final

from crier.sandbox.entities.model import utf16_length
from tests.support import markup_texts
from tests.support.tdlib import Found

STYLES: Final = ("bold", "italic", "underline", "strikethrough", "spoiler")
OTHERS: Final = ("code", "pre", "blockquote", "expandable_blockquote", "text_link")
OTHERS_WITH_IDS: Final = ("text_mention", "custom_emoji", "date_time")


def some(rng: Random, text: str, wrong: float = 0.03) -> list[Found]:
    """Up to eight entities; `wrong` is the share of places that cannot be."""
    size = utf16_length(text)
    return [_one(rng, size, wrong) for _ in range(rng.randint(0, 8))]


def _one(rng: Random, size: int, wrong: float) -> Found:
    offset = rng.randint(0, size)
    length = rng.randint(0, size - offset)
    if rng.random() < wrong:
        offset = rng.choice((-1, size + 1, size + 5, 1_000_001))
    if rng.random() < wrong:
        length = rng.choice((-1, size + 3, 1_000_001))
    kind = rng.choice(STYLES + OTHERS + OTHERS_WITH_IDS)
    arguments = {
        "pre": rng.choice(("", "py")),
        "text_link": rng.choice(("http://e.com/", "x.y/z", "tg://user?id=5")),
        "text_mention": "7",
        "custom_emoji": "77",
        "date_time": "100 ",
    }
    if kind == "text_link" and rng.random() < wrong:
        arguments[kind] = markup_texts.url(rng)
    return Found(kind, offset, length, arguments.get(kind, ""))


def item(entity: Found) -> dict[str, Any]:
    """The entity as the Bot API takes it; numbers now and then as strings."""
    kind, offset, length, argument = entity
    said: dict[str, Any] = {"type": kind, "offset": offset, "length": str(length)}
    if kind == "text_mention":
        said["user"] = {"id": int(argument)}
    elif kind == "date_time":
        said["unix_time"] = argument.split(" ")[0]
    elif kind in ("text_link", "custom_emoji", "pre"):
        said[{"text_link": "url", "pre": "language"}.get(kind, "custom_emoji_id")] = argument
    return said
