"""What all sessions of a worker process share, as `BroadcastContext` is for its deliveries."""

import asyncio
from dataclasses import dataclass, field

from crier.fleet.effects_recorder import EffectsRecorder
from crier.fleet.release import BotReleaser
from crier.fleet.row_watcher import RowWatcher
from crier.net.guarded import GuardedClient
from crier.secrets.vault import Vault
from crier.settings import Settings
from crier.storage.pool import Pool
from crier.storage.signals import Signals
from crier.telegram.client import BotApi
from crier.telegram.rate_limiters import RateLimiters
from crier.telegram.transport import HttpTransport

MAX_SESSIONS = 20_000
"""Of one process; each holds a connection while it polls."""


@dataclass(kw_only=True)
class FleetContext:
    """Everything a session needs. Make one in a worker, inside its event loop; `close` it last.

    `bot_api` sends; `poll_api` has a transport of its own with a place for each session, because
    a long poll holds its connection. Set `stopping` to make all sessions reach a safe point,
    release their bots and end with `HandedBack`, within about two seconds.
    """

    pool: Pool
    signals: Signals
    bot_api: BotApi
    vault: Vault
    limiters: RateLimiters
    settings: Settings
    worker_name: str
    stopping: asyncio.Event
    poll_api: BotApi = field(init=False)
    guarded: GuardedClient = field(init=False)
    recorder: EffectsRecorder = field(init=False)
    row_watcher: RowWatcher = field(init=False)
    releaser: BotReleaser = field(init=False)

    def __post_init__(self) -> None:
        polls = HttpTransport(self.settings.telegram_api_url, max_connections=MAX_SESSIONS)
        self.poll_api = BotApi(polls)
        self.guarded = GuardedClient(self.settings.fetch_allow)
        self.recorder = EffectsRecorder(self.pool, self.limiters.samples)
        self.row_watcher = RowWatcher(self.pool, self.stopping)
        self.releaser = BotReleaser(self.pool)

    @property
    def sessions(self) -> int:
        """The number of sessions in this process."""
        return self.row_watcher.size

    async def close(self) -> None:
        """Write what is still counted and close the connections; after all sessions have ended."""
        await self.recorder.flush()
        await self.poll_api.close()
