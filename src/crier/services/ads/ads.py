"""Ads: scopes, writing, changing, reviewing.

Invariants and what holds them: steps of one ad come one after the other (`FOR UPDATE` on its row,
with its status read under that lock), so two reviewers cannot both decide; which step is allowed
when is `domain/ad_state.py`.

Scopes: an ad is *own* to the organisation in which it was written; it is *kept* by that of the
operator who approved it; operators whom
an admin allows to review see advertisers' ads while those are pending, and approved ones too where
another person than the approver launches (`workspace.separate_launcher`); whoever launches one
keeps it. Only the owner (or an admin) changes what an ad says.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain import ad_state, targeting
from crier.domain.ad_state import AdStatus, AdStep, AdStepError
from crier.domain.clocks import CLOCK_SKEW_S
from crier.services import audit, quotas
from crier.services.ads import content
from crier.services.caller import Caller
from crier.services.errors import ConflictError, InvalidError, NotFoundError
from crier.settings import Settings
from crier.storage.models.ads import Advertisement
from crier.storage.models.notices import Workspace
from crier.storage.models.organisations import Organisation
from crier.storage.models.people import User

OPTIONS: Final = (
    "disable_notification",
    "protect_content",
    "disable_link_preview",
    "allow_paid_broadcast",
    "paid_budget",
    "priority",
    "late_minutes",
)
_SEPARATE: Final = sa.exists().where(Workspace.separate_launcher)
_ADVERTISERS: Final = (
    sa.select(User.id)
    .join(Organisation, sa.and_(Organisation.id == User.id, Organisation.name.is_(None)))
    .where(User.role == "advertiser")
)
"""Organisations whose ads wait for reviewers; a team reviews its own."""


def query(caller: Caller) -> sa.Select[Advertisement]:
    """Return a query of all ads that the caller sees."""
    return sa.select(Advertisement).where(_visible(caller))


def get(session: Session, caller: Caller, ad_id: int, *, lock: bool = False) -> Advertisement:
    """Return one ad that the caller sees; `lock` for a step.

    Raises:
        NotFoundError: there is none.
    """
    return _one(session, query(caller).where(Advertisement.id == ad_id), lock=lock)


def get_own(session: Session, caller: Caller, ad_id: int) -> Advertisement:
    """Return one ad that the caller may change, and lock it.

    Raises:
        NotFoundError: there is none.
    """
    mine = sa.select(Advertisement).where(caller.owns(Advertisement.user_id))
    return _one(session, mine.where(Advertisement.id == ad_id), lock=True)


def create(
    session: Session, caller: Caller, settings: Settings, given: dict[str, Any]
) -> Advertisement:
    """Write a new draft.

    Raises:
        InvalidError: names the fields that cannot be sent, or not at that time.
        LimitedError: the quota of today is reached.
    """
    ad = Advertisement(
        user_id=caller.organisation_id, status=AdStatus.DRAFT, media_urls=[], buttons=[]
    )
    ad.options, ad.targeting = {}, {}
    _apply(ad, given)
    content.check(session, ad, allow=settings.fetch_allow)
    session.add(ad)
    session.flush()
    quotas.check(session, ad.user_id, "ads_per_day")
    audit.record(session, caller, "ad.create", "ad", ad.id, {"title": ad.title})
    return ad


def change(
    session: Session, caller: Caller, settings: Settings, ad_id: int, given: dict[str, Any]
) -> Advertisement:
    """Change what the request names; the ad is a draft then, whatever a reviewer said before.

    Raises:
        NotFoundError, InvalidError: as elsewhere. ConflictError: it has been launched.
    """
    ad = get_own(session, caller, ad_id)
    status = step(ad, AdStep.EDIT)
    before = {name: _plain(ad, name) for name in given}
    _apply(ad, given)
    content.check(session, ad, allow=settings.fetch_allow)
    if given:
        ad.status, ad.operator_id, ad.approved_by = status, None, None
    session.flush()
    changes = {"before": before, "after": {name: _plain(ad, name) for name in given}}
    audit.record(session, caller, "ad.change", "ad", ad.id, changes)
    return ad


def delete(session: Session, caller: Caller, ad_id: int) -> None:
    """Delete an ad that was never launched.

    Raises:
        NotFoundError: there is none. ConflictError: it has been launched.
    """
    ad = get_own(session, caller, ad_id)
    check(ad, AdStep.DELETE)
    session.delete(ad)
    audit.record(session, caller, "ad.delete", "ad", ad_id, {"title": ad.title})


def submit(session: Session, caller: Caller, ad_id: int) -> Advertisement:
    """Hand an own ad in for review.

    Raises:
        NotFoundError: there is none. ConflictError: it is no draft.
    """
    ad = get_own(session, caller, ad_id)
    ad.status, ad.review_note = step(ad, AdStep.SUBMIT), None
    audit.record(session, caller, "ad.submit", "ad", ad.id)
    return ad


def approve(session: Session, caller: Caller, ad_id: int) -> Advertisement:
    """Approve an ad that is pending; the caller's organisation keeps it from then on.

    Raises:
        NotFoundError: there is none. ConflictError: it is not pending, or somebody was faster.
    """
    ad = _for_review(session, caller, ad_id)
    ad.status, ad.review_note = step(ad, AdStep.APPROVE), None
    ad.operator_id, ad.approved_by = caller.organisation_id, caller.user_id
    audit.record(session, caller, "ad.approve", "ad", ad.id)
    return ad


def reject(session: Session, caller: Caller, ad_id: int, note: str) -> Advertisement:
    """Refuse an ad that is pending, saying why.

    Raises:
        NotFoundError: there is none. ConflictError: it is not pending, or somebody was faster.
    """
    ad = _for_review(session, caller, ad_id)
    ad.status, ad.review_note = step(ad, AdStep.REJECT), note
    audit.record(session, caller, "ad.reject", "ad", ad.id, {"note": note})
    return ad


def check(ad: Advertisement, wanted: AdStep) -> None:
    """Raise ConflictError, naming the allowed steps, where the ad's status forbids this one."""
    try:
        ad_state.check(ad.status, wanted)
    except AdStepError as error:
        raise ConflictError(str(error)) from None


