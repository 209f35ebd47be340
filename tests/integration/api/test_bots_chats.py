"""Chats and messages of a bot, and audiences that are imported."""

import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crier.services.bots import chat_csv, chat_lists
from crier.storage.models.ads import Advertisement
from crier.storage.models.bots import BotCounter, Subscriber
from crier.storage.models.records import Message
from tests.support.ads import add_bot, add_broadcast, add_chats
from tests.support.api import Api, wrong_fields

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def bot_id(api: Api) -> int:
    return add_bot(api, api.oscar)


def imported(api: Api, bot_id: int, data: Any, **headers: str) -> dict[str, Any]:
    answer = api.oscar.post(
        f"/api/bots/{bot_id}/chats/import",
        data=data,
        headers={"Content-Type": "application/json", **headers},
    )
    assert answer.status_code == 202, answer.text
    return dict(answer.json)


def subscribers(api: Api, bot_id: int) -> dict[int, tuple[str, str]]:
    with api.session() as session:
        rows = session.query(Subscriber).filter_by(bot_id=bot_id)
        return {row.chat_id: (row.type, row.status) for row in rows}


def test_imported_chats_are_active_and_counted(api: Api, bot_id: int) -> None:
    ids = [7, -5, -1_000_000_000_001, 2**52 - 1]
    found = imported(api, bot_id, json.dumps({"chat_ids": ids}))
    assert found.pop("understood")["first_rows"] == [[str(each)] for each in ids]
    assert found == {"accepted": 4, "duplicates": 0, "rejected": [], "rejected_total": 0}
    assert subscribers(api, bot_id) == {
        7: ("private", "active"),
        -5: ("group", "active"),
        -1_000_000_000_001: ("supergroup", "active"),
        2**52 - 1: ("private", "active"),
    }
    assert api.oscar.get(f"/api/bots/{bot_id}").json["subscribers"] == 4
    with api.session() as session:
        assert session.get_one(BotCounter, bot_id).subscribers == 4


def test_active_chats_and_repeats_are_duplicates_and_who_never_said_no_comes_back(
    api: Api, bot_id: int
) -> None:
    with api.session() as session:
        add_chats(session, bot_id, [1], joined_at=NOW)
        add_chats(session, bot_id, [2], joined_at=NOW, status="unsubscribed", opted_out=None)
    found = imported(api, bot_id, '{"chat_ids": [1, 2, 3, 3]}')
    assert (found["accepted"], found["duplicates"]) == (2, 2)
    with api.session() as session:
        back = session.get_one(Subscriber, (bot_id, 2))
        assert (back.status, back.opted_out, back.joined_at) == ("active", False, NOW)


def test_who_said_stop_or_blocked_the_bot_stays_so_and_is_rejected_by_line(
    api: Api, bot_id: int
) -> None:
    before = {
        1: ("unsubscribed", True),  # said /stop
        2: ("gone", True),  # said /stop before
        3: ("blocked", False),
        4: ("gone", False),
    }
    with api.session() as session:
        for chat_id, (status, opted_out) in before.items():
            add_chats(session, bot_id, [chat_id], status=status, opted_out=opted_out)
        add_chats(
            session, bot_id, [-5], type="group", status="gone", migrated_to=-1_000_000_000_005
        )
    found = imported(api, bot_id, "3\nx\n1\n2\n4\n5\n1\n4\n-5\n", **CSV)
    assert (found["accepted"], found["duplicates"], found["rejected_total"]) == (2, 1, 6)
    reasons = {line["line"]: line["reason"].split(":")[0] for line in found["rejected"]}
    stop, block = "said /stop to the bot", "has blocked the bot"
    moved = "is now the supergroup -1000000000005"
    assert reasons == {1: block, 2: "is no whole number", 3: stop, 4: stop, 7: stop, 9: moved}
    assert list(reasons) == sorted(reasons)
    now = {chat_id: status for chat_id, (_, status) in subscribers(api, bot_id).items()}
    assert now.pop(-5) == "gone"
    assert now == {1: "unsubscribed", 2: "gone", 3: "blocked", 4: "active", 5: "active"}


def test_lines_without_a_chat_id_are_rejected_by_number(api: Api, bot_id: int) -> None:
    text = "chat_id,name\n7,Ann\nx,Bob\n\n0,Zed\n,Nobody\n-1000000000000,Gap\n8,Eve\n"
    found = imported(api, bot_id, text, **CSV)
    assert (found["accepted"], found["rejected_total"]) == (2, 4)
    assert [(line["line"], line["reason"]) for line in found["rejected"]] == [
        (3, "is no whole number"),
        (5, "is no id that Telegram gives to a chat"),
        (6, "is no whole number"),
        (7, "is no id that Telegram gives to a chat"),
    ]


