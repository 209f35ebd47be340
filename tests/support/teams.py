"""Teams, their members and things, whose texts are marked so that a leak is found."""

from dataclasses import replace
from itertools import count
from typing import Any

from crier.domain.permissions import MemberRole
from crier.storage.models.ads import Advertisement, Broadcast, MediaFile
from crier.storage.models.bots import Subscriber
from crier.storage.models.organisations import Membership, Organisation
from crier.storage.models.privacy import PrivacyRequest
from crier.storage.models.records import Export, Message
from tests.support.api import CAST, Api, Person
from tests.support.factories import new_bot

_NUMBERS = count(7000)


def new_team(api: Api, name: str, **members: MemberRole) -> int:
    """Return the id of a team of these accounts by name; they are made as advertisers where there
    are none, and act where they did."""
    people = {who: api.person(who, CAST.get(who, "advertiser")) for who in members}
    with api.session() as session:
        team = Organisation(name=name)
        session.add(team)
        session.flush()
        for who, role in members.items():
            session.add(Membership(organisation_id=team.id, user_id=people[who].id, role=role))
        return team.id


def acting(api: Api, name: str, organisation_id: int) -> Person:
    """Return an account with a sign-in of its own that acts in an organisation."""
    person = api.sign_in(name)
    answer = person.put("/api/auth/organisation", {"organisation_id": organisation_id})
    assert answer.status_code == 204, answer.text
    return replace(person)


def new_things(
    api: Api, owner: int, person: int, mark: str, role: str = "operator"
) -> dict[str, Any]:
    """Return ids of what an organisation has, and of an export that an account has asked for in
    `role`; every text in it holds `mark`."""
    bot = new_bot(api.deps.vault, f"{next(_NUMBERS)}:{'A' * 35}", owner=owner, bot_name=mark)
    ad = Advertisement(user_id=owner, title=mark, content=mark)
    file = MediaFile(
        user_id=owner, name=mark, content_type="image/png", kind="photo", size=1, stored=True
    )
    file.sha256 = b"x"
    asked = PrivacyRequest(kind="person", user_id=owner, subject="x", requested_by=mark)
    with api.session() as session:
        session.add_all([bot, ad, file, asked])
        session.flush()
        broadcast = Broadcast(ad_id=ad.id, user_id=owner, status="completed", message={})
        export = Export(user_id=person, role=role, dataset="bots", format="csv")
        export.organisation_id, export.reason = owner, mark
        session.add_all([broadcast, export, person_of(bot.id, mark)])
        session.add(
            Message(
                **{"bot_id": bot.id, "chat_id": 5, "message_type": "text", "content": mark},
                **{"status": "received", "direction": "in"},
            )
        )
        session.flush()
        return {
            **{"bot_id": bot.id, "ad_id": ad.id, "media_id": file.id, "erasure_id": asked.id},
            **{"broadcast_id": broadcast.id, "export_id": export.id, "organisation_id": owner},
        }


def person_of(bot_id: int, mark: str) -> Subscriber:
    """Return a subscriber of a bot, not added to a session yet."""
    return Subscriber(bot_id=bot_id, chat_id=5, status="active", source="start", first_name=mark)
