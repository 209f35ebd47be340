"""What a bot is to answer, checked by Telegram's own rules before it is stored."""

from collections.abc import Sequence
from typing import Any

from crier.domain import link_checks, markup, urls
from crier.domain.fields import samples
from crier.services.errors import InvalidError


def check_reply(reply: dict[str, Any] | str, path: str, allow: Sequence[str]) -> None:
    """Check a reply in the shape in which it is stored.

    Args:
        path: where it stands in the body, for the names of wrong fields.
        allow: hosts and networks that a medium may come from although they are not public.

    Raises:
        InvalidError: names each field that is wrong.
    """
    if problems := _problems({"text": reply} if isinstance(reply, str) else reply, path, allow):
        raise InvalidError(**problems)


def check_commands(items: Sequence[dict[str, Any]], allow: Sequence[str]) -> None:
    """Check a list of commands: their replies, and that no trigger stands twice.

    Raises:
        InvalidError: names each field that is wrong.
    """
    problems: dict[str, str] = {}
    seen = set()
    for index, item in enumerate(items):
        command = item["match"] == "command"
        trigger = item["trigger"].removeprefix("/") if command else item["trigger"].casefold()
        if (item["match"], trigger) in seen:
            problems[f"items.{index}.trigger"] = "stands there twice"
        seen.add((item["match"], trigger))
        problems |= _problems(item["reply"], f"items.{index}.reply", allow)
    if problems:
        raise InvalidError(**problems)


def _problems(reply: dict[str, Any], path: str, allow: Sequence[str]) -> dict[str, str]:
    problems = {}
    media_url = reply.get("media_url")
    if media_url is not None:
        try:
            urls.check_public(urls.read_plain(media_url), allow)
        except ValueError as error:
            problems[f"{path}.media_url"] = str(error)
    try:
        _check_text(reply["text"], reply.get("parse_mode"), has_media=media_url is not None)
        link_checks.check_text(reply["text"], reply.get("parse_mode"), None)
    except ValueError as error:
        problems[f"{path}.text"] = str(error)
    return problems


def _check_text(text: str, parse_mode: str | None, *, has_media: bool) -> None:
    """Check markup and length, with personal fields at their shortest and at their longest."""
    if has_media and not text.strip():
        return
    limit = markup.CAPTION_MAX_CHARS if has_media else markup.TEXT_MAX_CHARS
    shortest, longest = samples(text, parse_mode)
    markup.check(shortest or "x", parse_mode, limit)
    markup.check(longest, parse_mode, limit)
