"""The words of the behaviours: what happened, what the owner set up, what to call."""

import re
from dataclasses import dataclass
from typing import Any

from crier.domain.replies import Command, Reply, commands_of, welcome_of

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?\s*", re.DOTALL)
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Call:
    """A Bot API call; `content` and `message_type` say what it sends, None for no message."""

    method: str
    params: dict[str, Any]
    chat_id: int | None = None
    message_type: str | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody wrote something, or pressed a button (then `callback_id` is set).

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


def parse_command(text: str | None, bot_username: str | None) -> tuple[str | None, str | None]:
    """Command and argument that a text begins with; None for none, or one to another bot."""
    if not text or text[0] != "/" or (found := _COMMAND.fullmatch(text)) is None:
        return None, None
    if found[2] is not None and found[2].lower() != (bot_username or "").lower():
        return None, None
    return found[1].lower(), (found[3] or "").strip() or None


class ReplyRules:
    """What the owner set up, compiled for look-up."""

    __slots__ = ("commands", "contains", "exact", "welcome")

    def __init__(self, welcome: Any, commands: list[Any]) -> None:
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
            self.exact.setdefault(folded(command.trigger), command.reply)
        else:
            self.contains.append((folded(command.trigger), command.reply))


def folded(text: str) -> str:
    """A text as triggers are compared: without regard to case and to space around it."""
    return text.strip().casefold()
