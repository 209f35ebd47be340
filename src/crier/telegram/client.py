"""The Bot API methods that Crier calls, typed and thin. What they do is in `calls`."""

from collections.abc import Sequence

import msgspec

from crier.telegram.calls import MethodCaller, request_path
from crier.telegram.errors import Doubtful
from crier.telegram.multipart import Upload
from crier.telegram.types import KINDS, BotCommand, User, WebhookInfo
from crier.telegram.updates import UpdateBatch, decode_batch, salvage

__all__ = ["BotApi", "Upload", "request_path"]

POLL_MARGIN_S = 10.0
"""How much later than its own timeout a long poll may be answered."""


class BotApi(MethodCaller):
    """Every method raises as `MethodCaller.call` does; `options` are the method's other
    parameters."""

    async def get_me(self, token: str, timeout_s: float | None = None) -> User:
        """Return the bot itself."""
        return await self.call(token, "getMe", returns=User, timeout_s=timeout_s)

    async def get_updates(
        self,
        token: str,
        offset: int | None = None,
        *,
        limit: int = 100,
        poll_s: int = 50,
        allowed: Sequence[str] = KINDS,
    ) -> UpdateBatch:
        """Wait up to `poll_s` (at most 50) for updates from `offset` on, confirming those before.

        A bad update is a problem in the batch; only an answer that is no batch at all raises.
        """
        params = {
            "offset": offset,
            "limit": limit,
            "timeout": poll_s,
            "allowed_updates": allowed,
        }
        response = await self.post(token, "getUpdates", params, timeout_s=poll_s + POLL_MARGIN_S)
        try:
            return decode_batch(self.result_of(response))
        except (Doubtful, msgspec.DecodeError) as error:
            if response.status == 200 and (batch := salvage(response.body)) is not None:
                return batch
            raise Doubtful(f"getUpdates: {error}", response.status) from error

    async def set_webhook(self, token: str, url: str, **options: object) -> bool:
        """Have updates delivered to `url`; `secret_token` comes back with each of them."""
        params = {"url": url, "allowed_updates": KINDS, **options}
        return await self.call(token, "setWebhook", params, returns=bool)

    async def delete_webhook(self, token: str, *, drop_pending_updates: bool = False) -> bool:
        """Stop delivering to a webhook; updates wait for getUpdates unless dropped."""
        params = {"drop_pending_updates": drop_pending_updates}
        return await self.call(token, "deleteWebhook", params, returns=bool)

    async def get_webhook_info(self, token: str) -> WebhookInfo:
        """Return the webhook, and how many updates wait."""
        return await self.call(token, "getWebhookInfo", returns=WebhookInfo)

    async def set_my_commands(
        self, token: str, commands: Sequence[BotCommand], **options: object
    ) -> bool:
        """Set the command menu (at most 100 entries); an empty list clears it."""
        params = {"commands": commands, **options}
        return await self.call(token, "setMyCommands", params, returns=bool)
