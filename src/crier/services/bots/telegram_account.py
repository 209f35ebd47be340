"""Asking Telegram, from a request of the API, whose token somebody gave us.

One short call in an event loop of its own, made while no transaction is open.
"""

import asyncio
import math
from typing import Final

from crier.domain.redact import is_token
from crier.services.errors import InvalidError, UpstreamError
from crier.telegram.client import BotApi
from crier.telegram.errors import ApiError, TelegramError, TokenRefused, TooManyRequests
from crier.telegram.transport import HttpTransport
from crier.telegram.types import User

TIMEOUT_S: Final = 10.0


def identify(api_url: str, token: str) -> User:
    """Return the bot that `token` belongs to, as Telegram's getMe knows it.

    Raises:
        InvalidError: it does not look like a token, or Telegram refuses it.
        UpstreamError: Telegram cannot be reached, or cannot say now.
    """
    if not is_token(token):
        raise _invalid("is no bot token: it looks like 123456789:AA… and comes from @BotFather")
    try:
        found = asyncio.run(_get_me(api_url, token))
    except TokenRefused as error:
        raise _invalid(
            f"Telegram refuses it ({error.verdict.description}): ask @BotFather for it"
        ) from None
    except TooManyRequests as error:
        refusal = UpstreamError(f"Telegram asks to wait before this bot is checked: {error}")
        refusal.retry_after_s = math.ceil(error.verdict.retry_after_s or 1)
        raise refusal from None
    except ApiError as error:
        raise UpstreamError(f"Telegram refused to check the token: {error}") from None
    except TelegramError as error:
        raise UpstreamError(f"Telegram could not be reached: {error}") from None
    if not found.is_bot:
        raise _invalid("does not belong to a bot")
    return found


def _invalid(text: str) -> InvalidError:
    return InvalidError(**{"bot_token": text})


def reach(api_url: str, timeout_s: float) -> int:
    """Ask the Bot API server for anything at all; the HTTP status of its answer.

    Raises:
        TelegramError: there was no answer in time.
    """
    return asyncio.run(_reach(api_url, timeout_s))


async def _get_me(api_url: str, token: str) -> User:
    api = BotApi(HttpTransport(api_url, max_connections=1))
    try:
        return await api.call(token, "getMe", returns=User, timeout_s=TIMEOUT_S)
    finally:
        await api.close()


async def _reach(api_url: str, timeout_s: float) -> int:
    transport = HttpTransport(api_url, max_connections=1)
    try:
        return (await transport.post(b"/", b"{}", timeout_s=timeout_s)).status
    finally:
        await transport.close()
