"""An ad's figures by language add up to its sums, before and after people are erased."""

import random
from collections import Counter
from typing import Any, Literal

import sqlalchemy as sa

from crier.analytics import languages
from crier.domain.slug import Click
from crier.services.broadcasts import clicks
from tests.support import person as people
from tests.support.ads import add_bot, add_broadcast, add_row, settle
from tests.support.api import Api, Person

FIGURES = ("sent", "clicks", "unique_clicks", "machine_clicks")
LANGUAGES = ("de", "en", "pt-br", None)
ClickKind = Literal["person", "machine"]
FRESH = {"Cache-Control": "no-cache"}


def count(api: Api) -> int:
    """Do what the job does; of how many broadcasts."""
    counted = 0
    while True:
        with api.session() as session:
            if not languages.run(session):
                return counted
        counted += 1


def told(person: Person, ad: int) -> tuple[dict[Any, Counter[str]], int]:
    """What an ad's report says by language, and what is still to be counted."""
    found = person.get(f"/api/analytics/ads/{ad}", headers=FRESH).json
    parts = {row["name"]: Counter({n: row[n] for n in FIGURES}) for row in found["languages"]}
    for name in FIGURES:
        missing = found["languages_pending"] if name == "sent" else 0
        by_bot = sum(row[name] for row in found["bots"])
        assert sum(part[name] for part in parts.values()) + missing == by_bot
    return parts, found["languages_pending"]


def end(api: Api, broadcast: int, status: str = "completed") -> None:
    with api.session() as session:
        session.execute(
            sa.text("UPDATE broadcasts SET status = :s WHERE id = :b"),
            {"s": status, "b": broadcast},
        )


def click(api: Api, hits: list[clicks.Hit]) -> None:
    with api.session() as session:
        engine = session.get_bind()
        assert isinstance(engine, sa.Engine)
    for low in range(0, len(hits), 7):
        clicks.write(engine, hits[low : low + 7])


class Ad:
    """An ad that went out twice through bots of two owners, to chats of several languages."""

    def __init__(self, api: Api) -> None:
        self.some = random.Random(4)
        self.bots = {add_bot(api, owner): owner.id for owner in (api.oscar, api.oscar, api.olga)}
        self.id: int = api.oscar.post("/api/ads/create", {"content": "x"}).json["id"]
        self.language: dict[tuple[int, int], Any] = {}
        with api.session() as session:
            for bot in self.bots:
                for chat in range(1, 41):
                    language = self.language[bot, chat] = self.some.choice(LANGUAGES)
                    add_row(session, "subscribers", bot_id=bot, chat_id=chat, status="active",
                            language_code=language)  # fmt: skip
        self.broadcasts: list[int] = []
        self.sent: list[tuple[int, int, int]] = []
        self.parts: list[tuple[int, int]] = []
        for _ in range(2):
            self.send(api)

    def send(self, api: Api) -> None:
        chats = list(range(1, 42))  # nobody knows the last one any more
        broadcast, parts = add_broadcast(api, self.id, api.oscar, dict.fromkeys(self.bots, chats))
        self.broadcasts.append(broadcast)
        for bot, delivery in parts.items():
            ends = self.some.choices(["sent", "blocked", "failed"], [8, 1, 1], k=len(chats))
            settle(api, delivery, [(outcome, None, None) for outcome in ends])
            self.parts.append((bot, delivery))
            self.sent += [
                (bot, delivery, chat)
                for chat, outcome in zip(chats, ends, strict=True)
                if outcome == "sent"
            ]
        end(api, broadcast)

    def click(self, api: Api) -> list[tuple[int, int, int, ClickKind]]:
        found: list[tuple[int, int, int, ClickKind]] = []
        kinds: tuple[ClickKind, ...] = ("person", "person", "machine")
        for bot, delivery, chat in self.some.choices(self.sent, k=90):
            found.append((bot, delivery, chat, self.some.choice(kinds)))
        click(api, [clicks.Hit(Click(d, chat, 0), kind, "x") for _, d, chat, kind in found])
        return found

    def expected(
        self, hits: list[tuple[int, int, int, ClickKind]], owner: int | None
    ) -> dict[Any, Counter[str]]:
        found: dict[Any, Counter[str]] = {}
        first = set()
        for bot, _, chat in self.sent:
            if owner in (None, self.bots[bot]):
                found.setdefault(self.language.get((bot, chat)), Counter())["sent"] += 1
        for bot, delivery, chat, kind in hits:
            part = found.setdefault(self.language.get((bot, chat)), Counter())
            if owner not in (None, self.bots[bot]):
                continue
            part["clicks" if kind == "person" else "machine_clicks"] += 1
            if kind == "person" and (bot, chat) in self.language and (delivery, chat) not in first:
                first.add((delivery, chat))
                part["unique_clicks"] += 1
        return {name: part for name, part in found.items() if part.total()}


def test_languages_are_those_of_all_rows_and_add_up_also_after_an_erasure(api: Api) -> None:
    ad = Ad(api)
    assert told(api.alice, ad.id) == ({}, len(ad.sent))
    hits = ad.click(api)
    assert count(api) == 2
    for person, owner in ((api.alice, None), (api.vera, None), (api.oscar, api.oscar.id)):
        assert told(person, ad.id) == (ad.expected(hits, owner), 0)
    before = told(api.alice, ad.id)
    api.alice.post("/api/people/erase", {"chat_id": 7})
    people.carry_out(api)
    for broadcast in ad.broadcasts:  # as a retry does
        end(api, broadcast, "broadcasting")
        end(api, broadcast)
    assert count(api) == 2
    assert told(api.alice, ad.id) == before
    bot, delivery = ad.parts[0]
    click(api, [clicks.Hit(Click(delivery, 7, 0), "person", "x")])  # a link that was kept
    after, _ = told(api.alice, ad.id)
    assert after[None]["clicks"] == before[0][None]["clicks"] + 1
    assert after[None]["unique_clicks"] == before[0][None]["unique_clicks"]
    assert api.oscar.delete(f"/api/bots/{bot}").status_code == 204
    people.carry_out(api)
    assert told(api.alice, ad.id)[0] == after


def test_what_a_retry_sends_is_counted_when_it_has_ended(api: Api) -> None:
    ad = Ad(api)
    assert count(api) == 2
    with api.session() as session:
        session.execute(
            sa.text(
                "UPDATE messages SET status = 'sent' WHERE status = 'failed' AND delivery_id = :d"
            ),
            {"d": ad.parts[-1][1]},
        )
        session.execute(
            sa.text("UPDATE deliveries SET sent = sent + failed, failed = 0 WHERE id = :d"),
            {"d": ad.parts[-1][1]},
        )
        # Whoever was counted with a language that nobody has any more is not counted twice.
        session.execute(sa.text("UPDATE subscribers SET language_code = 'fr'"))
    _, pending = told(api.alice, ad.id)
    end(api, ad.broadcasts[-1], "broadcasting")
    assert told(api.alice, ad.id)[1] == pending
    end(api, ad.broadcasts[-1])
    assert count(api) == 1
    parts, pending = told(api.alice, ad.id)
    assert pending == 0
    assert parts["fr"]["sent"] > 40