def step(ad: Advertisement, wanted: AdStep) -> AdStatus:
    """Return the status that edit, submit, approve or reject lead to.

    Raises:
        ConflictError: the step is forbidden.
    """
    check(ad, wanted)
    return ad_state.after(ad.status, wanted)


def check_future(scheduled_for: datetime | None) -> None:
    """Raise InvalidError where a schedule lies in the past, whichever clock it was read from."""
    earliest = datetime.now(UTC) - timedelta(seconds=CLOCK_SKEW_S)
    if scheduled_for is not None and scheduled_for < earliest:
        raise InvalidError(scheduled_for="lies in the past")


def _visible(caller: Caller) -> sa.ColumnElement[bool]:
    own = caller.owns(Advertisement.user_id)
    if caller.role != "operator":
        return own
    kept = sa.or_(own, Advertisement.operator_id == caller.organisation_id)
    if not caller.reviews:
        return kept
    to_launch = sa.and_(Advertisement.status == AdStatus.APPROVED, _SEPARATE)
    offered = sa.or_(Advertisement.status == AdStatus.PENDING_REVIEW, to_launch)
    return sa.or_(kept, sa.and_(offered, Advertisement.user_id.in_(_ADVERTISERS)))


def _for_review(session: Session, caller: Caller, ad_id: int) -> Advertisement:
    """Return an ad to decide on. What another operator has approved meanwhile is a conflict: the
    caller saw it pending, and is told why it is gone."""
    by_id = sa.select(Advertisement).where(Advertisement.id == ad_id)
    offered = _visible(caller)
    if caller.reviews:
        offered = sa.or_(offered, Advertisement.user_id.in_(_ADVERTISERS))
    ad = _one(session, by_id.where(offered), lock=True)
    if ad.operator_id not in (None, caller.organisation_id):
        raise ConflictError("somebody else has approved this ad already")
    return _one(session, by_id.where(_visible(caller)), lock=True)


def _one(session: Session, found: sa.Select[Advertisement], *, lock: bool) -> Advertisement:
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    ad = session.scalar(found)
    if ad is None:
        raise NotFoundError("no such ad")
    return ad


def _apply(ad: Advertisement, given: dict[str, Any]) -> None:
    check_future(given.get("scheduled_for"))
    if "targeting" in given:
        ad.targeting = targeting.to_json(targeting.parse(given["targeting"]))
    options = dict(ad.options)
    for name, value in given.items():
        if name in OPTIONS:
            options[name] = value
        elif name != "targeting":
            setattr(ad, name, value)
    ad.options = options


def _plain(ad: Advertisement, name: str) -> Any:
    return ad.options.get(name) if name in OPTIONS else getattr(ad, name)
