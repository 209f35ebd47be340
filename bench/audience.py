"""Previews and launches of a large audience, by every targeting and combination of them.

    python -m bench.audience [--people 1000000] [--bots 500] [--only once everybody]

Only bots and their chats are made. Each combination is previewed and launched once by the admin,
whose bots are 19 of 20, with and without a budget of paid messages; every launch is rolled back.
The first preview, which reads everything into memory, counts like the others.
"""

import argparse
import itertools
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench import large_data
from bench.large_data import LARGE
from bench.platform import durable_cluster
from crier.domain import targeting as targetings
from crier.domain.message import AdMessage, Options, to_json
from crier.domain.targeting import Targeting
from crier.services.broadcasts import launch
from crier.services.broadcasts.launch import Scope
from crier.storage.engine import make_engine, make_sessions
from crier.storage.models.ads import Advertisement
from crier.storage.models.people import User
from tests.support.postgres import superusers

BUDGET = 100_000
LIMITS_MS = (1000, 2000)
"""Of a preview and of a launch, for a million."""


class Took(NamedTuple):
    """How long one combination took, and how many chats it reached."""

    name: str
    audience: int
    preview_ms: float
    launch_ms: float


def conditions() -> dict[str, dict[str, Any]]:
    """What a targeting can ask for, each by its name in the table."""
    now = datetime.now(UTC)
    joined = {
        "joined_after": now - timedelta(days=500),
        "joined_before": now - timedelta(days=20),
    }
    return {
        "language": {"languages": ("ru", "en")},
        "seen": {"active_within_days": 90},
        "joined": joined,
        "sample": {"sample_percent": 25},
        "once": {"dedupe_across_bots": True},
    }


def combinations() -> Iterator[tuple[str, Targeting, bool]]:
    """Every combination, each without and with a budget."""
    parts = conditions()
    for size in range(len(parts) + 1):
        for names in itertools.combinations(parts, size):
            fields = {name: value for part in names for name, value in parts[part].items()}
            for is_paid in (False, True):
                given = [*names, "budget"] if is_paid else names
                yield " + ".join(given) or "everybody", Targeting(**fields), is_paid


def take_one(session: Session, name: str, rule: Targeting, is_paid: bool) -> Took:
    """Preview and launch one combination, in a transaction that is rolled back."""
    user = session.scalars(sa.select(User).where(User.username == "alice")).one()
    ad = Advertisement(user_id=user.id, content="Buy", targeting=targetings.to_json(rule))
    session.add(ad)
    session.flush()
    scope = Scope(user.id, user.id)
    bots = launch.choose_bots(session, scope, ()).usable
    began = time.perf_counter()
    found = launch.preview(session, bot_ids=bots, targeting=rule)
    previewed = time.perf_counter()
    options = Options(allow_paid_broadcast=is_paid, paid_budget=BUDGET if is_paid else 0)
    launch.launch(
        session,
        ad=ad,
        scope=scope,
        bot_ids=None,
        scheduled_for=None,
        policy="at_most_once",
        message=to_json(AdMessage(text="Buy", options=options)),
    )
    ended = time.perf_counter()
    session.rollback()
    audience = sum(size for _, size in found)
    return Took(name, audience, 1000 * (previewed - began), 1000 * (ended - previewed))


def measure(database_url: str, only: Sequence[str] = ()) -> None:
    """Take all combinations, or those that are named; print a line for each, and the slowest.

    `!`: over the limit.
    """
    print(f"{'':<46}{'audience':>12}{'preview ms':>12}{'launch ms':>12}")
    engine = make_engine(database_url, name="bench")
    found = []
    for name, rule, is_paid in combinations():
        if only and name not in only:
            continue
        with make_sessions(engine)() as session:
            took = take_one(session, name, rule, is_paid)
        found.append(took)
        is_slow = took.preview_ms > LIMITS_MS[0] or took.launch_ms > LIMITS_MS[1]
        print(
            f"{name:<46}{took.audience:>12,}{took.preview_ms:>12.0f}{took.launch_ms:>12.0f}"
            f"{' !' if is_slow else ''}",
            flush=True,
        )
    engine.dispose()
    slowest = (max(took[column] for took in found) for column in (2, 3))
    print(f"{'the slowest of ' + str(len(found)):<58}" + "".join(f"{ms:>12.0f}" for ms in slowest))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=LARGE.people)
    parser.add_argument("--bots", type=int, default=LARGE.bots)
    parser.add_argument("--only", nargs="+", default=[])
    options = parser.parse_args()
    with durable_cluster() as cluster, cluster.database() as url:
        began = time.perf_counter()
        large_data.fill_people(superusers(url), options.people, options.bots)
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
        measure(url, options.only)


if __name__ == "__main__":
    main()
