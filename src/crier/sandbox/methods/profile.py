"""What a bot says of itself: name, descriptions, menu button, suggested rights, photos."""

from __future__ import annotations

import json

from crier.sandbox.arguments import flatten
from crier.sandbox.calls import TRUE, Call, Method, find_user, json_argument
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.methods.chats.rights import RIGHTS, shown_rights
from crier.sandbox.methods.shown import photo_json
from crier.sandbox.wire import Json, encode

_LIMITS = {"name": 64, "description": 512, "short_description": 120}
_DEFAULT: Json = {"type": "default"}


def language_of(call: Call) -> str:
    """Return the `language_code` argument.

    Raises:
        ApiError: Telegram refuses it.
    """
    code = call.arguments.get("language_code", "")
    if code and not (len(code) == 2 and code.isascii() and code.islower()):
        raise bad("Invalid language code specified")
    return code


def text_setter(field: str) -> Method:
    """setMyName, setMyDescription and setMyShortDescription: empty removes the text."""

    def set_text(call: Call) -> bytes:
        texts, code = _texts(call, field), language_of(call)
        text = call.arguments.get(field, "").strip()
        if len(text) > _LIMITS[field]:
            raise bad(f"BOT_{'TITLE' if field == 'name' else 'ABOUT'}_TOO_LONG")
        if text:
            texts[code] = text
        else:
            texts.pop(code, None)
        if field == "name" and not code and text:
            call.bot.rename(text)
        call.world.touch()
        return TRUE

    return set_text


def text_getter(field: str) -> Method:
    """getMyName, getMyDescription and getMyShortDescription."""

    def get_text(call: Call) -> bytes:
        texts = _texts(call, field)
        default = call.bot.first_name if field == "name" else ""
        return encode({field: texts.get(language_of(call)) or texts.get("", default)})

    return get_text


def _texts(call: Call, field: str) -> dict[str, str]:
    texts: dict[str, str] = getattr(call.bot.profile, f"{field}s")
    return texts


def set_chat_menu_button(call: Call) -> bytes:
    button = _menu_button(call)
    chat_id = find_user(call, "chat_id") if "chat_id" in call.arguments else 0
    call.bot.profile.menu_buttons[chat_id] = button
    call.world.touch()
    return TRUE


def get_chat_menu_button(call: Call) -> bytes:
    buttons = call.bot.profile.menu_buttons
    if "chat_id" in call.arguments:
        return encode(buttons.get(find_user(call, "chat_id"), _DEFAULT))
    button = buttons.get(0, _DEFAULT)
    return encode({"type": "commands"} if button == _DEFAULT else button)


def _menu_button(call: Call) -> Json:
    text = call.arguments.get("menu_button", "")
    if not text:
        return _DEFAULT
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise bad("can't parse menu button JSON object") from None
    refused = "can't parse menu button: "
    if not isinstance(value, dict):
        raise bad(refused + "MenuButton must be an Object")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise bad(refused + 'Can\'t find field "type"')
    if kind in ("default", "commands"):
        return {"type": kind}
    if kind != "web_app":
        raise bad(refused + "MenuButton has unsupported type")
    app = value.get("web_app")
    if not value.get("text") or not isinstance(app, dict) or not app.get("url"):
        missing = "web_app" if value.get("text") else "text"
        raise bad(f'{refused}Can\'t find field "{missing}"')
    if not str(app["url"]).startswith("https://"):
        raise bad(
            f"menu button Web App URL '{app['url']}' is invalid: Only HTTPS links are allowed"
        )
    return {"type": kind, "text": str(value["text"]), "web_app": {"url": str(app["url"])}}


def set_default_rights(call: Call) -> bytes:
    wanted = json_argument(call, "rights", "chat administrator rights")
    rights = {name: wanted.get(name) is True for name in RIGHTS}
    kind = "channel" if call.arguments.flag("for_channels") else "group"
    rights["is_anonymous"] = rights["is_anonymous"] and kind == "group"
    call.bot.profile.rights[kind] = rights
    call.world.touch()
    return TRUE


def get_default_rights(call: Call) -> bytes:
    kind = "channel" if call.arguments.flag("for_channels") else "group"
    return encode(shown_rights(call.bot.profile.rights.get(kind, {}), kind))


def set_profile_photo(call: Call) -> bytes:
    value = json_argument(call, "photo", "input profile photo")
    options = flatten(value, call.arguments.files)
    kind = options.get("type", "")
    if kind not in ("static", "animated"):
        raise bad("can't parse InputProfilePhoto: invalid photo type specified")
    field = "photo" if kind == "static" else "animation"
    upload = call.arguments.files.get(options.get(field, "").removeprefix("attach://"))
    if upload is None:
        raise ApiError(400, f"Bad Request: {field} not found")
    file = call.world.files.add(field, upload.content, upload.name, upload.content_type)
    call.bot.profile.photos.insert(0, file.unique)
    call.world.touch()
    return TRUE


def remove_profile_photo(call: Call) -> bytes:
    if call.bot.profile.photos:
        call.bot.profile.photos.pop(0)
    call.world.touch()
    return TRUE


def get_user_profile_photos(call: Call) -> bytes:
    user_id, world = find_user(call), call.world
    offset = call.arguments.integer("offset", 0, 0)
    limit = call.arguments.integer("limit", 100, 1, 100)
    bot = world.bots.get(user_id)
    person = world.person(user_id).photo
    known = [world.files.known.get(u) for u in (bot.profile.photos if bot else [person])]
    photos = [photo_json(world.files, call.bot.id, file) for file in known if file is not None]
    return encode({"total_count": len(photos), "photos": photos[offset : offset + limit]})


def get_user_profile_audios(call: Call) -> bytes:
    find_user(call)
    return encode({"total_count": 0, "audios": []})
