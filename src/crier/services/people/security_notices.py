"""Tells the operator's webhook of security events, one request each, signed.

The requests are those of standardwebhooks.com: `webhook-id` is the same however often an event is
told, `webhook-signature` covers it, the time and the body. An event counts as told when the answer
is 2xx; else it is told again a minute later, and later ones wait for it. `told_security` holds how
far the audit log was told. It begins at the end: what was before the webhook is not told.
"""

import logging
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker
from standardwebhooks.webhooks import Webhook

from crier.net import bounded
from crier.services.people import security_events
from crier.setting_groups import SecurityWebhook
from crier.storage.models.people import AuditEntry, ToldSecurity

AT_A_TIME: Final = 100
"""Events that are read at a time."""
log = logging.getLogger(__name__)


def tell(database: sessionmaker[Session], webhook: SecurityWebhook) -> None:
    """Tell of what is new, until nothing is left or the webhook does not take it."""
    while True:
        with database.begin() as session:
            lines = session.scalars(security_events.after(_told(session)).limit(AT_A_TIME)).all()
            events = [(line.id, _event(line)) for line in lines]
        for audit_id, event in events:
            if not _post(webhook, f"event_{audit_id}", event):
                return
            with database.begin() as session:
                session.execute(sa.update(ToldSecurity).values(audit_id=audit_id))
        if not events:
            return


def _told(session: Session) -> int:
    row = session.get(ToldSecurity, True)
    if row is None:
        newest = session.scalar(sa.select(sa.func.max(AuditEntry.id))) or 0
        row = ToldSecurity(audit_id=newest)
        session.add(row)
    return row.audit_id


def _event(line: AuditEntry) -> dict[str, Any]:
    kind = security_events.kind_of(line.action)
    data = {
        "id": line.id,
        "kind": kind,
        "action": line.action,
        "actor": line.actor,
        "ip": line.ip and str(line.ip),
        "object_type": line.object_type,
        "object_id": line.object_id,
        "details": line.details,
    }
    return {"type": f"security.{kind}", "timestamp": line.at, "data": data}


def _post(webhook: SecurityWebhook, event_id: str, event: dict[str, Any]) -> bool:
    body, now = msgspec.json.encode(event).decode(), datetime.now(UTC)
    headers = {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(webhook.secret).sign(event_id, now, body),
    }
    try:
        status, _ = bounded.ask("POST", webhook.url, headers, body)
    except bounded.NoAnswerError as error:
        log.warning("security_event_not_told", extra={"error": str(error)})
        return False
    if not 200 <= status < 300:
        log.warning("security_event_not_told", extra={"status": status})
    return 200 <= status < 300
