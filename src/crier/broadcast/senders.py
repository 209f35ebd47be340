"""The senders of a bot's deliveries, made for the token that the bot has now."""

from collections.abc import Collection

from crier.broadcast.broadcast_context import BroadcastContext
from crier.broadcast.content import Content
from crier.broadcast.delivery import Delivery
from crier.broadcast.delivery_state import Wait
from crier.broadcast.sender import Sender
from crier.secrets.vault import VaultError
from crier.telegram.rate_limiters import RateLimiter


class Senders:
    """By the id of their delivery; what has none cannot be sent yet."""

    def __init__(self, context: BroadcastContext, limiter: RateLimiter) -> None:
        self._context, self._limiter = context, limiter
        self._sealed: str | None = None
        self._token = ""
        self._senders: dict[int, Sender] = {}

    async def equip(self, sealed: str, deliveries: Collection[Delivery]) -> None:
        """Give every delivery its compiled message, anew where the token has changed."""
        if sealed != self._sealed:
            try:
                self._token = self._context.vault.open(sealed)
            except VaultError as error:
                for delivery in deliveries:
                    delivery.wait(Wait(str(error)))
                return
            self._sealed = sealed
            for id in list(self._senders):
                self.drop(id)
        for delivery in deliveries:
            if delivery.id not in self._senders:
                content = Content(self._context, delivery)
                await content.load(self._token)
                self._senders[delivery.id] = Sender(
                    self._context, self._limiter, delivery, content, sealed
                )

    def get(self, id: int) -> Sender | None:
        """Return the sender of a delivery, if it has one."""
        return self._senders.get(id)

    def close_files(self, id: int) -> None:
        """Let no send of a delivery wait for files any more: nothing of it has gone to Telegram."""
        if sender := self._senders.get(id):
            sender.close_files()

    def drop(self, id: int) -> None:
        """Forget a delivery's sender; its sends that are under way end by themselves."""
        self.close_files(id)
        self._senders.pop(id, None)
