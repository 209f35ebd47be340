"""Teams: organisations with a name, and the accounts that are their members.

Invariants: a team has an active owner after each change of its members; the advisory transaction
lock of `accounts.lock` is held around the change and its check, and around what switches an account
off. The account that an organisation grew out of stays its member: the organisation has its id.
A member that is removed acts in the team no more from that commit on, for each request reads the
membership; its API keys for the team are revoked.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.permissions import MEMBER_SCOPES, MemberRole, MemberScope
from crier.services import account_state, audit
from crier.services.audit import AuditLine
from crier.services.caller import Caller
from crier.services.errors import ConflictError, InvalidError, NotFoundError
from crier.services.people import accounts, api_keys
from crier.storage.models.organisations import Membership, Organisation
from crier.storage.models.people import Invitation, User

_STAYS = "the team grew out of this account, which stays in it: change its role instead"


def search(caller: Caller) -> sa.Select[Organisation]:
    """Return the organisations that the caller sees: for an admin all teams, and the own ones."""
    mine = sa.select(Membership.organisation_id).where(Membership.user_id == caller.user_id)
    seen: sa.ColumnElement[bool] = Organisation.id.in_(mine)
    if caller.may("accounts.edit"):
        seen = sa.or_(seen, Organisation.name.is_not(None))
    return sa.select(Organisation).where(Organisation.deleted_at.is_(None), seen)


def get(session: Session, caller: Caller, organisation_id: int) -> Organisation:
    """Return an organisation that the caller sees.

    Raises:
        NotFoundError: there is none.
    """
    found = session.scalar(search(caller).where(Organisation.id == organisation_id))
    if found is None:
        raise NotFoundError("no such organisation")
    return found


def is_team(session: Session, organisation_id: int) -> bool:
    """Return whether there is a team with this id."""
    return _team(session, organisation_id) is not None


def create(session: Session, caller: Caller, name: str, owner_id: int | None) -> Organisation:
    """Make a team; its first owner is `owner_id`, or the caller.

    Raises:
        InvalidError: there is no such account.
    """
    accounts.lock(session)
    owner = _account(session, owner_id or caller.user_id, "owner_id")
    row = Organisation(name=name)
    session.add(row)
    session.flush()
    put_in(session, row.id, owner.id, "owner")
    details = {"name": name, "owner_id": owner.id}
    audit.record(session, caller, "organisation.create", "organisation", row.id, details)
    return row


def rename(session: Session, caller: Caller, organisation_id: int, name: str) -> Organisation:
    """Name a team anew; an admin makes a team of what is an account's alone by naming it.

    Raises:
        NotFoundError: no such organisation, or it is not the one that the caller acts in.
        ConflictError: it is that of an account that runs no bots.
    """
    accounts.lock(session)
    row = managed(session, caller, organisation_id, of_one=caller.may("accounts.edit"))
    if row.name is None and not account_state.works(session.get_one(User, row.id)):
        raise ConflictError(
            "only what an active admin or operator has becomes a team: make a new one instead"
        )
    before, row.name = row.name, name
    session.flush()
    details = {"before": {"name": before}, "after": {"name": name}}
    audit.record(session, caller, "organisation.rename", "organisation", row.id, details)
    return row


def members(session: Session, caller: Caller, organisation_id: int) -> sa.Select[Any]:
    """Return the members of an organisation that the caller sees.

    Raises:
        NotFoundError: there is none.
    """
    get(session, caller, organisation_id)
    columns: list[Any] = [
        *(Membership.user_id, Membership.role, Membership.withheld, Membership.created_at),
        *(User.username, User.is_active),
    ]
    found = sa.select(*columns).join(User, User.id == Membership.user_id)
    return found.where(Membership.organisation_id == organisation_id)


def managed(
    session: Session, caller: Caller, organisation_id: int, *, of_one: bool = False
) -> Organisation:
    """Return a team that the caller manages, locked; `of_one`: also what is an account's alone.

    Raises:
        NotFoundError: no such team, or it is not the one that the caller acts in.
        ConflictError: it is an account's alone.
    """
    row = _team(session, organisation_id, lock=True, of_one=True)
    mine = organisation_id == caller.organisation_id or caller.may("accounts.edit")
    if row is None or not mine:
        raise NotFoundError("no such team, or not the one that you act in: switch to it first")
    if row.name is None and not of_one:
        raise ConflictError("this is one account's alone: an admin names it first, as a team")
    return row


def add(
    session: Session, caller: Caller, organisation_id: int, user_id: int, role: MemberRole
) -> None:
    """Make an account a member.

    Raises:
        NotFoundError: no such team. InvalidError: no such account.
        ConflictError: it is a member already, or the organisation is an account's alone.
    """
    accounts.lock(session)
    row = managed(session, caller, organisation_id)
    user = _account(session, user_id, "user_id")
    put_in(session, row.id, user.id, role)
    details = {"user_id": user.id, "role": role}
    audit.record(session, caller, "organisation.add_member", "organisation", row.id, details)


def change(
    session: Session,
    caller: Caller,
    organisation_id: int,
    user_id: int,
    *,
    role: MemberRole | None = None,
    withheld: Collection[MemberScope] | None = None,
) -> None:
    """Change what a member is, and what the team withholds of that; what is None stays. API keys
    that are more than the role are revoked.

    Raises:
        NotFoundError: no such team or member. ConflictError: no active owner would be left.
        InvalidError: something would be withheld from an owner.
    """
    accounts.lock(session)
    row = managed(session, caller, organisation_id)
    member = _member(session, row.id, user_id)
    before = _facts(member)
    member.role = role or member.role
    if member.role == "owner":
        if withheld:
            raise InvalidError(withheld="an owner may do everything: choose another role")
        member.withheld = []
    elif withheld is not None:
        member.withheld = [scope for scope in MEMBER_SCOPES if scope in withheld]
    session.flush()
    check_owner_left(session, row.id)
    user, after = session.get_one(User, user_id), _facts(member)
    lines = api_keys.end_all(session, user, f"became {member.role} of {row.name}", all_roles=False)
    details = {"user_id": user_id, "before": before, "after": after}
    line = AuditLine("organisation.change_member", "organisation", row.id, details)
    audit.record_all(session, caller, [line, *lines])


def remove(session: Session, caller: Caller, organisation_id: int, user_id: int) -> None:
    """Remove a member. What it has launched goes on: that is the team's.

    Raises:
        NotFoundError: no such team or member. ConflictError: no active owner would be left, or the
            team grew out of the account.
    """
    accounts.lock(session)
    _take_out(session, caller, managed(session, caller, organisation_id), user_id)


def leave(session: Session, caller: Caller, organisation_id: int) -> None:
    """Let the caller be a member of a team no more. Raises as `remove`."""
    accounts.lock(session)
    _member(session, organisation_id, caller.user_id)
    row = _team(session, organisation_id, lock=True)
    if row is None:
        raise ConflictError("this is your account's own organisation")
    _take_out(session, caller, row, caller.user_id)


def put_in(session: Session, organisation_id: int, user_id: int, role: str) -> None:
    """Make an account a member, under `accounts.lock`.

    Raises:
        ConflictError: it is a member already.
    """
    if session.get(Membership, (organisation_id, user_id)) is not None:
        raise ConflictError("this account is a member already")
    session.add(Membership(organisation_id=organisation_id, user_id=user_id, role=role))
    session.flush()


def locked_of(session: Session, user_id: int) -> Sequence[Organisation]:
    """Return the organisations of an account, locked."""
    found = sa.select(Organisation).join(Membership, Membership.organisation_id == Organisation.id)
    found = found.where(Membership.user_id == user_id).order_by(Organisation.id)
    return session.scalars(found.with_for_update(of=Organisation, key_share=True)).all()


def forget(session: Session, user_id: int, gone: Sequence[int]) -> None:
    """Let a deleted account be a member of nothing, and what was its alone be `gone`."""
    session.execute(sa.delete(Membership).where(Membership.user_id == user_id))
    _end(session, gone)


def dissolve(session: Session, row: Organisation) -> None:
    """Let a team have no members; one that grew out of an account is that account's alone again."""
    others = Membership.user_id != row.id
    session.execute(sa.delete(Membership).where(Membership.organisation_id == row.id, others))
    own = session.get(Membership, (row.id, row.id), populate_existing=True)
    if own is None:
        _end(session, [row.id])
    else:
        row.name, own.role, own.withheld = None, "owner", []
        _end_invitations(session, [row.id])
    session.flush()


