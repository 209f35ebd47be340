"""Which delivery of a bot pays for its messages now: at most one, out of its own budget."""

import time
from collections.abc import Collection

from crier.broadcast.delivery import Delivery
from crier.broadcast.delivery_state import Wait
from crier.telegram.rate_limiters import RateLimiter

TURN = Wait("a paid broadcast of this bot")


class PaidQuota:
    """Which of a bot's deliveries pays. Telegram bills what is above the free rate, so while one
    pays, the others of the bot wait."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self._payer: Delivery | None = None

    def may_send(self, deliveries: Collection[Delivery]) -> Collection[Delivery]:
        """Return those that may send now: all, or the one that pays and has the highest priority.

        The others are told what they wait for."""
        payers = [delivery for delivery in deliveries if delivery.pays and delivery.under_way]
        if not payers:
            self._pay_for(None)
            return deliveries
        payer = max(payers, key=lambda delivery: (delivery.priority, -delivery.id))
        for delivery in deliveries:
            if delivery is not payer:
                delivery.wait(TURN)
        self._pay_for(payer)
        return (payer,)

    def drop(self, delivery: Delivery) -> None:
        """Pay nothing more out of the budget of a delivery that ends here."""
        if delivery is self._payer:
            self._pay_for(None)

    def _pay_for(self, payer: Delivery | None) -> None:
        if payer is not self._payer:
            self._payer = payer
            left = 0 if payer is None else payer.paid_left
            self._limiter.pacer.allow_paid(left, time.monotonic())
