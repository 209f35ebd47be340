"""What Telegram finds in a text by itself: links, mentions, hashtags, commands, mail addresses.

Telegram's own finder knows every top-level domain; this one knows the common ones.
"""

from __future__ import annotations

import re

from crier.sandbox.entities.model import Entity, utf16_length

_TLDS = (
    "com|org|net|edu|gov|io|me|dev|app|info|biz|co|ai|tv|xyz|shop|store|online|site|news|blog|"
    "ru|uk|de|fr|es|it|nl|pl|ua|by|kz|in|id|br|us|ca|au|jp|cn|kr|tr|eu|ch|at|be|se|no|fi|dk|cz"
)
_PATTERNS = (
    ("url", re.compile(r"(?<![\w@])(?:https?|ftp|tg|ton)://[^\s<>\"«»]+", re.IGNORECASE)),
    ("email", re.compile(r"(?<![\w.])[\w.+-]{1,64}@(?:[\w-]+\.)+[A-Za-z]{2,24}(?!\w)")),
    (
        "url",
        re.compile(rf"(?<![\w@./-])(?:[\w-]+\.)+(?:{_TLDS})(?![\w-])(?:[/?#:][^\s<>\"«»]*)?", re.I),
    ),
    (
        "bot_command",
        re.compile(r"(?<![\w/<>])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/])"),
    ),
    ("mention", re.compile(r"(?<![\w@/.])@[a-zA-Z0-9_]{3,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?!\w)")),
)
_INTERESTING = re.compile(r"[./@#$]")
_CLOSED = ("code", "pre", "text_link", "text_mention")


def detect(text: str, given: list[Entity]) -> list[Entity]:
    """Entities found in `text` that do not run over code or links given already."""
    if not _INTERESTING.search(text):
        return []
    taken = bytearray(utf16_length(text))  # 1 for each unit that belongs to an entity
    for entity in given:
        if entity.type in _CLOSED:
            _take(taken, entity)
    found: list[Entity] = []
    for kind, pattern in _PATTERNS:
        at = start = 0
        for match in pattern.finditer(text):
            shown = match.group().rstrip(".,:;!?'\")]}") if kind == "url" else match.group()
            start += utf16_length(text[at : match.start()])
            at = match.start()
            entity = Entity(kind, start, utf16_length(shown))
            if 1 not in taken[start : start + entity.length]:
                _take(taken, entity)
                found.append(entity)
    return found


def _take(taken: bytearray, entity: Entity) -> None:
    taken[entity.offset : entity.offset + entity.length] = b"\1" * entity.length
