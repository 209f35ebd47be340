"""The table of the control API; docs/sandbox.md describes each line."""

from __future__ import annotations

from crier.sandbox.control import Action, acts, bots, people, reports, settings

ROUTES: list[tuple[str, str, Action]] = [
    ("GET", "/control", reports.summary),
    ("GET", "/control/bots", bots.list_bots),
    ("POST", "/control/bots", bots.create),
    ("GET", "/control/bots/{bot}", bots.show),
    ("PATCH", "/control/bots/{bot}", bots.change),
    ("POST", "/control/bots/{bot}/revoke", bots.revoke),
    ("POST", "/control/bots/{bot}/ban", bots.ban),
    ("POST", "/control/bots/{bot}/people", people.add_people),
    ("POST", "/control/bots/{bot}/groups", people.add_group),
    ("POST", "/control/bots/{bot}/status", people.set_status),
    ("POST", "/control/bots/{bot}/migrate", people.migrate),
    ("POST", "/control/bots/{bot}/messages", acts.send_messages),
    ("POST", "/control/bots/{bot}/callbacks", acts.press_button),
    ("POST", "/control/bots/{bot}/updates", acts.push_raw),
    ("GET", "/control/bots/{bot}/chats/(?P<chat>-?\\d{1,18})", reports.chat),
    ("GET", "/control/bots/{bot}/received", reports.received),
    ("GET", "/control/bots/{bot}/outbox", reports.outbox),
    ("GET", "/control/bots/{bot}/texts", reports.texts),
    ("GET", "/control/totals", reports.totals),
    ("GET", "/control/limits", settings.show_limits),
    ("PATCH", "/control/limits", settings.change_limits),
    ("GET", "/control/faults", settings.list_faults),
    ("POST", "/control/faults", settings.add_fault),
    ("DELETE", "/control/faults", settings.clear_faults),
    ("DELETE", "/control/faults/(?P<fault>\\d{1,9})", settings.remove_fault),
    ("POST", "/control/reset", settings.reset),
]
