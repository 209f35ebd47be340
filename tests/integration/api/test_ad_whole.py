"""An ad's whole way: uploaded, launched over HTTP, sent by runners, clicked, and reported."""

import io
from pathlib import Path

from crier.storage.uploads import uploads_of
from tests.support.api import Api, make_settings
from tests.support.engine import KEYS, AdRows, deliver, running_context
from tests.support.sandbox import Sandbox

PUBLIC = "https://ads.example"
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone)"}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0"
    "f01f00050001ff89993d1d0000000049454e44ae426082"
)
AD = {
    "content": "Hello <b>{first_name}</b>",
    "parse_mode": "HTML",
    "buttons": [[{"text": "Go", "url": "https://shop.example.com/"}]],
    "price": "5.30",
}


async def test_what_telegram_saw_is_what_the_reports_say(
    database_url: str, valkey_url: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.set_limits(bot_rate=100_000, bot_burst=100_000, chat_rate=1000, chat_burst=1000)
    world = AdRows(database_url, sandbox)
    settings = make_settings(
        database_url,
        valkey_url,
        tmp_path,
        CRIER_TELEGRAM_API_URL=sandbox.url,
        CRIER_PUBLIC_URL=PUBLIC,
        CRIER_TOKEN_KEYS=KEYS[0],
    )
    api = Api(settings)
    owner = api.sign_in("o")
    bot = world.add_bot(people=60)
    chats = [row["chat_id"] for row in world.run("SELECT chat_id FROM subscribers ORDER BY 1")]
    sandbox.set_status(bot.id, "blocked", *chats[:7], is_update=False)
    media = owner.request("POST", "/api/ads/media", data={"file": (io.BytesIO(PNG), "a.png")})
    ad = owner.post("/api/ads/create", {**AD, "media_urls": [media.json["url"]]}).json["id"]
    assert owner.post(f"/api/ads/{ad}/broadcast", {}).json["audience"] == 60

    async with running_context(world, uploads=uploads_of(settings)) as context:
        await deliver(context, bot.id)
    stats = owner.get(f"/api/ads/{ad}/statistics").json
    assert (stats["status"], stats["sent"], stats["blocked"], stats["pending"]) == (
        *("completed", 53, 7, 0),
    )
    assert stats["cpm"] == "100.00"
    assert sum(point["sent"] for point in stats["timeline"]) == 53
    assert [(e["code"], e["count"], e["action"]) for e in stats["errors"]] == [(403, 7, "blocked")]
    assert sandbox.received_other_than(bot.id, 1) == []
    (message,) = sandbox.outbox(bot.id, chats[10])
    assert message["caption"] == "Hello Ann"
    link = message["reply_markup"]["inline_keyboard"][0][0]["url"]
    clicked = api.nobody.get(link.removeprefix(PUBLIC), headers=PHONE)
    assert clicked.headers["Location"] == "https://shop.example.com/"
    rows = owner.get(f"/api/ads/{ad}/recipients?limit=200").json["items"]
    assert [row["chat_id"] for row in rows] == chats
    assert [row["status"] for row in rows] == ["blocked"] * 7 + ["sent"] * 53
    assert [row["chat_id"] for row in rows if row["clicked_at"]] == [chats[10]]
    assert rows[10]["message_id"] == message["message_id"]
    assert owner.get("/api/analytics/dashboard").json["totals"]["sent"] == 53
    api.close()
    world.close()
