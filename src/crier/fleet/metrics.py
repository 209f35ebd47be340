"""Metrics of the sessions for Prometheus; labels hold no bot, chat or token.

What is counted for each update or reply is bound here once.
"""

from prometheus_client import Counter, Gauge, Histogram

SESSIONS = Gauge("crier_fleet_sessions", "Bot sessions in this process")
UPDATES = Counter("crier_fleet_updates_total", "Updates recorded", ["source"])
FAILURES = Counter("crier_fleet_failures_total", "Failed calls of sessions", ["kind"])
REPLIES = Counter("crier_fleet_replies_total", "Messages sent in reply", ["status"])
REPLY_SECONDS = Histogram(
    "crier_fleet_reply_seconds",
    "From an update's arrival to Telegram's answer to the reply",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
FORWARDS = Counter("crier_fleet_forwards_total", "Updates posted to owners' programs", ["status"])
UPDATES_FROM = {source: UPDATES.labels(source) for source in ("poll", "webhook")}
REPLIES_THAT_ARE = {s: REPLIES.labels(s) for s in ("sent", "blocked", "failed", "unknown")}
FORWARDS_THAT_ARE = {status: FORWARDS.labels(status) for status in ("delivered", "dropped")}
