"""Dashboards of what Crier does: bots, broadcasts, and what they earn."""

from typing import Final

from scripts.grafana.panels import Board, Panel, number, rate, shares

_PENDING: Final = 'crier_broadcast_pending{broadcast_id=~"$broadcast"}'
_AUDIENCE: Final = 'crier_broadcast_audience{broadcast_id=~"$broadcast"}'
_SETTLED: Final = 'crier_broadcast_settled_total{broadcast_id=~"$broadcast"}'
_BATCH: Final = "crier_ledger_batch_outcomes"

FLEET: Final = Board(
    "fleet",
    "Crier: fleet",
    "Bots, what people write to them, and what they answer.",
    [
        Panel(
            "Bots by state",
            "short",
            {"{{status}}": "crier_bots"},
            "Every bot is in one of these states.",
            "operations/many-bots-down.md",
        ),
        Panel(
            "Share of bots that are down",
            "percentunit",
            {"down": "crier:bots_down:ratio"},
            "Of the bots that are to run.",
            "operations/many-bots-down.md",
        ),
        Panel(
            "Bots in error",
            "s",
            {"bot {{bot_id}}": "crier_bot_error_seconds"},
            "For how long a bot that is to run is in error; at most 50 bots.",
            "operations/bot-down.md",
        ),
        Panel(
            "Sessions by worker",
            "short",
            {"{{instance}}": "crier_fleet_sessions"},
            "A session is one running bot.",
            "operations/many-bots-down.md",
        ),
        Panel(
            "Updates",
            "ops",
            {"{{source}}": rate("crier_fleet_updates_total", "source")},
            "Updates recorded, polled and by webhook.",
            "operations/many-bots-down.md",
        ),
        Panel(
            "Replies",
            "ops",
            {"{{status}}": rate("crier_fleet_replies_total", "status")},
            "Messages that bots sent in reply, by what became of them.",
            "operations/error-share.md",
        ),
        Panel(
            "Time to reply",
            "s",
            shares("crier_fleet_reply_seconds"),
            "From an update's arrival to Telegram's answer to the reply.",
            "operations/database-slow.md",
        ),
        Panel(
            "Updates forwarded",
            "ops",
            {"{{status}}": rate("crier_fleet_forwards_total", "status")},
            "Updates posted to owners' programs.",
            "how-to/forward-updates.md",
        ),
    ],
    {},
)

BROADCAST: Final = Board(
    "broadcast",
    "Crier: broadcasts",
    "What goes out, how fast, and what Telegram says to it.",
    [
        Panel(
            "Recipients not yet settled",
            "short",
            {"broadcast {{broadcast_id}}": _PENDING},
            "Recipients of each open broadcast without an outcome.",
            "operations/delivery-stalled.md",
        ),
        Panel(
            "Pace of each broadcast",
            "ops",
            {"broadcast {{broadcast_id}}": rate(_SETTLED, "broadcast_id")},
            "Recipients that got an outcome, in a second.",
            "operations/delivery-stalled.md",
        ),
        Panel(
            "Time left",
            "s",
            {
                "broadcast {{broadcast_id}}": f"sum by (broadcast_id) ({_PENDING}) "
                f"/ clamp_min({rate(_SETTLED, 'broadcast_id', '5m')}, 0.01)"
            },
            "Recipients left, by the pace of the last five minutes.",
            "performance.md",
        ),
        Panel(
            "Share that is done",
            "percentunit",
            {"broadcast {{broadcast_id}}": f"1 - {_PENDING} / clamp_min({_AUDIENCE}, 1)"},
            "Recipients with an outcome, of the audience.",
            "operations/delivery-stalled.md",
        ),
        Panel(
            "Outcomes",
            "ops",
            {"{{outcome}}": rate("crier_broadcast_outcomes_total", "outcome")},
            "Committed outcomes in a second.",
            "operations/error-share.md",
        ),
        Panel(
            "Refusals",
            "ops",
            {"{{action}}": rate("crier_broadcast_refusals_total", "action")},
            "Sends that Telegram did not take, by what is done about it.",
            "operations/error-share.md",
        ),
        Panel(
            "Answers 429",
            "ops",
            {"all bots": "crier:throttled:rate5m"},
            "How often Telegram asks for silence, over five minutes.",
            "operations/throttled.md",
        ),
        Panel(
            "Silence that Telegram asked for",
            "s",
            {"seconds a second": "crier:telegram_wait:rate5m"},
            "Seconds that bots wait, in each second; 3 are three bots that wait all the time.",
            "operations/throttled.md",
        ),
        Panel(
            "Wait for a worker",
            "s",
            {"oldest": "crier_delivery_lag_seconds"},
            "For how long a delivery that may go on has no runner.",
            "operations/delivery-stalled.md",
        ),
        Panel(
            "Commits of outcomes",
            "s",
            shares("crier_ledger_commit_seconds"),
            "One commit of the ledger, until PostgreSQL had it.",
            "operations/database-slow.md",
        ),
        Panel(
            "Outcomes in a commit",
            "short",
            {
                "half": "histogram_quantile(0.5, "
                + rate("crier_ledger_batch_outcomes_bucket", "le")
                + ")",
                "mean": f"{rate(f'{_BATCH}_sum')} / clamp_min({rate(f'{_BATCH}_count')}, 0.001)",
            },
            "How many recipients one commit settles.",
            "performance.md",
        ),
    ],
    {"broadcast": "crier_broadcast_pending, broadcast_id"},
)

BUSINESS: Final = Board(
    "business",
    "Crier: business",
    "What the platform earns and delivers, of broadcasts that began in the last 30 days.",
    [
        number(
            "Messages delivered",
            "short",
            "crier_delivered_30d",
            "Messages that Telegram took, in 30 days.",
            "operations/delivery-stalled.md",
        ),
        number(
            "People that clicked",
            "short",
            "crier_clicks_30d",
            "Each once for each link, in 30 days.",
            "operations/error-share.md",
        ),
        number(
            "Share that clicked",
            "percentunit",
            "crier_clicks_30d / clamp_min(crier_delivered_30d, 1)",
            "Clicks of messages delivered, in 30 days.",
            "operations/error-share.md",
        ),
        Panel(
            "Revenue",
            "short",
            {"{{currency}}": "crier_revenue_30d"},
            "Prices of broadcasts in their currency, 30 days back from each point.",
            "operations/delivery-stalled.md",
        ),
        Panel(
            "Delivered",
            "short",
            {"30 days back": "crier_delivered_30d"},
            "Messages delivered, 30 days back from each point.",
            "operations/delivery-stalled.md",
        ),
        Panel(
            "Revenue of 1,000 messages",
            "short",
            {
                "{{currency}}": "1000 * crier_revenue_30d "
                "/ scalar(clamp_min(crier_delivered_30d, 1))"
            },
            "In each currency, over 30 days.",
            "operations/delivery-stalled.md",
        ),
        Panel(
            "Broadcasts that are open",
            "short",
            {"{{status}}": "crier_broadcasts"},
            "Scheduled, under way and paused.",
            "operations/delivery-stalled.md",
        ),
    ],
    {},
)
