"""Invoices, paid media, Stars and gifts. Nobody pays here unless a test says so."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from functools import partial

from crier.sandbox.calls import TRUE, Call, Chat, find_chat, find_user, json_array, required
from crier.sandbox.errors import ApiError, bad
from crier.sandbox.files import File
from crier.sandbox.methods.input_media import parsed, part_in, read_array
from crier.sandbox.methods.media import check_caption, media_fields
from crier.sandbox.methods.sending import opening
from crier.sandbox.methods.shown import file_json, media_json
from crier.sandbox.methods.sources import Part, load, space_uploads
from crier.sandbox.posting import Content, post
from crier.sandbox.wire import Json, encode

MAX_PAID_MEDIA = 10
MAX_STARS = 25_000
_GIFTS = ((5170145012310081615, 15), (5170233102089322756, 15), (5168103777563050263, 25))


def invoice(call: Call) -> Json:
    """Return the `Invoice` of a call's arguments.

    Raises:
        ApiError: Telegram refuses it.
    """
    title, description, payload, currency, _ = required(
        call, "title", "description", "payload", "currency", "prices"
    )
    prices = json_array(call, "prices", "prices", "LabeledPrice")
    amounts = [_amount(price) for price in prices]
    token = call.arguments.get("provider_token", "")
    if len(payload.encode()) > 128:
        raise bad("INVOICE_PAYLOAD_INVALID")
    if len(title) > 32:
        raise bad("INVOICE_TITLE_INVALID")
    if not (len(currency) == 3 and currency.isupper()):
        raise bad("CURRENCY_INVALID")
    if not token and currency != "XTR":
        raise bad("PAYMENT_PROVIDER_INVALID")
    if currency == "XTR" and (token or len(amounts) != 1):
        raise bad("STARS_INVOICE_INVALID")
    if sum(amounts) <= 0:
        raise bad("CURRENCY_TOTAL_AMOUNT_INVALID")
    return {
        "title": title,
        "description": description,
        "start_parameter": call.arguments.get("start_parameter", ""),
        "currency": currency,
        "total_amount": sum(amounts),
    }


def _amount(price: object) -> int:
    if not isinstance(price, dict):
        raise bad("Can't parse labeled price: LabeledPrice must be an Object")
    if not isinstance(price.get("label"), str):
        raise bad("Can't parse labeled price: Can't find field \"label\"")
    amount = price.get("amount")
    text = str(amount) if isinstance(amount, int | str) else ""
    if not text.removeprefix("-").isdecimal():
        missing = 'Can\'t find field "amount"' if amount is None else "Can't parse amount as Number"
        raise bad(f"Can't parse labeled price: {missing}")
    return int(text[:12])


def create_invoice_link(call: Call) -> bytes:
    invoice(call)
    return encode(f"https://t.me/${secrets.token_urlsafe(12)}")


def send_paid_media(call: Call) -> bytes | Awaitable[bytes]:
    stars = call.arguments.integer("star_count", 0, 0)
    values = read_array(call, "media", "InputPaidMedia")
    parts = [parsed("InputPaidMedia", partial(_part, call, value)) for value in values]
    check_caption(call.arguments)
    chat, fields = opening(call)
    if not 1 <= len(parts) <= MAX_PAID_MEDIA:
        raise bad("there are no paid media to send" if not parts else "too many paid media")
    if not 1 <= stars <= MAX_STARS:
        raise bad("STARS_AMOUNT_INVALID")
    fields |= media_fields(call.arguments, "photo")
    fields.pop("has_media_spoiler", None)
    return _post_paid(call, chat, parts, stars, fields)


def _part(call: Call, value: object) -> Part:
    if not isinstance(value, dict):
        raise bad("expected an Object")
    kind = value.get("type")
    if kind not in ("photo", "video", "live_photo"):
        raise ApiError(400, f'type "{kind}" is unsupported')
    return part_in(call, kind, value)


async def _post_paid(call: Call, chat: Chat, parts: list[Part], stars: int, fields: Json) -> bytes:
    await space_uploads(call)
    shown = [_paid(call, await load(call, part)) for part in parts]
    fields["paid_media"] = {"star_count": stars, "paid_media": shown}
    result = post(call, chat, [Content("paid_media", fields, fields.get("caption", "paid_media"))])
    return result if isinstance(result, bytes) else await result


def _paid(call: Call, file: File) -> Json:
    shown = media_json(call.world.files, call.bot.id, file)
    return {"type": file.kind, file.kind: shown[file.kind]}


def answer_query(call: Call) -> bytes:
    """answerShippingQuery and answerPreCheckoutQuery."""
    shipping = call.method == "answershippingquery"
    name = "shipping_query_id" if shipping else "pre_checkout_query_id"
    if not call.arguments.flag("ok"):
        required(call, "error_message")
    elif shipping:
        json_array(call, "shipping_options", "shipping options", "ShippingOption")
    if call.bot.callbacks.pop(call.arguments.get(name, ""), 0.0) < call.world.unix():
        raise bad("QUERY_ID_INVALID")
    return TRUE


def refund_star_payment(call: Call) -> bytes:
    find_user(call)
    required(call, "telegram_payment_charge_id")
    raise bad("CHARGE_NOT_FOUND")


def edit_user_subscription(call: Call) -> bytes:
    find_user(call)
    required(call, "telegram_payment_charge_id")
    raise bad("CHARGE_ID_INVALID")


def get_star_transactions(call: Call) -> bytes:
    return encode({"transactions": []})


def get_my_star_balance(call: Call) -> bytes:
    stars, tenths = divmod(call.bot.stars_tenths, 10)
    balance: Json = {"amount": stars}
    if tenths:
        balance["nanostar_amount"] = tenths * 100_000_000
    return encode(balance)


def get_available_gifts(call: Call) -> bytes:
    store, shown = call.world.files, []
    for gift_id, stars in _GIFTS:
        sticker = File(gift_id.to_bytes(8, "big"), "sticker", 10_000, "", "application/x-tgsticker")
        sticker.width = sticker.height = 512
        sticker.emoji, sticker.sticker_type = "🎁", "custom_emoji"
        picture = file_json(store, call.bot.id, store.note(sticker))
        shown.append({"id": str(gift_id), "sticker": picture, "star_count": stars})
    return encode({"gifts": shown})


def send_gift(call: Call) -> bytes:
    gift_id = call.arguments.integer("gift_id")
    if call.arguments.get("chat_id"):
        find_chat(call, to_write=False)
    else:
        find_user(call)
    price = dict(_GIFTS).get(gift_id)
    if price is None:
        raise bad("STARGIFT_INVALID")
    return _pay(call, price)


def gift_premium(call: Call) -> bytes:
    find_user(call)
    prices = {3: 1000, 6: 1500, 12: 2500}
    price = prices.get(call.arguments.integer("month_count"))
    if price is None or price != call.arguments.integer("star_count"):
        raise bad("MONTH_INVALID")
    return _pay(call, price)


def _pay(call: Call, stars: int) -> bytes:
    if call.bot.stars_tenths < stars * 10:
        raise bad("BALANCE_TOO_LOW")
    call.bot.stars_tenths -= stars * 10
    call.world.touch()
    return TRUE


def get_gifts(call: Call) -> bytes:
    """getUserGifts and getChatGifts: nobody has any."""
    if call.method == "getusergifts":
        find_user(call)
    else:
        find_chat(call, to_write=False)
    return encode({"total_count": 0, "gifts": []})
