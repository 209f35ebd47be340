"""Queues of jobs, one for each chat: in order within a chat, at the same time across chats.

What holds the order: a chat has one task, exactly while it has jobs. One event loop, no locks:
everything that changes the queues happens between two awaits. `wait_for_room` is the back-pressure:
a session asks it how many updates it may fetch.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

CANCEL_AGAIN_S = 0.5


class ChatQueues(Generic[T]):
    """Runs `handle(job)` for jobs: those of one chat one after another, others at the same time."""

    def __init__(self, handle: Callable[[T], Awaitable[None]], capacity: int) -> None:
        self._handle = handle
        self._capacity = capacity
        self._queues: dict[int, deque[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._job_ended = asyncio.Event()
        self.unfinished = 0

    def put(self, chat_id: int, job: T) -> None:
        """Add a job at the end of its chat's queue. Never waits: call `wait_for_room` first."""
        self.unfinished += 1
        queue = self._queues.get(chat_id)
        if queue is not None:
            queue.append(job)
            return
        self._queues[chat_id] = deque((job,))
        task = asyncio.create_task(self._run(chat_id), name="fleet chat queue")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def room(self) -> int:
        """How many more jobs fit now."""
        return max(0, self._capacity - self.unfinished)

    async def wait_for_room(self) -> int:
        """Wait until at least one job fits, and return how many do."""
        while self.unfinished >= self._capacity:
            self._job_ended.clear()
            await self._job_ended.wait()
        return self.room

    async def close(self, timeout_s: float) -> list[T]:
        """Run jobs for at most `timeout_s` more; return those that did not end, in order."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
        left = [job for queue in self._queues.values() for job in queue]
        while self._tasks:  # pyreqwest loses a cancel that comes while its request fails
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=CANCEL_AGAIN_S)
        self._queues.clear()
        return left

    async def _run(self, chat_id: int) -> None:
        queue = self._queues[chat_id]
        try:
            while queue:
                await self._handle(queue[0])
                queue.popleft()
                self._count_ended(1)
        finally:
            if self._queues.get(chat_id) is queue:
                del self._queues[chat_id]
            self._count_ended(len(queue))  # of a handler that failed; it logs that itself

    def _count_ended(self, jobs: int) -> None:
        self.unfinished -= jobs
        self._job_ended.set()