def test_a_preview_says_what_the_import_does_and_changes_nothing(api: Api, bot_id: int) -> None:
    with api.session() as session:
        add_chats(session, bot_id, [1])
        add_chats(session, bot_id, [2], status="unsubscribed", opted_out=True)
        add_chats(session, bot_id, [3], status="gone", opted_out=False)
        add_chats(
            session, bot_id, [-5], type="group", status="gone", migrated_to=-1_000_000_000_005
        )
    before = subscribers(api, bot_id)
    text = "id;chat_id\n9;1\n9;2\n9;3\n9;4\n9;4\n9;x\n9;-5\n"
    answer = api.oscar.post(f"/api/bots/{bot_id}/chats/import/preview", data=text, headers=CSV)
    assert answer.status_code == 200, answer.text
    assert subscribers(api, bot_id) == before
    assert api.alice.get("/api/audit?action=bot.import_chats").json["items"] == []
    preview = answer.json
    assert preview == imported(api, bot_id, text, **CSV)
    assert (preview["accepted"], preview["duplicates"], preview["rejected_total"]) == (2, 2, 3)
    assert preview["understood"] == {
        "separator": ";",
        "columns": ["id", "chat_id"],
        "column": "chat_id",
        "first_rows": [["9", "1"], ["9", "2"], ["9", "3"], ["9", "4"], ["9", "4"]],
    }


def test_a_file_that_leaves_the_column_open_is_422_until_it_is_named(api: Api, bot_id: int) -> None:
    path, text = f"/api/bots/{bot_id}/chats/import", "id,user_id\n7,8\n"
    assert wrong_fields(api.oscar.post(path, data=text, headers=CSV)) == {"column"}
    assert subscribers(api, bot_id) == {}
    assert api.oscar.post(f"{path}?column=user_id", data=text, headers=CSV).status_code == 202
    assert set(subscribers(api, bot_id)) == {8}
    assert wrong_fields(api.oscar.post(f"{path}?column=x", json={"chat_ids": [7]})) == {"column"}


def test_a_list_that_is_too_long_is_413_and_changes_nothing(
    api: Api, bot_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (chat_csv, chat_lists):
        monkeypatch.setattr(module, "MAX_ITEMS", 10)
    path, ids = f"/api/bots/{bot_id}/chats/import", ["7"] * 11
    for text, mimetype in (
        ("\n".join(ids), "text/csv"),
        (f'{{"chat_ids":[{",".join(ids)}]}}', "application/json"),
    ):
        answer = api.oscar.post(path, data=text, headers={"Content-Type": mimetype})
        assert answer.status_code == 413
        assert answer.json["detail"] == "the list has more than 10 lines: split it"
    assert subscribers(api, bot_id) == {}


@pytest.mark.parametrize(
    "text",
    [
        '{"chat_ids": []}',
        '{"chat_ids":[]}',
        ' \n{ "chat_ids" : [ ] } \n',
        '{"chat_ids":[1e3, true, null]}',
    ],
)
def test_json_without_a_good_id_accepts_nobody(api: Api, bot_id: int, text: str) -> None:
    assert imported(api, bot_id, text)["accepted"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[", "nonsense", '{"chat_ids": [1, 2', '{"chat_ids": [1,, 2]}',
        '{"chat_ids": [1] 2}', '{"chat_ids": [1,]}', '{"chat_ids": [1]}}', '{"chat_ids": [01x]}',
        b'{"chat_ids": ["\xff"]}',
    ],
)  # fmt: skip
def test_json_that_is_none_is_400_and_changes_nothing(api: Api, bot_id: int, text: Any) -> None:
    answer = api.oscar.post(
        f"/api/bots/{bot_id}/chats/import", data=text, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400, answer.text
    assert subscribers(api, bot_id) == {}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[]", ""),
        ("{}", "chat_ids"),
        ('{"chat_ids": 7}', "chat_ids"),
        ('{"ids": [7]}', "ids"),
        ('{"chat_ids": [7], "more": 1}', "more"),
        ('{"chat_ids": [7, [8]]}', "chat_ids.1"),
    ],
)
def test_json_of_another_shape_is_422(api: Api, bot_id: int, text: str, field: str) -> None:
    answer = api.oscar.post(
        f"/api/bots/{bot_id}/chats/import", data=text, headers={"Content-Type": "application/json"}
    )
    assert wrong_fields(answer) == {field}
    assert subscribers(api, bot_id) == {}


def test_other_content_types_are_415_and_other_peoples_bots_404(api: Api, bot_id: int) -> None:
    path = f"/api/bots/{bot_id}/chats/import"
    answer = api.oscar.post(path, data="<x/>", headers={"Content-Type": "text/xml"})
    assert answer.status_code == 415
    assert api.olga.post(path, {"chat_ids": [7]}).status_code == 404
    assert api.vera.post(path, {"chat_ids": [7]}).status_code == 403


