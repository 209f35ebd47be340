"""An ad takes only the steps that its status allows, and a refusal names those."""

import pytest

from crier.domain import ad_state
from crier.domain.ad_state import ALLOWED, AdStatus, AdStep, AdStepError

STEPS = {
    "draft": "edit delete submit broadcast",
    "pending_review": "edit delete approve reject",
    "approved": "edit delete broadcast",
    "rejected": "edit delete",
    "scheduled": "cancel",
    "broadcasting": "pause cancel",
    "paused": "resume cancel",
    "completed": "broadcast retry",
    "cancelled": "broadcast retry",
    "failed": "broadcast retry",
}
"""What the diagram of the module says."""


def test_each_status_has_its_steps_and_no_other() -> None:
    assert {str(status): set(map(str, steps)) for status, steps in ALLOWED.items()} == {
        status: set(steps.split()) for status, steps in STEPS.items()
    }
    assert set(STEPS) == set(AdStatus)


@pytest.mark.parametrize("status", AdStatus)
@pytest.mark.parametrize("step", AdStep)
def test_a_forbidden_step_names_the_allowed_ones(status: AdStatus, step: AdStep) -> None:
    allowed = STEPS[status].split()
    if step in allowed:
        ad_state.check(status, step)
        return
    with pytest.raises(AdStepError) as refused:
        ad_state.check(status, step)
    assert f"this ad is {status}; allowed: {', '.join(sorted(allowed))}" in str(refused.value)


def test_a_review_leads_to_approval_or_rejection_and_an_edit_to_a_draft() -> None:
    assert ad_state.after("draft", AdStep.SUBMIT) == "pending_review"
    assert ad_state.after("pending_review", AdStep.APPROVE) == "approved"
    assert ad_state.after("pending_review", AdStep.REJECT) == "rejected"
    for status in ("draft", "pending_review", "approved", "rejected"):
        assert ad_state.after(status, AdStep.EDIT) == "draft"


@pytest.mark.parametrize("step", [AdStep.EDIT, AdStep.SUBMIT, AdStep.APPROVE, AdStep.REJECT])
def test_a_step_that_is_not_allowed_leads_nowhere(step: AdStep) -> None:
    with pytest.raises(AdStepError):
        ad_state.after("paused", step)
