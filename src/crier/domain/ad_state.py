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


class AdStep(StrEnum):
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


_UNSENT: Final = {AdStep.EDIT, AdStep.DELETE}
_FINISHED: Final = {AdStep.BROADCAST, AdStep.RETRY}

ALLOWED: Final[dict[AdStatus, frozenset[AdStep]]] = {
    AdStatus.DRAFT: frozenset(_UNSENT | {AdStep.SUBMIT, AdStep.BROADCAST}),
    AdStatus.PENDING_REVIEW: frozenset(_UNSENT | {AdStep.APPROVE, AdStep.REJECT}),
    AdStatus.APPROVED: frozenset(_UNSENT | {AdStep.BROADCAST}),
    AdStatus.REJECTED: frozenset(_UNSENT),
    AdStatus.SCHEDULED: frozenset({AdStep.CANCEL}),
    AdStatus.BROADCASTING: frozenset({AdStep.PAUSE, AdStep.CANCEL}),
    AdStatus.PAUSED: frozenset({AdStep.RESUME, AdStep.CANCEL}),
    AdStatus.COMPLETED: frozenset(_FINISHED),
    AdStatus.CANCELLED: frozenset(_FINISHED),
    AdStatus.FAILED: frozenset(_FINISHED),
}

_LEADS_TO: Final = {
    AdStep.EDIT: AdStatus.DRAFT,
    AdStep.SUBMIT: AdStatus.PENDING_REVIEW,
    AdStep.APPROVE: AdStatus.APPROVED,
    AdStep.REJECT: AdStatus.REJECTED,
}


class AdStepError(ValueError):
    """A step that the ad's status forbids; the text names those that it allows."""

    def __init__(self, status: AdStatus, step: AdStep) -> None:
        allowed = ", ".join(sorted(ALLOWED[status]))
        super().__init__(f"{step} is not allowed: this ad is {status}; allowed: {allowed}")


def check(status: str, step: AdStep) -> None:
    """Raise AdStepError where `step` is not allowed for an ad of `status`."""
    if step not in ALLOWED[AdStatus(status)]:
        raise AdStepError(AdStatus(status), step)


def after(status: str, step: AdStep) -> AdStatus:
    """Return the status that edit, submit, approve or reject lead to.

    Raises:
        AdStepError: the step is not allowed.
    """
    check(status, step)
    return _LEADS_TO[step]
