"""Order for each chat, freedom across chats, and never more in hand than fits.

One event loop, no locks: a chat has a task exactly while it has jobs, and everything that changes
the books happens between two awaits. `room` is the back-pressure: a session asks it how many
updates it may fetch.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class ChatQueues(Generic[T]):
    """Runs `handle(job)` for jobs: those of one chat one after another, others at the same time."""

    def __init__(self, handle: Callable[[T], Awaitable[None]], capacity: int) -> None:
        self._handle = handle
        self._capacity = capacity
        self._queues: dict[int, deque[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._less = asyncio.Event()
        self.in_hand = 0

    def put(self, chat_id: int, job: T) -> None:
        """Add a job at the end of its chat's lane. Never waits: ask `room` before you fetch."""
        self.in_hand += 1
        lane = self._queues.get(chat_id)
        if lane is not None:
            lane.append(job)
            return
        self._queues[chat_id] = deque((job,))
        task = asyncio.create_task(self._run(chat_id), name="fleet lane")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def free(self) -> int:
        """How many more jobs fit now."""
        return max(0, self._capacity - self.in_hand)

    async def room(self) -> int:
        """Wait until something fits, and return how much."""
        while self.in_hand >= self._capacity:
            self._less.clear()
            await self._less.wait()
        return self.free

    async def close(self, timeout_s: float) -> list[T]:
        """Run what is there for at most so long; return the jobs that did not end, in order."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
        left = [job for lane in self._queues.values() for job in lane]
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._queues.clear()
        return left

    async def _run(self, chat_id: int) -> None:
        lane = self._queues[chat_id]
        try:
            while lane:
                await self._handle(lane[0])
                lane.popleft()
                self._done(1)
        finally:
            if self._queues.get(chat_id) is lane:
                del self._queues[chat_id]
            self._done(len(lane))  # of a handler that failed; it logs its failures itself

    def _done(self, jobs: int) -> None:
        self.in_hand -= jobs
        self._less.set()
