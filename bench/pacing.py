"""How much of Telegram's limit the pacer uses, and how often it is told to wait.

    python -m bench.pacing [--bots 100] [--seconds 20]

The sandbox keeps its limits to the letter: 30 a second for each bot with a burst of 10, a message a
second for each chat. One process sends for all bots, each through its own limiter, as a delivery
does. The paid run has one bot with Stars on its balance and `allow_paid_broadcast`.
"""

import argparse
import asyncio
import time
from collections import Counter

import uvloop

from crier.domain.message import AdMessage, Template
from crier.domain.outcomes import Action
from crier.observability.samples import Samples
from crier.telegram.client import BotApi, request_path
from crier.telegram.rate_limiters import RateLimiter
from crier.telegram.transport import HttpTransport
from tests.support.sandbox import Sandbox, SandboxBot


async def deliver(
    api: BotApi, limiter: RateLimiter, bot: SandboxBot, people: range, until: float, *, paid: bool
) -> Counter[Action]:
    """Send to one person after the other until the time is over; what was answered."""
    answers: Counter[Action] = Counter()
    path, ad = request_path(bot.token, "sendMessage"), Template(AdMessage(text="ad"))
    flying: set[asyncio.Task[None]] = set()

    async def send(chat_id: int) -> None:
        result = await api.send_body(path, ad.body(chat_id, paid=paid))
        answers[result.action] += 1
        if result.verdict is not None and result.verdict.retry_after_s is not None:
            limiter.hold(result.verdict.retry_after_s)

    for chat_id in people:
        await limiter.turn(chat_id)
        if time.monotonic() >= until:
            break
        while len(flying) >= limiter.pacer.max_in_flight(time.monotonic()):
            await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(send(chat_id))
        flying.add(task)
        task.add_done_callback(flying.discard)
    while flying:
        await asyncio.wait(flying)
    return answers


async def run(
    sandbox: Sandbox, bots: list[SandboxBot], people: list[range], seconds: float, *, paid: bool
) -> Counter[Action]:
    api = BotApi(HttpTransport(sandbox.url))
    limiters = [RateLimiter(30, bot.id, Samples()) for bot in bots]
    if paid:
        for limiter in limiters:
            limiter.pacer.allow_paid(10**9, time.monotonic())
    until = time.monotonic() + seconds
    answers = await asyncio.gather(
        *(
            deliver(api, limiter, bot, theirs, until, paid=paid)
            for limiter, bot, theirs in zip(limiters, bots, people, strict=True)
        )
    )
    await api.close()
    return sum(answers, Counter())


def measure(name: str, count: int, rate: float, seconds: float, *, paid: bool = False) -> None:
    """Print what share of `count` bots' allowed `rate` was used."""
    with Sandbox.start() as sandbox:
        sandbox.set_limits(absorb_s=0)
        bots = [sandbox.create_bot(stars=10**9 if paid else 0) for _ in range(count)]
        people = [sandbox.add_people(bot.id, int(rate * seconds * 1.1) + 100) for bot in bots]
        cpu = time.process_time()
        answers = uvloop.run(run(sandbox, bots, people, seconds, paid=paid))
        cpu = time.process_time() - cpu
    total = answers.total()
    print(
        f"{name:18}{answers[Action.OK] / (rate * seconds * count):8.2%} of the allowed rate used, "
        f"{answers[Action.WAIT] / total:.3%} answered 429, {cpu / total * 1e6:.0f} µs CPU a message"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bots", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    measure(f"{options.bots} bots at 30/s", options.bots, 30, options.seconds)
    measure("1 paid bot", 1, 1000, options.seconds, paid=True)


if __name__ == "__main__":
    main()
