"""What the reviews of ads give."""

from typing import Literal, Self

from pydantic import Field

from crier.api.schemas.ads import AdAnswer
from crier.api.schemas.base import Answer, Page, Time
from crier.services.ads.reviews import STEPS
from crier.storage.models.people import AuditEntry


class WaitingAd(AdAnswer):
    """An ad that waits for a review."""

    submitted_at: Time | None = Field(description="When it was handed in.")
    submitted_by: str | None = Field(description="The account that handed it in.")


class WaitingAds(Page[WaitingAd]):
    """A page of ads that wait, the one that waits longest first."""


class ReviewStep(Answer):
    """One step of an ad's reviews, or a change between them."""

    at: Time
    by: str = Field(description="The account that did it.")
    step: Literal["submit", "approve", "reject", "change"]
    note: str | None = Field(description="Why it was rejected.")
    changed: list[str] = Field(description="The fields that a change named.")

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """Return the answer for a line of the audit log."""
        details = entry.details
        before, after = details.get("before", {}), details.get("after", {})
        return cls.model_validate(
            {
                "at": entry.at,
                "by": entry.actor,
                "step": STEPS[entry.action],
                "note": details.get("note"),
                "changed": sorted(name for name in after if after[name] != before.get(name)),
            }
        )


class ReviewSteps(Page[ReviewStep]):
    """A page of steps, the newest first."""
