"""What all sessions of a worker process share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from crier.fleet.recorder import Recorder
from crier.fleet.watch import Watch
from crier.settings import Settings
from crier.storage.pool import Pool
from crier.storage.signals import Signals
from crier.storage.vault import Vault
from crier.telegram.client import BotApi
from crier.telegram.lines import Lines


class Posted(NamedTuple):
    """What an owner's program answered."""

    status: int
    body: bytes


Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[Posted]]
"""POSTs a body to a URL that a user gave, guarded against private addresses.

Raises `OSError` or `ValueError` for whatever prevents an answer; the text may be shown.
"""


@dataclass(kw_only=True)
class Fleet:
    """Everything a session needs. Make one in a worker, inside its event loop.

    `bot_api` sends; `poll_api` has a transport of its own with a place for each session, because
    a long poll holds its connection. Set `stopping` to have all sessions reach a safe point, give
    their bots up and end with `HandedBack`, within about two seconds.
    """

    pool: Pool
    signals: Signals
    bot_api: BotApi
    poll_api: BotApi
    vault: Vault
    lines: Lines
    settings: Settings
    worker_name: str
    post: Post
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    recorder: Recorder = field(init=False)
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.pool)
        self.watch = Watch(self.pool, self.stopping)

    async def close(self) -> None:
        """Write what is still counted; after all sessions have ended."""
        await self.recorder.flush()