def is_active_owner(organisation_id: Any, user_id: Any) -> sa.ColumnElement[bool]:
    """Return the SQL condition that an account (a column, or its id) is an active owner of a team;
    of any account where `user_id` is None."""
    found = sa.select(Membership.user_id).join(User, User.id == Membership.user_id)
    found = found.where(
        Membership.organisation_id == organisation_id, Membership.role == "owner", User.is_active
    )
    return sa.exists(found if user_id is None else found.where(Membership.user_id == user_id))


def check_owner_left(session: Session, organisation_id: int) -> None:
    """Raise ConflictError where a team has no active owner."""
    if not session.scalar(sa.select(is_active_owner(organisation_id, None))):
        row = session.get_one(Organisation, organisation_id)
        raise ConflictError(
            f"this is the last active owner of {row.name}: make another member owner first"
        )


def _end(session: Session, gone: Sequence[int]) -> None:
    ended = sa.update(Organisation).where(Organisation.id.in_(gone))
    session.execute(ended.values(deleted_at=datetime.now(UTC)))
    _end_invitations(session, gone)


def _end_invitations(session: Session, organisation_ids: Sequence[int]) -> None:
    good = sa.update(Invitation).where(Invitation.organisation_id.in_(organisation_ids))
    good = good.where(Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
    session.execute(good.values(revoked_at=datetime.now(UTC)))


def _take_out(session: Session, caller: Caller, row: Organisation, user_id: int) -> None:
    member = _member(session, row.id, user_id)
    if row.id == user_id:
        raise ConflictError(_STAYS)
    session.delete(member)
    session.flush()
    check_owner_left(session, row.id)
    user = session.get_one(User, user_id)
    lines = api_keys.end_all(session, user, f"left {row.name}", all_roles=False)
    details = {"user_id": user_id, "role": member.role}
    line = AuditLine("organisation.remove_member", "organisation", row.id, details)
    audit.record_all(session, caller, [line, *lines])


def _team(
    session: Session, organisation_id: int, *, lock: bool = False, of_one: bool = False
) -> Organisation | None:
    found = sa.select(Organisation).where(
        Organisation.id == organisation_id, Organisation.deleted_at.is_(None)
    )
    if not of_one:
        found = found.where(Organisation.name.is_not(None))
    if lock:
        found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalar(found)


def _facts(member: Membership) -> dict[str, Any]:
    return {"role": member.role, "withheld": member.withheld}


def _member(session: Session, organisation_id: int, user_id: int) -> Membership:
    found = session.get(Membership, (organisation_id, user_id), populate_existing=True)
    if found is None:
        raise NotFoundError("no such member")
    return found


def _account(session: Session, user_id: int, field: str) -> User:
    try:
        return accounts.get(session, user_id)
    except NotFoundError:
        raise InvalidError(**{field: "is no account"}) from None
