"""Metrics of deliveries for Prometheus. Nothing is looked up for each send: outcomes are counted
where a batch of them is committed, and only refusals and waits by themselves."""

from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import Counter, Histogram

from crier.broadcast.recipients import Settlement
from crier.domain.outcomes import Action, Outcome

OUTCOMES = Counter(
    "crier_broadcast_outcomes",
    "Recipients of broadcasts whose outcome is committed, by the error action that led to it",
    ["outcome", "action"],
)
REFUSALS = Counter(
    "crier_broadcast_refusals",
    "Sends that Telegram did not take, by what is done about it",
    ["action"],
)
BATCH = Histogram(
    "crier_ledger_batch_outcomes",
    "Outcomes in one commit of the ledger",
    buckets=(0, 1, 10, 30, 100, 300, 1000, 3000, 10_000),
)
COMMIT_SECONDS = Histogram(
    "crier_ledger_commit_seconds",
    "One commit of the ledger, until PostgreSQL had it",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)
_NONE = "none"
_REFUSED = {action: REFUSALS.labels(action) for action in Action}
_SENT = OUTCOMES.labels(Outcome.SENT, Action.OK)


def refused(action: Action) -> None:
    """Count a send that Telegram did not take."""
    _REFUSED[action].inc()


def committed(outcomes: Sequence[Settlement]) -> None:
    """Count the outcomes of a batch, most of which are `sent`."""
    others = [one for one in outcomes if one.outcome is not Outcome.SENT]
    _SENT.inc(len(outcomes) - len(others))
    for (outcome, action), count in Tally((one.outcome, one.action) for one in others).items():
        OUTCOMES.labels(outcome, action or _NONE).inc(count)
