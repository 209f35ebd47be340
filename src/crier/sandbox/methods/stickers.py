"""Stickers and their sets: the sets are the whole world's, as their names are."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from hashlib import blake2b

from msgspec.structs import replace

from crier.sandbox.arguments import Arguments, flatten
from crier.sandbox.calls import TRUE, Call, find_user, json_argument, json_array
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.files import File
from crier.sandbox.methods.shown import file_json, thumbnail_json
from crier.sandbox.methods.sources import Part, file_source, load
from crier.sandbox.people import StickerSet
from crier.sandbox.wire import Json, encode

MAX_TITLE = 64
MAX_STICKERS = 120
_TYPES = ("regular", "mask", "custom_emoji")
_FORMATS = ("static", "animated", "video", "auto")
_MIME = {"static": "image/webp", "animated": "application/x-tgsticker", "video": "video/webm"}
_ICONS = ("📰", "💡", "⚡️", "🎙", "🔝", "🗣")


def get_sticker_set(call: Call) -> bytes:
    name = call.arguments.get("name", "")
    sticker_set = _find(call, name)
    store = call.world.files
    files = [store.known[unique] for unique in sticker_set.stickers if unique in store.known]
    shown: Json = {"name": name, "title": sticker_set.title}
    shown |= thumbnail_json(store, call.bot.id, sticker_set.thumbnail)
    shown |= {
        "sticker_type": sticker_set.type,
        "contains_masks": sticker_set.type == "mask",
        "stickers": [file_json(store, call.bot.id, file) for file in files],
    }
    return encode(shown)


def get_custom_emoji_stickers(call: Call) -> bytes:
    ids = json_array(
        call, "custom_emoji_ids", "custom emoji identifiers", "custom emoji identifiers"
    )
    if not all(isinstance(emoji_id, str) for emoji_id in ids):
        raise bad("Custom emoji identifier must be of type String")
    if not all(emoji_id.isdecimal() for emoji_id in ids):
        raise bad("Invalid custom emoji identifier specified")
    store, wanted = call.world.files, set(ids)
    found = [f for f in store.known.values() if f.custom_emoji_id in wanted]
    return encode([file_json(store, call.bot.id, file) for file in found])


def get_forum_topic_icon_stickers(call: Call) -> bytes:
    store, shown = call.world.files, []
    for number, emoji in enumerate(_ICONS, 5_312_536_423_851_630_001):
        file = File(number.to_bytes(8, "big"), "sticker", 30_000, "", _MIME["animated"])
        file.width = file.height = 512
        file.emoji, file.set_name, file.sticker_type = emoji, "Topics", "custom_emoji"
        picture = File(b"\1" + file.unique[1:], "thumbnail", 5_000, "", "image/webp", 128, 128)
        file.thumbnail = store.note(picture).unique
        shown.append(file_json(store, call.bot.id, store.note(file)))
    return encode(shown)


def upload_sticker_file(call: Call) -> Awaitable[bytes]:
    find_user(call)
    value = call.arguments.get("sticker", "") or call.arguments.get("png_sticker", "")
    name = "sticker" if "sticker" in call.arguments.files or not value else "png_sticker"
    upload = call.arguments.files.get(name) or call.arguments.files.get("png_sticker")
    if upload is None and not value.startswith("attach://"):
        raise bad("there is no sticker in the request")
    kind = _format(call.arguments.get("sticker_format", "") or "static")
    part = Part("sticker", upload or file_source(call, "sticker", value), Arguments())

    async def finish() -> bytes:
        file = replace(await load(call, part), mime=_MIME.get(kind, ""))
        call.world.files.note(file)
        shown = {"file_id": call.world.files.id_for(call.bot.id, file)}
        return encode(shown | {"file_unique_id": file.unique_id, "file_size": file.size})

    return finish()


def create_new_sticker_set(call: Call) -> Awaitable[bytes]:
    user_id = find_user(call)
    name, title = call.arguments.get("name", ""), call.arguments.get("title", "").strip()
    kind = call.arguments.get("sticker_type", "") or "regular"
    if kind not in _TYPES:
        raise bad("Unsupported sticker type specified")
    inputs = json_array(call, "stickers", "stickers", "InputSticker")
    default = call.arguments.get("sticker_format", "")
    parts = [_input(call, value, default) for value in inputs]
    if not title or len(title) > MAX_TITLE:
        raise bad("PACK_TITLE_INVALID")
    suffix = f"_by_{call.bot.username}".lower()
    if not name.lower().endswith(suffix) or not name[0].isalpha() or len(name) > 64:
        raise bad("PACK_SHORT_NAME_INVALID")
    if name in call.world.sticker_sets:
        raise bad("PACK_SHORT_NAME_OCCUPIED")
    if not parts:
        raise bad("STICKERS_EMPTY")
    return _fill(call, name, StickerSet(title, user_id, kind), parts)


async def _fill(call: Call, name: str, made: StickerSet, parts: list[tuple[Part, Json]]) -> bytes:
    for part, traits in parts:
        made.stickers.append((await _sticker(call, name, made, part, traits)).unique)
    call.world.sticker_sets[name] = made
    call.world.touch()
    return TRUE


def add_sticker_to_set(call: Call) -> Awaitable[bytes]:
    find_user(call)
    name = call.arguments.get("name", "")
    part, traits = _input(call, _sticker_argument(call), "auto")
    sticker_set = _find(call, name)
    if len(sticker_set.stickers) >= MAX_STICKERS:
        raise bad("STICKERS_TOO_MUCH")
    return _fill(call, name, sticker_set, [(part, traits)])


def replace_sticker_in_set(call: Call) -> Awaitable[bytes]:
    find_user(call)
    name = call.arguments.get("name", "")
    part, traits = _input(call, _sticker_argument(call), "auto")
    sticker_set = _find(call, name)
    old = _old(call, "old_sticker")
    if old.unique not in sticker_set.stickers:
        raise bad("STICKER_INVALID")

    async def finish() -> bytes:
        new = await _sticker(call, name, sticker_set, part, traits)
        sticker_set.stickers[sticker_set.stickers.index(old.unique)] = new.unique
        call.world.touch()
        return TRUE

    return finish()


def set_sticker_position(call: Call) -> bytes:
    position = call.arguments.integer("position", 0, 0)
    file, sticker_set = _in_set(call)
    sticker_set.stickers.remove(file.unique)
    sticker_set.stickers.insert(position, file.unique)
    return _changed(call)


def delete_sticker_from_set(call: Call) -> bytes:
    file, sticker_set = _in_set(call)
    sticker_set.stickers.remove(file.unique)
    return _changed(call)


def set_sticker_emoji_list(call: Call) -> bytes:
    emojis = json_array(call, "emoji_list", "emoji list", "String as emoji list")
    file, _ = _in_set(call)
    if not emojis or not all(isinstance(emoji, str) and emoji for emoji in emojis):
        raise bad("STICKER_EMOJI_INVALID")
    file.emoji = emojis[0]
    return _changed(call)


def set_sticker_keywords(call: Call) -> bytes:
    keywords = json_array(call, "keywords", "keywords", "String")
    if not all(isinstance(keyword, str) for keyword in keywords):
        raise bad("keyword must be a string")
    file, _ = _in_set(call)
    file.keywords = keywords
    return _changed(call)


def set_sticker_mask_position(call: Call) -> bytes:
    mask = json_argument(call, "mask_position", "mask position")
    file, sticker_set = _in_set(call)
    if sticker_set.type != "mask":
        raise bad("STICKER_INVALID")
    file.mask = mask
    return _changed(call)


def set_sticker_set_title(call: Call) -> bytes:
    title = call.arguments.get("title", "").strip()
    sticker_set = _find(call, call.arguments.get("name", ""))
    if not title or len(title) > MAX_TITLE:
        raise bad("PACK_TITLE_INVALID")
    sticker_set.title = title
    return _changed(call)


def set_sticker_set_thumbnail(call: Call) -> bytes:
    find_user(call)
    sticker_set = _find(call, call.arguments.get("name", ""))
    files, value = call.arguments.files, call.arguments.get("thumbnail", "")
    upload = files.get(value.removeprefix("attach://") if value else "thumbnail")
    if upload is None:
        sticker_set.thumbnail = b""
    else:
        added = call.world.files.add("thumbnail", upload.content, upload.name, "")
        sticker_set.thumbnail = added.unique
    return _changed(call)


def set_custom_emoji_thumbnail(call: Call) -> bytes:
    sticker_set = _find(call, call.arguments.get("name", ""))
    if sticker_set.type != "custom_emoji":
        raise bad("STICKERSET_INVALID")
    return _changed(call)


def delete_sticker_set(call: Call) -> bytes:
    name = call.arguments.get("name", "")
    _find(call, name)
    del call.world.sticker_sets[name]
    return _changed(call)


# --- reading -----------------------------------------------------------------------------------


def _find(call: Call, name: str) -> StickerSet:
    sticker_set = call.world.sticker_sets.get(name)
    if sticker_set is None:
        raise bad("STICKERSET_INVALID")
    return sticker_set


def _old(call: Call, argument: str) -> File:
    value = call.arguments.get(argument, "")
    if not value:
        raise bad("STICKER_ID_INVALID")
    return call.world.files.open(call.bot.id, value)


def _in_set(call: Call) -> tuple[File, StickerSet]:
    """Return the sticker of the argument and its set.

    Raises:
        ApiError: Telegram refuses it.
    """
    file = _old(call, "sticker")
    sticker_set = call.world.sticker_sets.get(file.set_name)
    if sticker_set is None or file.unique not in sticker_set.stickers:
        raise bad("STICKERSET_INVALID")
    return file, sticker_set


def _sticker_argument(call: Call) -> object:
    text = call.arguments.get("sticker", "")
    if not text:
        raise bad("there is no sticker file in the request")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise bad("Can't parse sticker JSON object") from None


def _input(call: Call, value: object, default: str) -> tuple[Part, Json]:
    """Return an `InputSticker`: its file, and what is said of it.

    Raises:
        ApiError: Telegram refuses it.
    """
    refused = "Can't parse sticker: "
    if not isinstance(value, dict):
        raise bad(refused + "InputSticker must be an Object")
    options = flatten(value, call.arguments.files)
    source = options.get("sticker", "")
    if not source:
        raise bad(refused + "sticker not found")
    kind = options.get("format", "") or default
    if not kind:
        raise bad(refused + 'Can\'t find field "format"')
    emojis = value.get("emoji_list")
    if not isinstance(emojis, list):
        raise bad(refused + 'Can\'t find field "emoji_list"')
    if not emojis or not all(isinstance(emoji, str) and emoji for emoji in emojis):
        raise bad("STICKER_EMOJI_INVALID")
    mask = value.get("mask_position")
    traits: Json = {"emoji": emojis[0], "mask": mask if isinstance(mask, dict) else {}}
    traits["mime"] = _MIME.get(_format(kind), "")
    try:
        found = file_source(call, "sticker", source, attach=True)
    except ApiError as error:
        raise bad(refused + error.description.removeprefix("Bad Request: ")) from None
    return Part("sticker", found, Arguments()), traits


def _format(name: str) -> str:
    if name not in _FORMATS:
        raise bad("Invalid sticker format specified")
    return name


async def _sticker(call: Call, name: str, owner: StickerSet, part: Part, traits: Json) -> File:
    """Return the file as a sticker of a set: another file than the one that it was made from."""
    file = await load(call, part)
    unique = blake2b(name.encode() + file.unique, digest_size=8).digest()
    made = replace(file, unique=unique, kind="sticker", set_name=name, sticker_type=owner.type)
    made.emoji, made.mask, made.mime = traits["emoji"], traits["mask"], traits["mime"] or file.mime
    return call.world.files.note(made)


def _changed(call: Call) -> bytes:
    call.world.touch()
    return TRUE
