"""A getUpdates call that waits for updates."""

from __future__ import annotations

import asyncio

from crier.sandbox.errors import ApiError

GATHER_S = 0.002


class Poll:
    """One waiting getUpdates; `future` is done when it is to be answered."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.future: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._woken = False

    def wake(self) -> None:
        """An update came: answer very soon, with what comes until then."""
        if not self._woken:
            self._woken = True
            self._loop.call_later(GATHER_S, self._answer)

    def refuse(self, error: ApiError) -> None:
        if not self.future.done():
            self.future.set_exception(error)

    def _answer(self) -> None:
        if not self.future.done():
            self.future.set_result(None)
