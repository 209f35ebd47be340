"""The figures that are worked out of others, the same everywhere."""

from decimal import Decimal


def ctr(unique_clicks: int, sent: int) -> float | None:
    """Return the share of those sent to who clicked, 0 to 1; None before anything was sent.

    Somebody whose outcome is `unknown` may have clicked, too: never over 1.
    """
    return min(1.0, unique_clicks / sent) if sent else None


def cpm(price: Decimal | None, sent: int) -> Decimal | None:
    """Return the price of a thousand sent; None without a price or before anything was sent."""
    return None if price is None or not sent else price * 1000 / sent


def cost_per_click(price: Decimal | None, clicks: int) -> Decimal | None:
    """None without a price or a click."""
    return None if price is None or not clicks else price / clicks
