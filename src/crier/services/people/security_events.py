"""Security events: the lines of the audit log that tell whether an account is in other hands.

They are a view of the audit log, so that they are sealed and complete as it is. Two kinds of lines
are written for them alone: a sign-in from a device that the account has not used before
(`user.new_device`), and a request with an API key from a network that the key has not been used
from (`key.new_network`).

A device is known by what the browser or program calls itself; sign-ins that are over count. A key
remembers the last `NETWORKS` networks in its row, which is locked while one is added: each of them
is told of once. Whoever comes first tells of nothing, for there is nothing to compare with.
"""

from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain import names
from crier.services import audit
from crier.services.caller import Caller
from crier.services.people.sign_ins import NEW_DEVICE, network_of
from crier.storage.models.people import ApiKey, AuditEntry, User

Kind = Literal["failed_sign_in", "new_device", "new_key_address", "credentials", "role", "export"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
NEW_NETWORK: Final = "key.new_network"
NETWORKS: Final = 20
_CHANGE: Final = "user.update"
_KIND_OF: Final[dict[str, Kind]] = {
    "user.sign_in_failed": "failed_sign_in",
    "user.refresh_reused": "failed_sign_in",
    "user.second_step_failed": "failed_sign_in",
    "user.passkey_copied": "failed_sign_in",
    NEW_DEVICE: "new_device",
    NEW_NETWORK: "new_key_address",
    "user.change_password": "credentials",
    "user.reset_password": "credentials",
    "user.add_factor": "credentials",
    "user.remove_factor": "credentials",
    "user.remove_factors": "credentials",
    "user.renew_recovery_codes": "credentials",
    "user.set_mail": "credentials",
    "user.confirm_mail": "credentials",
    "user.remove_mail": "credentials",
    "user.link_chat": "credentials",
    "user.unlink_chat": "credentials",
    "user.link_identity": "credentials",
    "user.unlink_identity": "credentials",
    "user.unlink_identities": "credentials",
    "key.create": "credentials",
    "key.rotate": "credentials",
    "key.revoke": "credentials",
    _CHANGE: "role",
    "workspace.change": "role",
    "organisation.create": "role",
    "organisation.rename": "role",
    "organisation.delete": "role",
    "organisation.join": "role",
    "organisation.add_member": "role",
    "organisation.change_member": "role",
    "organisation.remove_member": "role",
    "analytics.export": "export",
    "export.create": "export",
    "export.download": "export",
    "person.export": "export",
}


def kind_of(action: str) -> Kind:
    """Return the kind of event that a line with this action is; it must be one."""
    return _KIND_OF[action]


def find(
    caller: Caller,
    *,
    kind: Kind | None,
    person: str | None,
    since: datetime | None,
    until: datetime | None,
    mine: bool,
) -> sa.Select[AuditEntry]:
    """Select events of the caller's account; those of all accounts for a caller that may read the
    audit log.

    `person` is a username. Events by it are found under the name that it had then, events about it
    under the account that has the name now.
    """
    actions = [action for action, of in _KIND_OF.items() if kind in (None, of)]
    found = sa.select(AuditEntry).where(
        AuditEntry.action.in_(actions), sa.or_(AuditEntry.action != _CHANGE, _role_changed())
    )
    if mine or not caller.may("audit.read"):
        about = sa.and_(
            AuditEntry.object_type == "user", AuditEntry.object_id == str(caller.user_id)
        )
        found = found.where(sa.or_(AuditEntry.actor_id == caller.user_id, about))
    if person is not None:
        found = found.where(_of_person(person))
    if since is not None:
        found = found.where(AuditEntry.at >= since)
    return found if until is None else found.where(AuditEntry.at < until)


def after(audit_id: int) -> sa.Select[AuditEntry]:
    """Return the query of events that were written after a line of the audit log, the oldest
    first."""
    found = sa.select(AuditEntry).where(
        AuditEntry.id > audit_id,
        AuditEntry.action.in_(_KIND_OF),
        sa.or_(AuditEntry.action != _CHANGE, _role_changed()),
    )
    return found.order_by(AuditEntry.id)


def is_new_network(key: ApiKey, ip: str | None) -> bool:
    """Return whether a key comes from a network that it does not remember."""
    return ip is not None and network_of(ip) not in key.networks


def tell_of_network(session: Session, caller: Caller) -> None:
    """Remember the network that a key comes from, and tell of it unless it is the first one.

    In a transaction of its own: it stays where the request is refused.
    """
    key = session.get_one(ApiKey, caller.api_key_id, with_for_update=True, populate_existing=True)
    if not is_new_network(key, caller.ip):
        return
    before, network = key.networks, network_of(caller.ip)
    key.networks = [network, *before][:NETWORKS]
    key.last_used_at, key.last_used_ip = datetime.now(UTC), caller.ip
    session.flush()
    if before:
        details = {"name": key.name, "prefix": key.prefix, "network": network}
        audit.record(session, caller, NEW_NETWORK, "key", key.id, details)


def _of_person(username: str) -> sa.ColumnElement[bool]:
    """SQL condition that an event is by a username, or about the account that has it now."""
    name = names.fold(username)
    account = sa.select(sa.cast(User.id, sa.Text)).where(_folded(User.username) == name)
    about = sa.and_(AuditEntry.object_type == "user", AuditEntry.object_id.in_(account))
    return sa.or_(_folded(AuditEntry.actor) == name, about)


def _folded(name: Any) -> sa.ColumnElement[str]:
    return sa.func.lower(sa.collate(name, "C"))


def _role_changed() -> sa.ColumnElement[bool]:
    """SQL condition that a change of an account is one of what it may do."""
    changed = [
        AuditEntry.details[("before", name)].astext.is_distinct_from(
            AuditEntry.details[("after", name)].astext
        )
        for name in ("role", "is_active", "may_review")
    ]
    return sa.or_(*changed)
