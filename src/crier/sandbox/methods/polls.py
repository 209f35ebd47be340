"""sendPoll and stopPoll. A poll whose time is over is closed when somebody next looks at it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable

from crier.sandbox.arguments import flatten
from crier.sandbox.calls import Call, Chat, emit, find_chat, json_argument, json_array
from crier.sandbox.entities import formatted as format_text
from crier.sandbox.entities import parse
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.keyboards import reply_markup
from crier.sandbox.methods.input_media import part_in
from crier.sandbox.methods.sending import opening
from crier.sandbox.methods.shown import media_json
from crier.sandbox.methods.sources import load, space_uploads
from crier.sandbox.posting import Content, post
from crier.sandbox.wire import Json, encode

MAX_QUESTION = 300
MAX_OPTION = 100
MAX_OPTIONS = 12
MAX_EXPLANATION = 200
_MEDIA = ("animation", "photo", "live_photo", "video")


def send_poll(call: Call) -> bytes | Awaitable[bytes]:
    poll = _read(call)
    medias = _medias(call)
    chat, fields = opening(call)
    if chat.group is not None and chat.group.type == "channel" and not poll["is_anonymous"]:
        raise bad("Non-anonymous polls can't be sent to channel chats")
    if medias:
        return _load_and_post(call, chat, fields, poll, medias)
    return post(call, chat, [Content("poll", fields | {"poll": poll}, poll["question"])])


async def _load_and_post(
    call: Call, chat: Chat, fields: Json, poll: Json, medias: dict[str, Json]
) -> bytes:
    await space_uploads(call)
    for place, value in medias.items():
        owner = poll["options"][int(place)] if place.isdecimal() else poll
        owner["media" if place.isdecimal() else place] = await _media_json(call, value)
    result = post(call, chat, [Content("poll", fields | {"poll": poll}, poll["question"])])
    return result if isinstance(result, bytes) else await result


async def _media_json(call: Call, value: Json) -> Json:
    kind = value["type"]
    if kind == "location":
        return {kind: {"latitude": value["latitude"], "longitude": value["longitude"]}}
    if kind == "venue":
        return {kind: {k: v for k, v in value.items() if k in ("title", "address")}}
    file = await load(call, part_in(call, kind, value))
    return media_json(call.world.files, call.bot.id, file)


def _medias(call: Call) -> dict[str, Json]:
    """InputPollMedia by place: `media`, `explanation_media`, or the number of an option."""
    found: dict[str, Json] = {}
    for name in ("media", "explanation_media"):
        value = json_argument(call, name, "InputPollMedia")
        if value:
            found[name] = _checked(value, (*_MEDIA, "audio", "document"), "InputPollMedia")
    options = json_array(call, "options", "options", "String as options")
    for number, option in enumerate(options):
        media = option.get("media") if isinstance(option, dict) else None
        if isinstance(media, dict):
            found[str(number)] = _checked(media, (*_MEDIA, "sticker"), "poll option media")
    return found


def _checked(value: Json, kinds: tuple[str, ...], what: str) -> Json:
    if value.get("type") not in (*kinds, "location", "venue"):
        raise bad(f"Failed to parse {what}: invalid type specified")
    return value


def _read(call: Call) -> Json:
    """Return the `Poll` of the arguments, without media.

    Raises:
        ApiError: Telegram refuses it.
    """
    arguments = call.arguments
    options = json_array(call, "options", "options", "String as options")
    kind = arguments.get("type", "") or "regular"
    if kind not in ("regular", "quiz"):
        raise bad("Unsupported poll type specified")
    poll: Json = {
        "id": str(secrets.randbits(62)),
        **_text(arguments.get("question", ""), "question", call, MAX_QUESTION),
        "options": [_option(call, option) for option in options],
        "total_voter_count": 0,
    }
    if not 1 <= len(options) <= MAX_OPTIONS:
        raise bad(
            f"poll can't have more than {MAX_OPTIONS} options"
            if options
            else "poll must have at least 1 option"
        )
    poll |= _times(call)
    poll["is_closed"] = arguments.flag("is_closed")
    poll["is_anonymous"] = arguments.flag("is_anonymous") or "is_anonymous" not in arguments
    for name, default in (("allows_multiple_answers", False), ("allows_revoting", kind != "quiz")):
        poll[name] = arguments.flag(name) if name in arguments else default
    poll |= {"members_only": arguments.flag("members_only"), "type": kind}
    if kind == "quiz":
        poll |= _quiz(call, len(options))
    if arguments.get("description"):
        poll |= _text(arguments["description"], "description", call, 1024)
    return poll


def _quiz(call: Call, count: int) -> Json:
    arguments = call.arguments
    right = json_array(
        call, "correct_option_ids", "correct option identifiers", "correct option identifiers"
    )
    if not right and "correct_option_id" in arguments:
        right = [arguments.integer("correct_option_id", -1)]
    if not all(type(number) is int for number in right):
        raise bad("Correct option identifier must be of type Number")
    if not right:
        raise bad("Correct quiz option list must be non-empty")
    if sorted(set(right)) != right:
        raise bad("Correct quiz option list must be increasing")
    if not 0 <= right[0] <= right[-1] < count:
        raise bad("Wrong quiz correct_option_id")
    shown: Json = {"correct_option_id": right[0]} if len(right) == 1 else {}
    shown["correct_option_ids"] = right
    if arguments.get("explanation"):
        shown |= {"explanation_entities": []}
        shown |= _text(arguments["explanation"], "explanation", call, MAX_EXPLANATION)
    return shown


def _text(text: str, name: str, call: Call, limit: int) -> Json:
    mode = call.arguments.get(f"{name}_parse_mode", "")
    given = call.arguments.get(f"{name}_entities", "")
    return _formatted(text, name, mode, given, limit)


def _formatted(text: str, name: str, mode: str, given: str, limit: int) -> Json:
    parse(text, mode, given)
    try:
        shown = format_text(text, mode, given)
    except ApiError:
        raise bad(f"Poll {name} must be non-empty") from None
    if len(shown.text) > limit:
        raise bad(f"Poll {name} length must not exceed {limit}")
    fields: Json = {name: shown.text}
    key = "text_entities" if name == "text" else f"{name}_entities"
    return fields | ({key: shown.entities} if shown.entities else {})


def _option(call: Call, value: object) -> Json:
    if isinstance(value, dict):
        option = flatten(value, {})
        text, mode = option.get("text", ""), option.get("text_parse_mode", "")
        given = option.get("text_entities", "")
    elif isinstance(value, str):
        text, mode, given = value, "", ""
    else:
        raise bad("Expected an option to be of type String")
    shown = _formatted(text, "text", mode, given, MAX_OPTION)
    return {"persistent_id": secrets.token_hex(4), **shown, "voter_count": 0}


def _times(call: Call) -> Json:
    period = call.arguments.integer("open_period", 0, 0, 2_628_000)
    until, now = call.arguments.integer("close_date"), int(call.world.unix())
    if period:
        if period < 5:
            raise bad("POLL_PERIOD_INVALID")
        return {"open_period": period, "close_date": now + period}
    if until:
        if not now < until <= now + 2_628_000:
            raise bad("POLL_CLOSE_DATE_INVALID")
        return {"open_period": until - now, "close_date": until}
    return {}


def refresh(message: Json, now: float) -> None:
    """Close the poll of a message whose time is over."""
    poll = message.get("poll")
    if poll and poll.get("close_date", now + 1) <= now:
        poll["is_closed"] = True


def stop_poll(call: Call) -> bytes:
    markup = reply_markup(call.arguments.get("reply_markup", ""))
    chat = find_chat(call)
    message_id = call.arguments.integer("message_id")
    stored = call.bot.messages.get(message_id)
    if stored is None or call.bot.chat_of(message_id) != chat.id:
        raise bad("message with poll to stop not found")
    message: Json = json.loads(stored.body)
    refresh(message, call.world.unix())
    if "poll" not in message or not stored.outgoing:
        raise bad("poll can't be stopped" if stored.outgoing else "message can't be edited")
    if message["poll"]["is_closed"]:
        raise bad("poll has already been closed")
    message["poll"]["is_closed"] = True
    message.pop("reply_markup", None)
    if markup:
        message["reply_markup"] = markup
    stored.body = encode(message)
    emit(call.world, call.bot, "poll", message["poll"], call.bot.id)
    return encode(message["poll"])
