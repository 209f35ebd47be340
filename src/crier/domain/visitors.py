"""Visitors of a link: people, and machines that look at it for somebody (previews, crawlers)."""

import re
from typing import Final

# Telegram's own preview calls itself "TelegramBot (like TwitterBot)"; Cubot makes telephones.
_MACHINE: Final = re.compile(
    r"(?<!\bcu)bot\b|\+https?:|-user/|google-|mediapartners|archiver|crawl|spider|slurp|preview|facebookexternalhit|whatsapp|skypeuripreview|viber"
    r"|embedly|pingdom|uptime|monitor|headless|phantomjs|lighthouse|curl/|wget/|python|aiohttp"
    r"|okhttp|go-http-client|java/|libwww|httpclient|node-fetch|axios|scrapy|virustotal|urlscan",
    re.IGNORECASE,
)
_PURPOSE: Final = re.compile("prefetch|preview", re.IGNORECASE)
_LOOKED_AT: Final = 1000
"""Characters of a header; no browser and no crawler calls itself by more."""


def is_machine(method: str, user_agent: str, purpose: str = "") -> bool:
    """Return whether a request for a link is not a person's tap.

    Args:
        purpose: `Sec-Purpose` and its older names; browsers that fetch ahead or show a preview
            say `prefetch` or `preview`.
    """
    return (
        method == "HEAD"
        or not user_agent.strip()
        or _PURPOSE.search(purpose[:_LOOKED_AT]) is not None
        or _MACHINE.search(user_agent[:_LOOKED_AT]) is not None
    )
