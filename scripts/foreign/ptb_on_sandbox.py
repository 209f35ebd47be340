"""A plugin for pytest: python-telegram-bot's tests find the sandbox where they look for Telegram.

Their own addresses stay as they are (they compare them), so requests are turned round at the end.
Their marker that runs a failed test three times is taken away.
"""

import os
from typing import Any

import pytest
from telegram.request import HTTPXRequest

_ask = HTTPXRequest.do_request


async def _do_request(self: HTTPXRequest, url: str, *rest: Any, **named: Any) -> tuple[int, bytes]:
    url = url.replace("https://api.telegram.org", os.environ["SANDBOX_URL"])
    return await _ask(self, url, *rest, **named)


HTTPXRequest.do_request = _do_request  # type: ignore[method-assign]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for node in item.listchain():
            node.own_markers = [mark for mark in node.own_markers if mark.name != "flaky"]
