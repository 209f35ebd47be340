"""Lists of bots: in pages, by name and status, in each order, with how many there are."""

import sqlalchemy as sa

from crier.storage.models.bots import Bot, BotCounter
from tests.support.bots import BotsApi, bots_api

__all__ = ["bots_api"]


def test_a_list_of_bots_comes_in_pages_newest_first(bots_api: BotsApi) -> None:
    made = [bots_api.add_bot(bots_api.oscar)["id"] for _ in range(3)]
    first = bots_api.oscar.get("/api/bots?limit=2").json
    second = bots_api.oscar.get(f"/api/bots?limit=2&cursor={first['next_cursor']}").json
    assert [bot["id"] for bot in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None


def test_bots_are_found_by_name_and_status_counted_and_sorted(bots_api: BotsApi) -> None:
    names = ("Zebra", "Aal", "Zoo")
    made = {name: bots_api.add_bot(bots_api.oscar, bot_name=name)["id"] for name in names}
    with bots_api.session() as session:
        counter = sa.update(BotCounter).where(BotCounter.bot_id == made["Zoo"])
        session.execute(counter.values(subscribers=7))
        session.execute(sa.update(Bot).where(Bot.id == made["Aal"]).values(status="error"))

    def listed(query: str) -> list[str]:
        seen, cursor = [], ""
        while cursor is not None:
            page = bots_api.oscar.get(f"/api/bots?limit=1&{query}{cursor}").json
            assert page["totals"] == bots_api.oscar.get(f"/api/bots?{query}").json["totals"]
            seen += [bot["bot_name"] for bot in page["items"]]
            cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
        return seen

    assert listed("sort=name") == ["Aal", "Zebra", "Zoo"]
    assert listed("sort=subscribers") == ["Zoo", "Aal", "Zebra"]
    assert listed("q=z") == ["Zoo", "Zebra"]
    assert listed("status=error") == ["Aal"]
    assert bots_api.oscar.get("/api/bots?status=error").json["totals"] == {"stopped": 2, "error": 1}
    assert bots_api.oscar.get("/api/bots?q=zoo").json["totals"] == {"stopped": 1}
