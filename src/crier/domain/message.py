"""The message of an ad: the snapshot that a broadcast keeps, and the Bot API call made of it.

`AdMessage` is what `broadcasts.message` stores. `Template` compiles it once for a delivery; then
`Template.body` is some joins for each recipient.

Personal fields `{first_name}` and `{username}` are replaced in the text, escaped for its markup, in
the words of buttons, and percent-encoded in links. The braces are never escaped for MarkdownV2:
they never reach it. Links of the text (in order) and then of the buttons are numbered in `links`;
each is sent as `{base_url}/r/{slug}`. A link that itself holds a personal field is not tracked.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from crier.domain import urls
from crier.domain.fields import FIELD
from crier.domain.links import replace_links, web_of, with_ascii_host
from crier.domain.markup import escape
from crier.domain.media_kinds import MediaKind
from crier.domain.slug import Slugs


class Media(msgspec.Struct, frozen=True):
    """One medium; `source` is a public URL or `media:<uuid>` of an upload."""

    kind: MediaKind
    source: str


class Button(msgspec.Struct, frozen=True):
    """A link button."""

    text: str
    url: str


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an ad is sent. What `advertisements.options` stores."""

    disable_notification: bool = False
    protect_content: bool = False
    disable_link_preview: bool = False
    allow_paid_broadcast: bool = False
    paid_budget: int = 0
    """Messages of one broadcast that may be sent above the free rate, at Telegram's price."""
    priority: int = 1
    late_minutes: int | None = None
    """A schedule missed by more than this is skipped; None: it is sent however late."""


class AdMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything a broadcast sends. `links` holds the tracked links; empty without tracking.

    `link_base` is where tracked links led at launch, for a worker that is told no other.
    """

    text: str = ""
    parse_mode: str | None = None
    media: tuple[Media, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    options: Options = Options()
    links: tuple[str, ...] = ()
    link_base: str = ""

    @property
    def track(self) -> bool:
        """Whether links lead through `/r/…`."""
        return bool(self.links)

    @property
    def personal(self) -> bool:
        """Whether it needs `first_name` or `username` of its recipient."""
        buttons = (button for row in self.buttons for button in row)
        texts = (self.text, *(part for button in buttons for part in (button.text, button.url)))
        return any(map(FIELD.search, texts))


def tracked(message: AdMessage) -> AdMessage:
    """Return `message` with all its trackable links numbered in `links`."""
    found: list[str] = []

    def collect(url: str) -> None:
        if (target := _target(url)) is not None:
            found.append(target)

    replace_links(message.text, message.parse_mode, collect)
    for row in message.buttons:
        for button in row:
            collect(button.url)
    return msgspec.structs.replace(message, links=tuple(found))


def parse(stored: dict[str, Any]) -> AdMessage:
    """Return the message that `to_json` stored."""
    return msgspec.convert(stored, AdMessage)


def to_json(message: AdMessage) -> dict[str, Any]:
    """Return what `broadcasts.message` stores."""
    stored: dict[str, Any] = msgspec.to_builtins(message)
    return stored


def _target(url: str) -> str | None:
    """Return where a tracked link leads; None for what is not tracked."""
    return None if FIELD.search(url) else web_of(url)


class Template:
    """A message compiled for one delivery: `method`, and `body` for each recipient.

    Args:
        message: what to send.
        files: what to send for a medium's source where that is not the source itself: a file_id
            of this bot, or `attach://name` for an upload beside the body.
        links: the base URL (without `/r/`), the slugs and the delivery, where links are tracked.

    A template holds pieces of JSON between slots. The slots are marked while it is compiled by a
    random word, which no ad can contain.
    """

    def __init__(
        self,
        message: AdMessage,
        files: Mapping[str, str] | None = None,
        links: tuple[str, Slugs, int] | None = None,
    ) -> None:
        mark = secrets.token_hex(12)
        self.method, parameters = _call(_marked(message, mark), files or {})
        json = msgspec.json.encode(parameters).decode()[1:]
        pieces = re.split(rf"{mark}(\w+?)\.", json)
        self._fixed = [piece.encode() for piece in pieces[::2]]
        self._slots = pieces[1::2]
        self._parse_mode = message.parse_mode
        self._links = links

    def body(
        self,
        chat_id: int,
        *,
        recipient: int | None = None,
        first_name: str | None = None,
        username: str | None = None,
        paid: bool = False,
    ) -> bytes:
        """Return the JSON body of the call for one recipient.

        `recipient` is the chat of the snapshot, where the chat has got another id since.
        """
        head = b'{"chat_id":%d,"allow_paid_broadcast":true,%b' if paid else b'{"chat_id":%d,%b'
        start = head % (chat_id, self._fixed[0])
        if not self._slots:
            return start
        parts = [start]
        for slot, fixed in zip(self._slots, self._fixed[1:], strict=True):
            if slot == "first_name":
                parts.append(self._field(first_name))
            elif slot == "username":
                parts.append(self._field(username))
            elif not slot.isdecimal():
                parts.append(_elsewhere(slot, first_name, username))
            else:
                parts.append(self._link(chat_id if recipient is None else recipient, int(slot)))
            parts.append(fixed)
        return b"".join(parts)

    def _field(self, value: str | None) -> bytes:
        return msgspec.json.encode(escape(value or "", self._parse_mode))[1:-1]

    def _link(self, chat_id: int, link: int) -> bytes:
        if self._links is None:
            raise ValueError("this message has tracked links: its template needs `links`")
        base, slugs, delivery_id = self._links
        return f"{base}/r/{slugs.sign(delivery_id, chat_id, link)}".encode()


def _elsewhere(slot: str, first_name: str | None, username: str | None) -> bytes:
    """Return a personal field outside of the text: in a link, or in a button's words."""
    place, _, name = slot.partition("_")
    value = (first_name if name == "first_name" else username) or ""
    return quote(value, safe="").encode() if place == "link" else msgspec.json.encode(value)[1:-1]


