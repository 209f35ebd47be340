"""An ad takes only the steps that its status allows, and a refusal names those."""

import pytest

from crier.domain import ad_state
from crier.domain.ad_state import ALLOWED, AdStatus, AdStep, AdStepError


def test_every_status_has_its_steps() -> None:
    assert set(ALLOWED) == set(AdStatus)


@pytest.mark.parametrize("status", AdStatus)
@pytest.mark.parametrize("step", AdStep)
def test_a_forbidden_step_names_the_allowed_ones(status: AdStatus, step: AdStep) -> None:
    if step in ALLOWED[status]:
        ad_state.check(status, step)
        return
    with pytest.raises(AdStepError) as refused:
        ad_state.check(status, step)
    assert f"this ad is {status}" in str(refused.value)
    assert all(allowed in str(refused.value) for allowed in ALLOWED[status])


def test_a_review_leads_to_approval_or_rejection_and_an_edit_to_a_draft() -> None:
    assert ad_state.after("draft", AdStep.SUBMIT) == "pending_review"
    assert ad_state.after("pending_review", AdStep.APPROVE) == "approved"
    assert ad_state.after("pending_review", AdStep.REJECT) == "rejected"
    for status in ("draft", "pending_review", "approved", "rejected"):
        assert ad_state.after(status, AdStep.EDIT) == "draft"


def test_only_what_was_never_launched_can_be_changed() -> None:
    unsent = {s for s in AdStatus if AdStep.EDIT in ALLOWED[s]}
    assert unsent == {"draft", "pending_review", "approved", "rejected"}
    assert unsent == {s for s in AdStatus if AdStep.DELETE in ALLOWED[s]}