def test_the_same_import_with_its_key_gives_the_first_answer(api: Api, bot_id: int) -> None:
    found = [imported(api, bot_id, '{"chat_ids": [7]}', **{"Idempotency-Key": "i"}) for _ in "ab"]
    assert [one["accepted"] for one in found] == [1, 1]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_long_list_is_taken_over_in_constant_memory(api: Api, bot_id: int, kind: str) -> None:
    count = 100_000
    numbers = b",".join(b"%d" % n for n in range(1, count + 1))
    whole = b'{"chat_ids":[' + numbers + b"]}" if kind == "json" else numbers.replace(b",", b"\n")
    stream = io.BytesIO(whole)
    mimetype = {"csv": "text/csv", "json": "application/json"}[kind]
    api.oscar.get("/api/bots")  # what every first request brings into memory
    tracemalloc.start()
    answer = api.oscar.post(
        f"/api/bots/{bot_id}/chats/import",
        input_stream=stream,
        content_length=len(whole),
        headers={"Content-Type": mimetype},
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 202, answer.text
    assert answer.json["accepted"] == count
    assert peak < 2 * 1024 * 1024, peak
    assert api.oscar.get(f"/api/bots/{bot_id}").json["subscribers"] == count


def test_chats_are_listed_newest_first_in_pages(api: Api, bot_id: int) -> None:
    with api.session() as session:
        for chat_id, minutes in ((1, 3), (2, 1), (3, 2), (4, 2)):
            add_chats(session, bot_id, [chat_id], joined_at=NOW - timedelta(minutes=minutes))
    path = f"/api/bots/{bot_id}/chats?limit=3"
    first = api.oscar.get(path).json
    rest = api.vera.get(f"{path}&cursor={first['next_cursor']}").json
    assert [chat["chat_id"] for chat in first["items"] + rest["items"]] == [2, 4, 3, 1]
    assert rest["next_cursor"] is None
    assert first["items"][0] == {
        "chat_id": 2,
        "type": "private",
        "title": None,
        "username": None,
        "language_code": None,
        "status": "active",
        "joined_at": "2026-11-01T11:59:00Z",
        "last_seen_at": None,
    }


def test_chats_are_found_by_status_and_name(api: Api, bot_id: int) -> None:
    with api.session() as session:
        add_chats(session, bot_id, [1], first_name="Ann_a", username="ann")
        add_chats(session, bot_id, [2], first_name="Anna")
        add_chats(session, bot_id, [-3], type="group", title="Annals", status="gone")
    path = f"/api/bots/{bot_id}/chats"

    def found(query: str) -> set[int]:
        return {chat["chat_id"] for chat in api.oscar.get(f"{path}?{query}").json["items"]}

    assert found("status=active") == {1, 2}
    assert found("q=ann") == {1, 2, -3}
    assert found("q=n_a") == {1}
    assert found("q=@ANN&status=active") == {1, 2}
    assert found("q=-3") == {-3}
    assert wrong_fields(api.oscar.get(f"{path}?status=lost")) == {"status"}
    assert wrong_fields(api.oscar.get(f"{path}?limit=0")) == {"limit"}
    assert wrong_fields(api.oscar.get(f"{path}?cursor=x")) == {"cursor"}
    assert api.olga.get(path).status_code == 404


def test_messages_show_what_was_said_by_whom_and_for_which_ad(api: Api, bot_id: int) -> None:
    with api.session() as session:
        ad = Advertisement(user_id=api.oscar.id, content="Sale!")
        session.add(ad)
        session.flush()
        ad_id = ad.id
    _, deliveries = add_broadcast(
        api, ad_id, api.oscar, {bot_id: [7, 8]}, message={"text": "Sale!"}
    )
    with api.session() as session:
        common: dict[str, Any] = {"bot_id": bot_id, "chat_id": 7}
        sent: dict[str, Any] = {"direction": "out", "delivery_id": deliveries[bot_id]}
        session.add(Message(**common, direction="in", status="received", content="hello"))
        session.flush()
        session.add(Message(**common, **sent, status="sent", position=0, message_id=5))
        session.flush()
        session.add(
            Message(**sent, bot_id=bot_id, chat_id=8, status="failed", position=1, error="no chat")
        )
        session.add(Message(**common, **sent, status="skipped", position=2))
    path = f"/api/bots/{bot_id}/messages"
    rows = api.oscar.get(path).json["items"]
    assert [
        (r["chat_id"], r["direction"], r["status"], r["content"], r["ad_id"], r["error"])
        for r in rows
    ] == [
        (8, "out", "failed", "Sale!", ad_id, "no chat"),
        (7, "out", "sent", "Sale!", ad_id, None),
        (7, "in", "received", "hello", None, None),
    ]
    assert len(api.oscar.get(f"{path}?chat_id=7").json["items"]) == 2
    assert len(api.oscar.get(f"{path}?direction=in").json["items"]) == 1
    assert len(api.oscar.get(f"{path}?limit=1").json["items"]) == 1
    assert wrong_fields(api.oscar.get(f"{path}?direction=up")) == {"direction"}
