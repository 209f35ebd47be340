"""Which of a bot's deliveries is next: pure.

Each send costs its delivery a turn, the less the higher its priority; the delivery that has had the
fewest goes next. So priorities share the bot's rate, and nobody starves.
"""

from collections.abc import Iterable


class Turns:
    """The turns that each of the bot's deliveries has had, by its id."""

    def __init__(self) -> None:
        self._had: dict[int, float] = {}

    def enter(self, id: int) -> None:
        """Begin beside the one that has had the fewest: nothing is made up for."""
        self._had[id] = min(self._had.values(), default=0.0)

    def leave(self, id: int) -> None:
        """Forget a delivery."""
        self._had.pop(id, None)

    def had(self, id: int) -> float:
        """Return the turns of a delivery; of several, the one with the fewest is next."""
        return self._had[id]

    def count(self, id: int, priority: int) -> None:
        """Count that the delivery sends to one recipient."""
        self._had[id] += 1.0 / priority

    def catch_up(self, id: int, others: Iterable[int]) -> None:
        """Forget what a delivery missed: it is not made up for at the cost of the others."""
        self._had[id] = max(self._had[id], min(map(self.had, others), default=0.0))
