"""The life of an ad as a state machine: which step is allowed when, and where it leads.

    draft ──submit──▶ pending_review ──approve──▶ approved
                                     ──reject───▶ rejected
    draft, approved, completed, cancelled, failed ──broadcast──▶ scheduled, broadcasting
    scheduled ──its time──▶ broadcasting ⇄ paused
    scheduled, broadcasting, paused ──cancel──▶ cancelled;  broadcasting ──▶ completed, failed
    draft, pending_review, approved, rejected ──edit──▶ draft

Whatever is edited becomes a draft: what a reviewer approved is then no longer what it says. Whose
draft may be broadcast without a review is the services' rule, not the machine's.
"""

from enum import StrEnum
from typing import Final


class AdStatus(StrEnum):
    """The words of `advertisements.status`; the last six are also those of a broadcast."""

    DRAFT = "draft"
    PENDING_REVIEW = "pending_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    SCHEDULED = "scheduled"
    BROADCASTING = "broadcasting"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Step(StrEnum):
    """What a person may ask of an ad."""

    EDIT = "edit"
    DELETE = "delete"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    BROADCAST = "broadcast"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"


_UNSENT: Final = {Step.EDIT, Step.DELETE}
_FINISHED: Final = {Step.BROADCAST, Step.RETRY}

ALLOWED: Final[dict[AdStatus, frozenset[Step]]] = {
    AdStatus.DRAFT: frozenset(_UNSENT | {Step.SUBMIT, Step.BROADCAST}),
    AdStatus.PENDING_REVIEW: frozenset(_UNSENT | {Step.APPROVE, Step.REJECT}),
    AdStatus.APPROVED: frozenset(_UNSENT | {Step.BROADCAST}),
    AdStatus.REJECTED: frozenset(_UNSENT),
    AdStatus.SCHEDULED: frozenset({Step.CANCEL}),
    AdStatus.BROADCASTING: frozenset({Step.PAUSE, Step.CANCEL}),
    AdStatus.PAUSED: frozenset({Step.RESUME, Step.CANCEL}),
    AdStatus.COMPLETED: frozenset(_FINISHED),
    AdStatus.CANCELLED: frozenset(_FINISHED),
    AdStatus.FAILED: frozenset(_FINISHED),
}

_LEADS_TO: Final = {
    Step.EDIT: AdStatus.DRAFT,
    Step.SUBMIT: AdStatus.PENDING_REVIEW,
    Step.APPROVE: AdStatus.APPROVED,
    Step.REJECT: AdStatus.REJECTED,
}


class StepError(ValueError):
    """A step that the ad's status forbids; the text names those that it allows."""

    def __init__(self, status: AdStatus, step: Step) -> None:
        allowed = ", ".join(sorted(ALLOWED[status]))
        super().__init__(f"{step} is not allowed: this ad is {status}; allowed: {allowed}")


def check(status: str, step: Step) -> None:
    """Raise StepError where `step` is not allowed for an ad of `status`."""
    if step not in ALLOWED[AdStatus(status)]:
        raise StepError(AdStatus(status), step)


def after(status: str, step: Step) -> AdStatus:
    """Return the status that edit, submit, approve or reject lead to.

    Raises:
        StepError: the step is not allowed.
    """
    check(status, step)
    return _LEADS_TO[step]
