"""sendMediaGroup: 1 to 10 items that share a `media_group_id`.

Checked in the server's order: items, chat, their number and mix, then captions; what the backend
refuses comes last and names the item (`errors.of_part`).
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable

from crier.sandbox.calls import Call, Chat, find_chat
from crier.sandbox.errors import ApiError, bad, of_part
from crier.sandbox.methods.input_media import Item, read_array, read_item
from crier.sandbox.methods.media import content_of
from crier.sandbox.methods.sending import check_reply, common_fields
from crier.sandbox.methods.sources import load, space_uploads
from crier.sandbox.posting import post

MAX_ITEMS = 10


def send_media_group(call: Call) -> bytes | Awaitable[bytes]:
    check_reply(call)
    values = read_array(call, "media", "InputMedia")
    items = [read_item(call, value, in_album=True) for value in values]
    chat = find_chat(call, is_album=True)
    if not items:
        raise bad("there are no messages to send")
    if len(items) > MAX_ITEMS:
        raise bad("too many messages to send as an album")
    kinds = {item.kind for item in items}
    for kind in ("document", "audio"):
        if kind in kinds and len(kinds) > 1:
            raise bad(f"{kind} can't be mixed with other media types")
    if len({"show_caption_above_media" in item.fields for item in items}) > 1:
        raise bad("Parameter show_caption_above_media must be the same for all messages")
    if late := next((item.late for item in items if item.late), None):
        raise late
    return _load_and_post(call, chat, items)


async def _load_and_post(call: Call, chat: Chat, items: list[Item]) -> bytes:
    await space_uploads(call)
    common = common_fields(call, chat)
    if len(items) > 1:
        common["media_group_id"] = str(secrets.randbits(53))
    contents = []
    for number, item in enumerate(items, 1):
        try:
            file = await load(call, item.part)
        except ApiError as error:
            raise of_part(number, error) from None
        contents.append(content_of(call, file, common | item.fields))
    result = post(call, chat, contents)
    body = result if isinstance(result, bytes) else await result
    return body if len(items) > 1 else b"[%b]" % body
