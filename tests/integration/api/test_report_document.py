"""The report on a broadcast as PDF says what its statistics say, whatever the ad's text is."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from pypdf import PdfReader

from crier.services.caller import Caller
from crier.services.exports import report_links
from tests.support.ads import add_bot, add_broadcast, settle
from tests.support.api import Api, Person

PLACE = {
    "Sent": "sent",
    "Blocked": "blocked",
    "Failed": "failed",
    "Unknown": "unknown",
    "Skipped": "skipped",
    "Pending": "pending",
    "Audience": "audience",
    "Clicks": "clicks",
    "People who clicked": "unique_clicks",
    "Clicks by machines, left out": "machine_clicks",
}
SENT = ("sent", None, None)
HOSTILE = "".join(
    [
        "\u202eשלום\u202c עברית مرحبا بالعالم \u200f\u200e",
        "👩\u200d👩\u200d👧\u200d👦🏳️\u200d🌈 e\u0301" + "\u0301" * 40,
        "\x01\x07\x1b[31m\x7f\u2028\ufeff\ufffe\U0010ffff 漢字 हिन्दी \ue000",
        "(((\\\\)) endobj %%EOF <</Type /Page>> **b** __u__ --s-- {nb} ",
        "W" * 900,
    ]
)


def pages_of(person: Person, ad: int, query: str = "", path: str | None = None) -> list[str]:
    answer = person.get(path or f"/api/ads/{ad}/report{query}")
    assert answer.status_code == 200, answer.json
    assert answer.headers["Content-Type"] == "application/pdf"
    assert f'filename="crier-ad-{ad}.pdf"' in answer.headers["Content-Disposition"]
    assert len(answer.data) < 200_000
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.data), strict=True).pages]


def figures_of(pages: list[str]) -> dict[str, str]:
    """What stands behind the names of the figures, each in a line of its own."""
    lines = [line for page in pages for line in page.splitlines()]
    found = {}
    for name in PLACE:
        shown = [re.fullmatch(rf"{name} ([\d,]+)( [\d.]+%)?", line) for line in lines]
        (found[name],) = [one[1] for one in shown if one]
    return found


def sent_ad(api: Api, **fields: Any) -> tuple[int, list[int], int]:
    """An ad of two bots with 1,234 people and some of each outcome; its bots and broadcast."""
    bots = [add_bot(api, api.oscar), add_bot(api, api.oscar)]
    ad = api.oscar.post("/api/ads/create", {"content": "x", **fields}).json["id"]
    parts = {bots[0]: list(range(1, 1231)), bots[1]: [5001, 5002, 5003, 5004]}
    broadcast, ids = add_broadcast(api, ad, api.oscar, parts, price="1250.00", currency="EUR")
    failed = ("failed", 400, "Bad Request: chat not found")
    settle(api, ids[bots[0]], [SENT] * 1100 + [("blocked", 403, "x")] * 60 + [failed] * 7)
    settle(api, ids[bots[1]], [SENT, ("unknown", None, "no answer in time"), SENT])
    with api.session() as session:
        raw = session.connection().exec_driver_sql
        raw(f"INSERT INTO click_counters VALUES ({ids[bots[0]]}, 21, 12, 9)")
        raw(f"INSERT INTO delivery_errors VALUES ({broadcast}, 400, 'chat not found', 'drop', 7)")
        raw("UPDATE broadcasts SET started_at = '2026-07-01T22:30:00Z'")
    return ad, bots, broadcast


def test_the_document_holds_the_figures_of_the_statistics(api: Api) -> None:
    ad, bots, broadcast = sent_ad(
        api, title="Кофе на углу", content="Скидка <b>20 %</b> &amp; more", parse_mode="HTML"
    )
    told = api.oscar.get(f"/api/ads/{ad}/statistics").json
    pages = pages_of(api.oscar, ad, "?tz=Europe/Berlin")
    text = "\n".join(pages)
    assert {name: f"{told[field]:,}" for name, field in PLACE.items()} == figures_of(pages)
    assert (told["sent"], told["audience"], told["clicks"]) == (1102, 1234, 21)
    assert "Кофе на углу" in text
    assert "Скидка 20 % & more" in text
    assert f"Broadcast {broadcast}, broadcasting" in text
    assert "2026-07-02 00:30" in text, "summer time of Berlin"
    assert "1,250.00 EUR" in text
    assert f"{told['ctr']:.1%}" in text
    assert f"{float(told['cpm']):,.2f} EUR" in text
    assert "chat not found" in text
    name = api.oscar.get(f"/api/bots/{bots[1]}").json["bot_name"]
    assert f"{name} 4 2 0 0 1 0 1 0" in text.replace("\n", " ")


def test_an_advertiser_reads_no_names_of_bots_and_a_key_no_money(api: Api) -> None:
    ad, bots, _ = sent_ad(api)
    poor, _ = api.oscar.program(scopes=["read"])
    assert "1,250.00" not in "\n".join(pages_of(poor, ad))
    with api.session() as session:
        session.connection().exec_driver_sql(
            f"UPDATE advertisements SET user_id = {api.adam.id}, operator_id = {api.oscar.id}"
        )
    name = api.oscar.get(f"/api/bots/{bots[0]}").json["bot_name"]
    assert name in "\n".join(pages_of(api.oscar, ad))
    text = "\n".join(pages_of(api.adam, ad))
    assert name not in text
    assert f"Bot {bots[0]}" in text
    assert api.olga.get(f"/api/ads/{ad}/report").status_code == 404


def test_an_ad_that_was_never_sent_has_a_report_too(api: Api) -> None:
    ad = api.adam.post("/api/ads/create", {"content": "x"}).json["id"]
    assert "Not sent yet, draft" in "\n".join(pages_of(api.adam, ad))
    assert api.adam.get(f"/api/ads/{ad}/report?broadcast_id=7").status_code == 404
    assert api.adam.get(f"/api/ads/{ad}/report?tz=Mars/Base").status_code == 422


def test_no_text_breaks_the_document(api: Api) -> None:
    ad, _, broadcast = sent_ad(api)
    for content, parse_mode in {
        (HOSTILE * 4)[:4096]: None,
        "W" * 4096: None,
        "<b>" * 50 + "x" + "</b>" * 50: "HTML",
        "<b>not closed": "HTML",
        "\ud7ff" * 4096: None,  # none in the font
    }.items():
        with api.session() as session:
            raw = session.connection().exec_driver_sql
            raw(
                "UPDATE advertisements SET content = %s, title = %s, parse_mode = %s",
                (content, content[:200], parse_mode),
            )
            raw("UPDATE delivery_errors SET description = %s", (content[:300],))
            raw("UPDATE broadcasts SET reason = %s", (content[:300],))
            raw("UPDATE bots SET bot_name = %s", (content[:60],))
        pages = pages_of(api.oscar, ad)
        assert 1 <= len(pages) <= 3
        assert figures_of(pages)["Sent"] == "1,102"
        assert f"Broadcast {broadcast}" in "\n".join(pages)


def test_a_link_shows_anybody_the_report_until_it_ends(api: Api) -> None:
    ad, _, broadcast = sent_ad(api)
    shared = api.oscar.post(
        f"/api/ads/{ad}/report/share", {"tz": "Europe/Berlin", "broadcast_id": broadcast}
    )
    assert shared.status_code == 201, shared.json
    path = shared.json["path"]
    left = datetime.fromisoformat(shared.json["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    text = "\n".join(pages_of(api.nobody, ad, path=path))
    assert "2026-07-02 00:30" in text
    assert "1,250.00 EUR" in text
    assert api.olga.post(f"/api/ads/{ad}/report/share").status_code == 404
    wrong = api.oscar.post(f"/api/ads/{ad}/report/share", {"days": 31})
    assert wrong.status_code == 422
    for bad in (
        path[:-2] + "AA",
        path.replace("grant=", "grant=A"),
        path.replace("grant=W", "grant="),
    ):
        assert api.nobody.get(bad).status_code == 404
    with api.session() as session:
        oscar = Caller(user_id=api.oscar.id, username="oscar", role="operator")
        past = datetime.now(UTC) - timedelta(seconds=1)
        ended = report_links.make(session, api.deps.signing, oscar, ad, None, "UTC", past)
    assert api.nobody.get(ended.path).status_code == 404
    assert pages_of(api.nobody, ad, path=path), "and the other one is still good"
    with api.session() as session:
        session.connection().exec_driver_sql(
            f"UPDATE users SET tokens_valid_from = now() WHERE id = {api.oscar.id}"
        )
    assert api.nobody.get(path).status_code == 404, "as after a change of role"


def test_a_link_of_an_api_key_shows_what_the_key_may_see_while_it_is_good(api: Api) -> None:
    ad, _, _ = sent_ad(api)
    poor, key = api.oscar.program(scopes=["read"])
    path = poor.post(f"/api/ads/{ad}/report/share").json["path"]
    assert "1,250.00" not in "\n".join(pages_of(api.nobody, ad, path=path))
    assert api.oscar.delete(f"/api/auth/keys/{key['id']}").status_code == 204
    assert api.nobody.get(path).status_code == 404
