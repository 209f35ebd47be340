"""What the audit log is told of sign-ins: of each that worked at once, of failed ones in sums.

Anybody may fail to sign in, as often as limits let them. So a failure is counted in
`failed_sign_ins`, one row for a name and a network, which takes no lock but that row's; a job
(`tell`) moves the sums into the audit log: within a minute, and once more when an hour is over and
the sum has grown. `BOUND` rows at most are kept apart, so at most twice as many lines are written
in an hour. Names that nobody has count together: somebody types a password there now and then, and
how long an answer takes does not tell which names exist.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain import addresses, names
from crier.services import audit
from crier.services.audit import AuditLine
from crier.services.caller import Caller
from crier.services.people.sessions import SignedIn
from crier.storage.models.people import AuthSession, FailedSignIns, User

BOUND: Final = 200
NEW_DEVICE: Final = "user.new_device"
_AGENT_CHARS: Final = 200
_COUNT: Final = sa.text(
    """
    WITH asked AS (
        SELECT coalesce((SELECT lower(u.username COLLATE "C") FROM users u
                         WHERE lower(u.username COLLATE "C") = :name), '') AS username,
               CAST(:network AS text) AS network
    ), kept AS (
        SELECT (SELECT count(*) FROM failed_sign_ins) < :bound
            OR EXISTS (SELECT FROM failed_sign_ins JOIN asked USING (username, network)) AS apart
    )
    INSERT INTO failed_sign_ins AS f (username, network)
    SELECT CASE WHEN apart THEN username ELSE '' END, CASE WHEN apart THEN network ELSE '' END
    FROM asked, kept
    ON CONFLICT (username, network) DO UPDATE SET count = f.count + 1, last_at = now()
    """
)
_TO_TELL: Final = sa.or_(
    FailedSignIns.told == 0, FailedSignIns.since < sa.func.now() - sa.text("interval '1 hour'")
)


def succeeded(
    session: Session, signed_in: SignedIn, *, ip: str | None, user_agent: str, factor: str
) -> bool:
    """Say in the audit log that somebody has signed in, and by which factor in the end; return
    whether the device is a new one."""
    user = signed_in.user
    details = {"user_agent": user_agent[:_AGENT_CHARS], "factor": factor}
    lines = [AuditLine("user.sign_in", "user", user.id, details)]
    is_new = _is_new_device(session, signed_in)
    if is_new:
        lines.append(AuditLine(NEW_DEVICE, "user", user.id, details))
    audit.record_all(session, caller_of(user, ip), lines)
    return is_new


def second_step_failed(session: Session, user: User, *, ip: str | None) -> None:
    """Say in the audit log that somebody knew the password, and not the second factor.

    Limits let that happen a few times an hour at most, in a transaction that is about nothing else.
    """
    audit.record(session, user.username, "user.second_step_failed", "user", user.id, ip=ip)


def passkey_failed(session: Session, user: User | None, *, copied: bool, ip: str | None) -> None:
    """Count a passkey that was refused; tell of one that two devices hold, as its count says.

    In a transaction that is about nothing else.
    """
    if user is not None and copied:
        audit.record(session, user.username, "user.passkey_copied", "user", user.id, ip=ip)
    else:
        failed(session, user.username if user else "", ip)


def failed(session: Session, username: str, ip: str | None) -> None:
    """Count a failed sign-in, in a transaction that is about nothing else."""
    asked = {"name": names.fold(username), "network": network_of(ip), "bound": BOUND}
    session.execute(_COUNT, asked)


def tell(session: Session) -> None:
    """Tell the audit log of failed sign-ins that it does not know of."""
    rows = session.scalars(
        sa.select(FailedSignIns).where(_TO_TELL).order_by(FailedSignIns.since).with_for_update()
    ).all()
    lines = [_line(session, row) for row in rows if row.count > row.told]
    for row in rows:
        if row.told:
            session.delete(row)
        row.told = row.count
    session.flush()
    audit.record_all(session, audit.SYSTEM, lines)


def caller_of(user: User, ip: str | None) -> Caller:
    """Return an account that has just signed in, for the audit log."""
    role: Any = user.role
    return Caller(user_id=user.id, username=user.username, role=role, ip=ip)


def network_of(ip: str | None) -> str:
    """Return what an address counts as where one client is counted: it, or its /64 of IPv6."""
    return addresses.shares(ip)[0][0] or "unknown"


def _is_new_device(session: Session, signed_in: SignedIn) -> bool:
    """Return whether a sign-in that was just opened is from a device not seen before.

    A device is known by what it calls itself, in sign-ins that are over, too. The first sign-in of
    an account is from none.
    """
    this = session.get_one(AuthSession, signed_in.session_id)
    others = sa.exists().where(AuthSession.user_id == this.user_id, AuthSession.id != this.id)
    known = others.where(AuthSession.user_agent == this.user_agent)
    return bool(session.scalar(sa.select(sa.and_(others, ~known))))


def _line(session: Session, row: FailedSignIns) -> AuditLine:
    folded = sa.func.lower(sa.collate(User.username, "C"))
    user_id = session.scalar(sa.select(User.id).where(folded == row.username))
    details = {
        "username": row.username or None,
        "network": row.network or None,
        "failures": row.count,
        "since": row.since,
        "last_at": row.last_at,
    }
    return AuditLine("user.sign_in_failed", "user", user_id, details)
