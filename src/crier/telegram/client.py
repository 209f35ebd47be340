"""The Bot API methods that Crier calls, typed and thin. What they do is in `calls`."""

from collections.abc import Sequence

import msgspec

from crier.domain.outcomes import Action
from crier.telegram.calls import MethodCaller, request_path
from crier.telegram.errors import ApiError, Doubtful
from crier.telegram.multipart import Upload
from crier.telegram.types import KINDS, BotCommand, Chat, File, Message, User, WebhookInfo
from crier.telegram.updates import Batch, decode_batch, salvage

__all__ = ["BotApi", "Upload", "request_path"]

POLL_MARGIN_S = 10.0
"""How much later than its own timeout a long poll may be answered."""


class BotApi(MethodCaller):
    """Every method raises as `MethodCaller.call` does; `options` are the method's other
    parameters."""

    async def get_me(self, token: str, timeout_s: float | None = None) -> User:
        """The bot itself."""
        return await self.call(token, "getMe", returns=User, timeout_s=timeout_s)

    async def get_updates(
        self,
        token: str,
        offset: int | None = None,
        *,
        limit: int = 100,
        poll_s: int = 50,
        allowed: Sequence[str] = KINDS,
    ) -> Batch:
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

    async def send_message(self, token: str, chat_id: int, text: str, **options: object) -> Message:
        """Send a text."""
        params = {"chat_id": chat_id, "text": text, **options}
        return await self.call(token, "sendMessage", params, returns=Message)

    async def send_photo(
        self, token: str, chat_id: int, photo: str | Upload, **options: object
    ) -> Message:
        """Send a photo: a file_id of this bot, a URL, or bytes."""
        return await self._send_file(token, "photo", chat_id, photo, options)

    async def send_video(
        self, token: str, chat_id: int, video: str | Upload, **options: object
    ) -> Message:
        """Send a video."""
        return await self._send_file(token, "video", chat_id, video, options)

    async def send_animation(
        self, token: str, chat_id: int, animation: str | Upload, **options: object
    ) -> Message:
        """Send an animation."""
        return await self._send_file(token, "animation", chat_id, animation, options)

    async def send_document(
        self, token: str, chat_id: int, document: str | Upload, **options: object
    ) -> Message:
        """Send a document."""
        return await self._send_file(token, "document", chat_id, document, options)

    async def send_media_group(
        self,
        token: str,
        chat_id: int,
        media: Sequence[dict[str, object]],
        files: dict[str, Upload] | None = None,
        **options: object,
    ) -> list[Message]:
        """Send an album of 2 to 10 items; one with `"media": "attach://x"` uploads `files["x"]`."""
        params = {"chat_id": chat_id, "media": media, **options}
        return await self.call(token, "sendMediaGroup", params, returns=list[Message], files=files)

    async def set_webhook(self, token: str, url: str, **options: object) -> bool:
        """Have updates delivered to `url`; `secret_token` comes back with each of them."""
        params = {"url": url, "allowed_updates": KINDS, **options}
        return await self.call(token, "setWebhook", params, returns=bool)

    async def delete_webhook(self, token: str, *, drop_pending_updates: bool = False) -> bool:
        """Stop delivering to a webhook; updates wait for getUpdates unless dropped."""
        params = {"drop_pending_updates": drop_pending_updates}
        return await self.call(token, "deleteWebhook", params, returns=bool)

    async def get_webhook_info(self, token: str) -> WebhookInfo:
        """The webhook, and how many updates wait."""
        return await self.call(token, "getWebhookInfo", returns=WebhookInfo)

    async def set_my_commands(
        self, token: str, commands: Sequence[BotCommand], **options: object
    ) -> bool:
        """Set the command menu (at most 100 entries); an empty list clears it."""
        params = {"commands": commands, **options}
        return await self.call(token, "setMyCommands", params, returns=bool)

    async def answer_callback_query(
        self, token: str, query_id: str, text: str | None = None, **options: object
    ) -> bool:
        """Answer a press on a button. False when Telegram says that it is too late, no error."""
        params = {"callback_query_id": query_id, "text": text, **options}
        try:
            return await self.call(token, "answerCallbackQuery", params, returns=bool)
        except ApiError as error:
            if error.verdict.action is Action.OK:
                return False
            raise

    async def get_chat(self, token: str, chat_id: int) -> Chat:
        """A chat as this bot sees it."""
        return await self.call(token, "getChat", {"chat_id": chat_id}, returns=Chat)

    async def get_file(self, token: str, file_id: str) -> File:
        """A file with its `file_path`."""
        return await self.call(token, "getFile", {"file_id": file_id}, returns=File)

    async def _send_file(
        self, token: str, kind: str, chat_id: int, file: str | Upload, options: dict[str, object]
    ) -> Message:
        params: dict[str, object] = {"chat_id": chat_id, **options}
        files = None
        if isinstance(file, Upload):
            files = {kind: file}
        else:
            params[kind] = file
        method = f"send{kind.capitalize()}"
        return await self.call(token, method, params, returns=Message, files=files)
