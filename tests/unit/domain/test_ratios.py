"""Figures that are worked out of others; None where there is nothing to divide by."""

from decimal import Decimal

from crier.domain.ratios import cost_per_click, cpm, ctr


def test_the_click_rate_is_a_share_of_those_sent_to_and_never_over_one() -> None:
    assert ctr(1, 4) == 0.25
    assert ctr(0, 4) == 0
    assert ctr(5, 4) == 1
    assert ctr(0, 0) is None


def test_the_price_of_a_thousand_is_exact() -> None:
    assert cpm(Decimal("12.50"), 5000) == Decimal("2.5")
    assert cpm(Decimal(0), 10) == 0
    assert cpm(None, 10) is None
    assert cpm(Decimal(1), 0) is None


def test_the_price_of_a_click_is_exact() -> None:
    assert cost_per_click(Decimal("0.30"), 4) == Decimal("0.075")
    assert cost_per_click(Decimal(0), 4) == 0
    assert cost_per_click(None, 4) is None
    assert cost_per_click(Decimal(1), 0) is None
