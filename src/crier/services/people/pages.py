"""Addresses of the console's pages, for what is sent to people; None without CRIER_PUBLIC_URL.

`dashboard/src/app/router.tsx` says which pages there are (`tests/unit/services/test_pages.py`).
"""

from crier.settings import Settings


def of_bot(settings: Settings, bot_id: int) -> str | None:
    """Return the address of a bot's page."""
    return _page(settings, f"bots/{bot_id}")


def of_broadcast(settings: Settings, ad_id: int, broadcast_id: int) -> str | None:
    """Return the address of a broadcast's page."""
    return _page(settings, f"ads/{ad_id}/broadcast?broadcast_id={broadcast_id}")


def _page(settings: Settings, path: str) -> str | None:
    return f"{settings.public_url}/{path}" if settings.public_url else None
