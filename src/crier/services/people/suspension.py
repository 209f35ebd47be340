"""What stops with an organisation: its bots, forwarding, broadcasts and schedules.

Whatever starts something for an organisation holds its row first (`services/account_state.py`).
What changes an account or a team locks that row first and stops things afterwards (`suspend`), in
the same transaction. So what was started before is stopped, and nothing is started after. The order
of the locks from there on is that of docs/architecture.md.

Nothing starts again by itself when the organisation works again.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain import bot_state
from crier.services.audit import AuditLine
from crier.services.bots import start_stop
from crier.services.broadcasts import control
from crier.services.caller import Caller, label_of
from crier.storage.models.bots import Bot


def suspend(
    session: Session, actor: Caller | str, organisation_id: int, why: str, *, own_ads: bool
) -> list[AuditLine]:
    """Stop the bots of an organisation, cancel schedules, pause broadcasts; return lines for the
    audit log.

    Args:
        why: such as "the account oscar was deactivated"; for the logs of bots and for people.
        own_ads: whether also broadcasts stop that others launched of its ads.
    """
    lines = []
    for bot in session.scalars(_live_bots(organisation_id)):
        if bot.desired_status == "running" or bot.status != "stopped":
            said = f"stopped by {label_of(actor)}: {why}"
            start_stop.apply(session, bot, bot_state.stop, said)
            lines.append(
                AuditLine("bot.stop", "bot", bot.id, {"status": bot.status, "because": why})
            )
    for broadcast in control.suspend(session, organisation_id, why, own_ads=own_ads):
        details = {"broadcast_id": broadcast.id, "because": why}
        lines.append(AuditLine(f"ad.{broadcast.step}", "ad", broadcast.ad_id, details))
    return lines


def _live_bots(owner: int) -> sa.Select[Bot]:
    own = sa.select(Bot).where(Bot.user_id == owner, Bot.deleted_at.is_(None)).order_by(Bot.id)
    return own.with_for_update(of=Bot).execution_options(populate_existing=True)
