"""Whether an ad takes two people: one approves it, and another one launches it.

An admin decides that for the platform (`workspace.separate_launcher`). The launch asks in its own
transaction, that of a schedule at its time once more; it holds the setting until the commit
(`workspace.held`), so that nothing is launched against it. A preview only reads it. A program
with an API key is the person that the key belongs to. A retry repeats what was launched, and asks
nobody.
"""

from crier.storage.models.ads import Advertisement
from crier.storage.models.notices import Workspace


def approver_of(ad: Advertisement) -> int | None:
    """Return the account that approved an ad; an ad that a process of the release before approved
    names its keeper alone, an organisation of one."""
    return ad.approved_by or ad.operator_id


def why_not(rules: Workspace, ad: Advertisement, launcher: int) -> str | None:
    """Return why an account may not launch an ad; None where it may."""
    if not rules.separate_launcher:
        return None
    approver = approver_of(ad)
    if approver is None:
        return "here an ad takes two people, and nobody has approved this one: hand it in first"
    if approver == launcher:
        return "here an ad takes two people: somebody else than its approver has to launch it"
    return None