def _marked(message: AdMessage, mark: str) -> AdMessage:
    """Return the message with `{mark}{slot}.` where something differs between recipients."""
    count = 0

    def link(url: str) -> str | None:
        nonlocal count
        if FIELD.search(url):
            return FIELD.sub(rf"{mark}link_\1.", url)
        if not message.links or _target(url) is None:
            return with_ascii_host(url)
        count += 1
        return f"{mark}{count - 1}."

    text = replace_links(message.text, message.parse_mode, link)
    text = FIELD.sub(rf"{mark}\1.", text)
    buttons = tuple(
        tuple(
            Button(FIELD.sub(rf"{mark}button_\1.", button.text), link(button.url) or button.url)
            for button in row
        )
        for row in message.buttons
    )
    return msgspec.structs.replace(message, text=text, buttons=buttons)


def _call(message: AdMessage, files: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the Bot API method and its parameters, without the chat."""
    parameters = _flags(message.options)
    words = {"parse_mode": message.parse_mode} if message.parse_mode else {}
    media = [(medium.kind, files.get(medium.source) or _asked(medium)) for medium in message.media]
    caption = {"caption": message.text, **words} if message.text else {}
    if len(media) > 1:
        album: list[dict[str, Any]] = [
            {"type": kind, "media": source, **_as_it_is(kind)} for kind, source in media
        ]
        album[0].update(caption)
        return "sendMediaGroup", {"media": album, **parameters}
    if message.buttons:
        rows = [[{"text": b.text, "url": b.url} for b in row] for row in message.buttons]
        parameters["reply_markup"] = {"inline_keyboard": rows}
    if media:
        kind, source = media[0]
        return f"send{kind.capitalize()}", {
            kind: source,
            **_as_it_is(kind),
            **caption,
            **parameters,
        }
    if message.options.disable_link_preview:
        parameters["link_preview_options"] = {"is_disabled": True}
    return "sendMessage", {"text": message.text, **words, **parameters}


def _as_it_is(kind: MediaKind) -> dict[str, Any]:
    """Keeps Telegram from making a sticker, a voice message or the like of a file."""
    return {"disable_content_type_detection": True} if kind == "document" else {}


def _asked(medium: Media) -> str:
    return urls.with_ascii_host(medium.source)


def _flags(options: Options) -> dict[str, Any]:
    flags = ("disable_notification", "protect_content")
    return {flag: True for flag in flags if getattr(options, flag)}
