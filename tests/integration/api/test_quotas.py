"""Quotas of an organisation: each kind at its limit, two that ask for the last place, and who sets
them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, Final

import pytest
import sqlalchemy as sa

from crier.services import quotas
from crier.storage.models.ads import Advertisement, MediaFile
from tests.integration.api.test_ad_media import PNG, upload
from tests.support.ads import add_bot
from tests.support.api import Api, ApiResponse, Person, wrong_fields
from tests.support.bots import BotsApi, bots_api
from tests.support.teams import acting, new_team

__all__ = ["bots_api"]
NO_LIMIT: Final = {"limit": None, "used": 0}


def path(organisation_id: int) -> str:
    return f"/api/organisations/{organisation_id}/quotas"


def limit(api: Api, organisation_id: int, **limits: int | None) -> Any:
    answer = api.alice.patch(path(organisation_id), limits)
    assert answer.status_code == 200, answer.text
    return answer.json


def at_limit(answer: ApiResponse, status: int = 409, *words: str) -> None:
    assert answer.status_code == status, answer.text
    for word in ("quota", "ask an admin", *words):
        assert word in answer.json["detail"], answer.text


def new_ad(person: Person, **fields: Any) -> ApiResponse:
    return person.post("/api/ads/create", {"content": "Sale!", **fields})


def launch_later(person: Person) -> ApiResponse:
    ad = new_ad(person).json["id"]
    at = datetime.now(UTC) + timedelta(hours=2)
    return person.post(f"/api/ads/{ad}/broadcast", {"scheduled_for": at.isoformat()})


def import_chats(person: Person, bot: int, chats: range, how: str = "import") -> ApiResponse:
    route = {"import": "import", "preview": "import/preview"}[how]
    return person.post(f"/api/bots/{bot}/chats/{route}", {"chat_ids": list(chats)})


def test_nobody_is_limited_until_an_admin_says_so_and_members_see_it(api: Api) -> None:
    team = new_team(api, "Acme", oscar="owner", vera="viewer")
    none = dict.fromkeys(quotas.KINDS, NO_LIMIT)
    assert acting(api, "oscar", team).get(path(team)).json == none
    assert limit(api, team, bots=3, schedules=0)["bots"] == {"limit": 3, "used": 0}
    assert limit(api, team, bots=4)["schedules"] == {"limit": 0, "used": 0}
    assert api.vera.get(path(team)).json["bots"]["limit"] == 4
    assert limit(api, team, bots=None)["bots"] == NO_LIMIT
    assert api.olga.get(path(team)).status_code == 404
    assert acting(api, "oscar", team).patch(path(team), {"bots": 9}).status_code == 403
    assert api.alice.patch(path(4_000_000_000), {"bots": 9}).status_code == 404
    assert api.alice.get(path(api.adam.id)).json == none  # an account's own, also of others
    assert wrong_fields(api.alice.patch(path(team), {"bots": -1})) == {"bots"}
    lines = api.alice.get("/api/audit?action=organisation.change_quotas").json["items"]
    assert [line["details"] for line in lines] == [
        {"before": {"bots": 4}, "after": {"bots": None}},
        {"before": {"bots": 3}, "after": {"bots": 4}},
        {"before": {"bots": None, "schedules": None}, "after": {"bots": 3, "schedules": 0}},
    ]


def test_no_more_bots_than_the_quota(bots_api: BotsApi) -> None:
    api = bots_api
    limit(api, api.oscar.id, bots=1)
    first = api.add_bot(api.oscar)
    body = {"bot_token": api.telegram.create_bot().token}
    at_limit(api.oscar.post("/api/bots/add", body), 409, "(1 of 1 in use, 1 more asked for)")
    assert [bot["id"] for bot in api.oscar.get("/api/bots").json["items"]] == [first["id"]]
    assert api.olga.post("/api/bots/add", body).status_code == 201  # another organisation
    assert api.oscar.delete(f"/api/bots/{first['id']}").status_code == 204
    api.add_bot(api.oscar)
    limit(api, api.oscar.id, bots=0)  # less than there is: it stays
    assert api.oscar.get(path(api.oscar.id)).json["bots"] == {"limit": 0, "used": 1}
    assert api.oscar.get("/api/bots").json["totals"] == {"stopped": 1}


def test_no_more_ads_in_24_hours_than_the_quota_and_it_says_when(api: Api) -> None:
    limit(api, api.adam.id, ads_per_day=2)
    ads = [new_ad(api.adam).json["id"] for _ in range(2)]
    with api.session() as session:
        old = datetime.now(UTC) - timedelta(hours=23)
        session.get_one(Advertisement, ads[0]).created_at = old
    answer = new_ad(api.adam)
    at_limit(answer, 429, "(2 of 2 in use, 1 more asked for)")
    assert 3500 < int(answer.headers["Retry-After"]) <= 3601
    assert api.adam.patch(f"/api/ads/{ads[1]}", {"title": "x"}).status_code == 200
    assert new_ad(api.oscar).status_code == 201
    with api.session() as session:
        session.get_one(Advertisement, ads[0]).created_at = old - timedelta(hours=1)
    assert new_ad(api.adam).status_code == 201
    limit(api, api.adam.id, ads_per_day=0)
    assert 86_000 < int(new_ad(api.adam).headers["Retry-After"]) <= 86_401


def test_no_more_schedules_than_the_quota_but_launches_at_once(api: Api) -> None:
    add_bot(api, api.oscar, chats=[1, 2])
    limit(api, api.oscar.id, schedules=1)
    first = launch_later(api.oscar)
    assert first.status_code == 202, first.text
    at_limit(launch_later(api.oscar), 409, "(1 of 1 in use, 1 more asked for)")
    at_once = new_ad(api.oscar).json["id"]
    assert api.oscar.post(f"/api/ads/{at_once}/broadcast").status_code == 202
    add_bot(api, api.olga, chats=[3])
    assert launch_later(api.olga).status_code == 202
    ad = first.json["ad_id"]
    assert api.oscar.post(f"/api/ads/{ad}/cancel").status_code == 202
    assert launch_later(api.oscar).status_code == 202


def test_no_more_bytes_of_uploads_than_the_quota(api: Api) -> None:
    limit(api, api.adam.id, upload_bytes=2 * len(PNG) - 1)
    assert upload(api.adam, PNG).status_code == 201
    at_limit(upload(api.adam, PNG), 409, "MB")
    with api.session() as session:  # neither a row nor bytes are left of it
        assert session.scalar(sa.select(sa.func.count()).select_from(MediaFile)) == 1
    assert api.adam.get(path(api.adam.id)).json["upload_bytes"]["used"] == len(PNG)
    assert upload(api.oscar, PNG).status_code == 201


def test_a_list_beyond_the_quota_is_not_imported_and_its_preview_says_so(api: Api) -> None:
    bot, second = add_bot(api, api.oscar, chats=[1, 2]), add_bot(api, api.oscar, chats=[1])
    limit(api, api.oscar.id, subscribers=5)
    for how in ("preview", "import"):
        answer = import_chats(api.oscar, bot, range(1, 6), how)
        at_limit(answer, 409, "(3 of 5 in use, 3 more asked for)")
    assert api.oscar.get(f"/api/bots/{bot}").json["subscribers"] == 2
    assert import_chats(api.oscar, bot, range(1, 5), "preview").status_code == 200
    assert import_chats(api.oscar, bot, range(1, 5)).json["accepted"] == 2
    at_limit(import_chats(api.oscar, second, range(2, 3)))
    limit(api, api.oscar.id, subscribers=1)
    assert import_chats(api.oscar, bot, range(1, 5)).json["duplicates"] == 4  # nobody new


def race(*asks: Callable[[], ApiResponse]) -> list[int]:
    """Return the statuses of what is asked at the same time."""
    with ThreadPoolExecutor(len(asks)) as pool:
        return sorted(done.status_code for done in pool.map(lambda ask: ask(), asks))


def meet(monkeypatch: pytest.MonkeyPatch, parties: int) -> None:
    """Let so many additions have added, and committed nothing, before one of them is checked."""
    there, check = Barrier(parties, timeout=20), quotas.check

    def checked(*args: Any, **options: Any) -> None:
        there.wait()
        check(*args, **options)

    monkeypatch.setattr(quotas, "check", checked)


def test_of_two_bots_one_gets_the_last_place(
    bots_api: BotsApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = bots_api
    limit(api, api.oscar.id, bots=2)
    api.add_bot(api.oscar)
    tokens = [api.telegram.create_bot().token for _ in range(2)]
    meet(monkeypatch, 2)
    asks = [
        lambda token=token: api.oscar.post("/api/bots/add", {"bot_token": token})
        for token in tokens
    ]
    assert race(*asks) == [201, 409]
    assert api.oscar.get(path(api.oscar.id)).json["bots"]["used"] == 2


def test_of_two_ads_uploads_and_schedules_one_gets_the_last_place(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_bot(api, api.oscar, chats=[1])
    at = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    drafts = [new_ad(api.oscar).json["id"] for _ in range(2)]
    sizes = {"upload_bytes": 2 * len(PNG) - 1, "schedules": 1, "ads_per_day": 3}
    limit(api, api.oscar.id, **sizes)
    meet(monkeypatch, 2)
    assert race(*[lambda: new_ad(api.oscar)] * 2) == [201, 429]
    assert race(*[lambda: upload(api.oscar, PNG)] * 2) == [201, 409]
    launches = [
        lambda ad=ad: api.oscar.post(f"/api/ads/{ad}/broadcast", {"scheduled_for": at})
        for ad in drafts
    ]
    assert race(*launches) == [202, 409]


def test_of_two_lists_for_two_bots_one_is_imported(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = [add_bot(api, api.oscar), add_bot(api, api.oscar)]
    limit(api, api.oscar.id, subscribers=3)
    meet(monkeypatch, 2)
    imports = [lambda bot=bot: import_chats(api.oscar, bot, range(1, 3)) for bot in pair]
    assert race(*imports) == [202, 409]
    assert api.oscar.get(path(api.oscar.id)).json["subscribers"]["used"] == 2
