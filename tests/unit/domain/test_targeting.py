"""The rule of an audience is stored and read back, and takes no figure out of its bounds."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from crier.domain.targeting import Targeting, parse, to_json


def test_only_what_is_set_is_stored() -> None:
    assert to_json(Targeting()) == {}
    assert parse({}) == Targeting()
    assert not Targeting().dedupe_across_bots


def test_a_rule_names_its_conditions_and_never_changes() -> None:
    rule: Any = Targeting(languages=("en",))
    with pytest.raises(AttributeError):
        rule.languages = ("de",)
    with pytest.raises(TypeError):
        Targeting((1,))  # type: ignore[call-arg]


def test_what_is_stored_reads_back() -> None:
    rule = Targeting(
        bot_ids=(1, 2**63 - 1),
        languages=("en", "de"),
        active_within_days=36_500,
        joined_before=datetime(2026, 2, 1, tzinfo=UTC),
        joined_after=datetime(2026, 1, 1, tzinfo=UTC),
        dedupe_across_bots=True,
        sample_percent=100.0,
    )
    stored = to_json(rule)
    assert stored["joined_before"] == "2026-02-01T00:00:00Z"
    assert parse(stored) == rule
    assert parse({"bot_ids": [1], "active_within_days": 1}).active_within_days == 1


@pytest.mark.parametrize(
    "stored",
    [
        {"bot_ids": [0]},
        {"bot_ids": [2**63]},
        {"active_within_days": 0},
        {"active_within_days": 36_501},
        {"joined_before": "2026-01-01T00:00:00"},
        {"joined_after": "2026-01-01T00:00:00"},
        {"sample_percent": 0},
        {"sample_percent": 100.5},
        {"dedupe_across_bots": 1},
    ],
)
def test_a_rule_out_of_bounds_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        parse(stored)
