"""What a bot answers by itself: pure functions from an event to Bot API calls.

A handler is `handler(event, rules) -> list[Call] | None`; None leaves the event to the next one.
To add one, write its function, put it into `HANDLERS` in its order, and test it by its events.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from crier.domain import chat_links, media_kinds, own_data, urls
from crier.domain.chat_links import LinkRequest
from crier.domain.fields import FIELD, FIELD_MAX_CHARS
from crier.domain.links import replace_links, with_ascii_host
from crier.domain.replies import Command, Reply, ReplyButton, commands_of, welcome_of

_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?\s*", re.DOTALL)
_PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_MARKDOWN: Final = re.compile(r"([_*\[\]()~`>#+\-=|{}.!\\])")


@dataclass(frozen=True, slots=True)
class Call:
    """A Bot API call; `content` and `message_type` say what it sends, None for no message.

    `ask` is what the person asks for about their own data, or to link their chat; it is taken
    before the call is made.
    """

    method: str
    params: dict[str, Any]
    chat_id: int | None = None
    message_type: str | None = None
    content: str | None = None
    ask: own_data.Ask | LinkRequest | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A person wrote something, or pressed a button (then `callback_id` is set).

    `command` is without slash and bot name, in lower case; None for a command to another bot.
    """

    chat_id: int
    text: str | None
    command: str | None = None
    argument: str | None = None
    first_name: str = ""
    username: str | None = None
    callback_id: str | None = None

    @property
    def payload(self) -> str | None:
        """The payload of the deep link that was followed: text that anybody can make up."""
        argument = self.argument or ""
        return argument if _PAYLOAD.fullmatch(argument) else None


class ReplyRules:
    """What the owner set up, compiled for look-up."""

    __slots__ = ("commands", "contains", "exact", "privacy", "welcome")

    def __init__(self, welcome: Any, commands: list[Any], *, privacy: bool = False) -> None:
        self.privacy = privacy
        """Whether /privacy, /mydata and /forget are answered."""
        self.welcome: Reply | None = welcome_of(welcome)
        self.commands: dict[str, Reply] = {}
        self.exact: dict[str, Reply] = {}
        self.contains: list[tuple[str, Reply]] = []
        for command in commands_of(commands):
            self._add(command)

    def _add(self, command: Command) -> None:
        if command.match == "command":
            self.commands.setdefault(command.name.lower(), command.reply)
        elif command.match == "exact":
            self.exact.setdefault(_folded(command.trigger), command.reply)
        else:
            self.contains.append((_folded(command.trigger), command.reply))


def parse_command(text: str | None, bot_username: str | None) -> tuple[str | None, str | None]:
    """Return the command and the argument that a text begins with; None for none, or for a
    command to another bot."""
    if not text or text[0] != "/" or (found := _COMMAND.fullmatch(text)) is None:
        return None, None
    if found[2] is not None and found[2].lower() != (bot_username or "").lower():
        return None, None
    return found[1].lower(), (found[3] or "").strip() or None


# -- handlers


def answer(event: Event, rules: ReplyRules) -> list[Call]:
    """Return every call that answers an event.

    A press of a button is always acknowledged, so that the person's client stops showing a
    spinner; what the button says is then answered as if the person had written it.
    """
    calls = []
    if event.callback_id is not None:
        calls.append(Call("answerCallbackQuery", {"callback_query_id": event.callback_id}))
    for handler in HANDLERS:
        answered = handler(event, rules)
        if answered is not None:
            return calls + answered
    return calls


def privacy(event: Event, rules: ReplyRules) -> list[Call] | None:
    """Answer what a person asks about their own data, in the private chat alone.

    These answers are not recorded: the last of them would be the first thing to erase again.
    """
    if not rules.privacy or event.chat_id <= 0:
        return None
    if event.callback_id is not None and event.text == own_data.CONFIRM:
        return [_said(event, own_data.ERASED, ask="erase")]
    match event.command:
        case "privacy" if "privacy" not in rules.commands:
            return [_said(event, own_data.PRIVACY)]
        case "mydata":
            return [_said(event, own_data.COMING, ask="export")]
        case "forget":
            button = {"text": own_data.BUTTON, "callback_data": own_data.CONFIRM}
            return [_said(event, own_data.ASK, reply_markup={"inline_keyboard": [[button]]})]
    return None


