"""What the delivery runners of a worker share."""

import asyncio
from dataclasses import dataclass, field

from crier.broadcast.circuit_breaker import CircuitBreakers
from crier.broadcast.files import Files
from crier.broadcast.lease import Lease
from crier.broadcast.ledger import Ledger
from crier.domain.slug import Slugs
from crier.secrets.vault import Vault
from crier.storage.pool import Pool
from crier.storage.signals import Signals
from crier.telegram.client import BotApi
from crier.telegram.rate_limiters import RateLimiters


@dataclass(kw_only=True)
class BroadcastContext:
    """The parts that every runner of this worker uses."""

    pool: Pool
    signals: Signals
    ledger: Ledger
    bot_api: BotApi
    limiters: RateLimiters
    vault: Vault
    slugs: Slugs
    public_url: str | None
    files: Files
    send_timeout_s: float
    worker_name: str = ""
    """As `bots.worker` has it where the session runs here, too."""

    lease: Lease = field(default_factory=Lease)
    breakers: CircuitBreakers = field(default_factory=CircuitBreakers)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the worker is asked to stop: runners hand their deliveries back."""

    runners: int = 0
