"""Addresses in letters lead to pages that the console has."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crier.services.people import pages
from crier.settings import Settings

ROUTER = Path(__file__).parents[3] / "dashboard/src/app/router.tsx"
ROUTES = [
    re.sub(r"\$\w+", "[0-9]+", path) for path in re.findall(r'path: "([^"]+)"', ROUTER.read_text())
]


@pytest.mark.parametrize("below", ["", "/crier"])
def test_they_are_routes_of_the_dashboard(below: str) -> None:
    settings = Settings.from_environment({"CRIER_PUBLIC_URL": f"https://ads.example.com{below}"})
    for page in (pages.of_bot(settings, 3), pages.of_broadcast(settings, 3, 14)):
        assert page is not None
        path = urlsplit(page).path.removeprefix(below)
        assert any(re.fullmatch(route, path) for route in ROUTES), page


def test_without_an_address_of_the_platform_there_is_none() -> None:
    assert pages.of_bot(Settings.from_environment({}), 3) is None