def chat_link(event: Event, rules: ReplyRules) -> list[Call] | None:
    """Take a code that links the private chat to an account, or the wish to unlink it. A job does
    that and answers; the chat shows that somebody is writing until then."""
    if event.chat_id <= 0:
        return None
    name = " ".join(filter(None, (event.first_name, event.username and f"@{event.username}")))
    request = LinkRequest(None, name)
    if event.command == "start" and chat_links.is_code(event.payload):
        request = LinkRequest(event.payload, name)
    elif event.callback_id is None or event.text != chat_links.UNLINK:
        return None
    params = {"chat_id": event.chat_id, "action": "typing"}
    return [Call("sendChatAction", params, event.chat_id, ask=request)]


def _said(event: Event, text: str, ask: own_data.Ask | None = None, **more: Any) -> Call:
    params = {"chat_id": event.chat_id, "text": text, **more}
    return Call("sendMessage", params, event.chat_id, ask=ask)


def welcome(event: Event, rules: ReplyRules) -> list[Call] | None:
    """Answer /start with the owner's welcome; without one it is left to the owner's commands."""
    if event.command != "start" or rules.welcome is None:
        return None
    return [reply_call(rules.welcome, event)]


def commands(event: Event, rules: ReplyRules) -> list[Call] | None:
    """Answer with the reply of the first trigger that fits: a command first, then an exact text,
    then a part of a text. Within a kind the owner's order decides."""
    if event.command is not None and event.command in rules.commands:
        return [reply_call(rules.commands[event.command], event)]
    if not event.text or not (rules.exact or rules.contains):
        return None
    text = _folded(event.text)
    reply = rules.exact.get(text) or next(
        (reply for part, reply in rules.contains if part in text), None
    )
    return None if reply is None else [reply_call(reply, event)]


HANDLERS: Final[tuple[Callable[[Event, ReplyRules], list[Call] | None], ...]] = (
    *(chat_link, privacy, welcome, commands),
)


def _folded(text: str) -> str:
    """Return a text as triggers are compared: without regard to case and to space around it."""
    return text.strip().casefold()


# -- the call of a reply


def reply_call(reply: Reply, event: Event) -> Call:
    """Return the call that sends `reply` to the chat of `event`, with personal fields filled in
    and escaped, media and buttons."""
    text = replace_links(reply.text, reply.parse_mode, with_ascii_host)
    text = FIELD.sub(lambda field: _field(field[1], event, reply.parse_mode), text)
    params: dict[str, Any] = {"chat_id": event.chat_id}
    if reply.parse_mode is not None:
        params["parse_mode"] = reply.parse_mode
    if reply.buttons:
        rows = [[_button(button) for button in row] for row in reply.buttons]
        params["reply_markup"] = {"inline_keyboard": rows}
    if reply.media_url is None:
        params["text"] = text
        return Call("sendMessage", params, event.chat_id, "text", text)
    kind = media_kinds.of_url(reply.media_url) or "photo"
    params[kind] = urls.with_ascii_host(reply.media_url)
    if text:
        params["caption"] = text
    return Call(f"send{kind.capitalize()}", params, event.chat_id, kind, text or None)


def _field(name: str, event: Event, parse_mode: str | None) -> str:
    value = (event.first_name if name == "first_name" else event.username) or ""
    value = value[: FIELD_MAX_CHARS[name]]
    if parse_mode == "HTML":
        return html.escape(value)
    return _MARKDOWN.sub(r"\\\1", value) if parse_mode == "MarkdownV2" else value


def _button(button: ReplyButton) -> dict[str, str]:
    if button.url is not None:
        return {"text": button.text, "url": urls.with_ascii_host(button.url)}
    return {"text": button.text, "callback_data": button.callback_data or button.text}
