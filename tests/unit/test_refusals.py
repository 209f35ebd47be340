"""The list of what the API refuses by, which the dashboard's catalogues translate."""

import json

from scripts import refusals
from tests.support import worded


def test_the_list_holds_every_text_of_the_source() -> None:
    listed = json.loads(refusals.TARGET.read_text())
    assert listed == refusals.refusals(), "run `make openapi`"


def test_the_list_has_plain_texts_texts_with_values_and_those_of_names() -> None:
    found = refusals.refusals()
    assert "no such ad" in found
    assert "the username {username} is taken" in found
    assert (
        "this link is not good: it was used, is too old, or is not whole; ask for another" in found
    )
    assert "Field required" in found


def test_a_text_that_is_not_listed_is_seen() -> None:
    known = {"status": 409, "detail": "the username anna is taken"}
    assert worded.unknown(known) == []
    assert worded.unknown({"status": 409, "detail": "the user anna is taken"}) == [
        "the user anna is taken"
    ]
    wrong = {
        "status": 422,
        "detail": "…",
        "errors": [{"field": "role", "message": "is unheard of"}],
    }
    assert worded.unknown(wrong) == ["is unheard of"]
