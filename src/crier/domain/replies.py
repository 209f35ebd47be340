"""What a bot answers by itself: its welcome and its commands, as `bots.welcome` and `bots.commands`
store them (the API checks them on the way in, so that reading them cannot fail).

Personal fields `{first_name}` and `{username}` stand in the text as in ads (`domain/message.py`).
A press on a button with `callback_data` is answered as if the person had written that text.
"""

import hashlib
import hmac
import re
from typing import Any, Final, Literal

import msgspec

COMMAND: Final = re.compile(r"/?[a-z0-9_]{1,32}", re.ASCII)
MENU_MAX_COMMANDS: Final = 100
DESCRIPTION_MAX_CHARS: Final = 256
_MARKUP: Final = re.compile(r"<[^<>]*>|[*_`~|\\]")


class ReplyButton(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button under a reply: a link, or one that sends `callback_data` back to the bot."""

    text: str
    url: str | None = None
    callback_data: str | None = None


class Reply(msgspec.Struct, frozen=True):
    """A message that a bot sends back. `media_url` is a public URL, with `text` as its caption."""

    text: str = ""
    parse_mode: Literal["HTML", "MarkdownV2"] | None = None
    media_url: str | None = None
    buttons: tuple[tuple[ReplyButton, ...], ...] = ()


class Command(msgspec.Struct, frozen=True, omit_defaults=True):
    """A trigger and its reply. `description` is the menu's text where the owner gave one."""

    trigger: str
    match: Literal["command", "exact", "contains"]
    reply: Reply
    description: str | None = None

    @property
    def name(self) -> str:
        """A command's name as Telegram writes it in the menu: without the slash."""
        return self.trigger.removeprefix("/")


def welcome_of(stored: Any) -> Reply | None:
    """Return the reply to /start that `bots.welcome` (null, a string or a reply) holds."""
    if isinstance(stored, str):
        return Reply(text=stored)
    return None if stored is None else msgspec.convert(stored, Reply)


def commands_of(stored: list[Any]) -> tuple[Command, ...]:
    """Return the commands that `bots.commands` holds, in the owner's order."""
    return msgspec.convert(stored, tuple[Command, ...])


def menu(commands: tuple[Command, ...]) -> list[tuple[str, str]]:
    """Name and description of each command, for `setMyCommands`.

    Without a description of its own a command gets the first line of its reply, else its name:
    Telegram wants at least one character.
    """
    return [
        (command.name, _description(command)) for command in commands if command.match == "command"
    ]


def _description(command: Command) -> str:
    first_line, *_ = _MARKUP.sub("", command.reply.text).strip().splitlines() or [""]
    return (command.description or first_line.strip() or command.name)[:DESCRIPTION_MAX_CHARS]


def forward_key(webhook_secret: str) -> str:
    """Return the key that signs what is posted to a bot's `forward_url`; its owner gets it too.

    A forwarded body is signed with HMAC-SHA256 under this key (its text, as ASCII bytes). It is
    derived, so that knowing it does not let anybody forge Telegram's own webhook calls.
    """
    return hmac.new(webhook_secret.encode(), b"crier forward", hashlib.sha256).hexdigest()
