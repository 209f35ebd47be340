"""Messages without a file or a text of their own: places, contacts, dice, games."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from hashlib import blake2b

from crier.sandbox.calls import Call, Method, required
from crier.sandbox.errors import bad
from crier.sandbox.files import File
from crier.sandbox.methods.sending import opening
from crier.sandbox.methods.shown import file_json, photo_json
from crier.sandbox.posting import Content, post
from crier.sandbox.wire import Json

FOR_EVER = 0x7FFFFFFF
_DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}


def sender(kind: str, build: Callable[[Call], Json]) -> Method:
    """Return the method that sends what `build` makes of a call's own arguments."""

    def send(call: Call) -> bytes | Awaitable[bytes]:
        fields: Json = {kind: build(call)}
        chat, options = opening(call)
        fields = options | fields
        return post(call, chat, [Content(kind, fields, kind)])

    return send


def location(call: Call) -> Json:
    """Return a `Location`, a live one where a period is given.

    Raises:
        ApiError: Telegram refuses it.
    """
    place = point(call)
    period = call.arguments.integer("live_period")
    if period:
        if not (60 <= period <= 86_400 or period == FOR_EVER):
            raise bad("Wrong live location period specified")
        place |= {"live_period": period} | heading_of(call)
    return place


def heading_of(call: Call) -> Json:
    """Return where a live location moves, and from how near it is told.

    Raises:
        ApiError: Telegram refuses it.
    """
    heading = call.arguments.integer("heading")
    radius = call.arguments.integer("proximity_alert_radius")
    if heading and not 1 <= heading <= 360:
        raise bad("Wrong live location heading specified")
    if not 0 <= radius <= 100_000:
        raise bad("Wrong live location proximity alert radius specified")
    shown = {"heading": heading, "proximity_alert_radius": radius}
    return {name: value for name, value in shown.items() if value}


def point(call: Call) -> Json:
    """Return a place by latitude and longitude.

    Raises:
        ApiError: Telegram refuses it.
    """
    values = []
    for name in ("latitude", "longitude"):
        text = call.arguments.get(name, "").strip()
        if not text:
            raise bad(f"{name} is empty")
        values.append(_number(text))
    latitude, longitude = values
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise bad("Invalid location specified")
    accuracy = _number(call.arguments.get("horizontal_accuracy", "").strip())
    place: Json = {"latitude": latitude, "longitude": longitude}
    return place | ({"horizontal_accuracy": min(accuracy, 1500.0)} if accuracy > 0 else {})


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def venue(call: Call) -> Json:
    shown: Json = {
        "location": point(call),
        "title": call.arguments.get("title", ""),
        "address": call.arguments.get("address", ""),
    }
    if not shown["title"] or not shown["address"]:
        raise bad("VENUE_TITLE_EMPTY" if not shown["title"] else "VENUE_ADDRESS_EMPTY")
    for provider in ("foursquare", "google_place"):
        names = (f"{provider}_id", f"{provider}_type")
        given = {name: call.arguments[name] for name in names if call.arguments.get(name)}
        if given:
            return shown | given
    return shown


def contact(call: Call) -> Json:
    phone, first = required(call, "phone_number", "first_name")
    shown: Json = {"phone_number": phone, "first_name": first}
    for name in ("last_name", "vcard"):
        if call.arguments.get(name):
            shown[name] = call.arguments[name]
    return shown


def dice(call: Call) -> Json:
    emoji = call.arguments.get("emoji", "").removesuffix("\ufe0f") or "🎲"
    if emoji not in _DICE:
        raise bad("EMOTICON_INVALID")
    return {"emoji": emoji, "value": random.randint(1, _DICE[emoji])}  # noqa: S311 - a game


def game(call: Call) -> Json:
    (name,) = required(call, "game_short_name")
    found = next((g for g in call.bot.profile.games if g.short_name == name), None)
    if found is None:
        raise bad("wrong game short name specified")
    store, unique = call.world.files, blake2b(name.encode(), digest_size=7).digest()
    picture = store.note(File(b"p" + unique, "photo", 850, "", "image/jpeg", 320, 180))
    film = store.note(File(b"a" + unique, "animation", 5859, "game.mp4", "video/mp4", 320, 180))
    return {
        "title": found.title,
        "description": found.description,
        "photo": photo_json(store, call.bot.id, picture),
        "animation": file_json(store, call.bot.id, film),
    }
