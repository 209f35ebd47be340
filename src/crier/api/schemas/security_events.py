"""Security events."""

from pydantic import ConfigDict, Field

from crier.api.schemas.base import Page, PageQuery, Text, Time
from crier.api.schemas.people import AuditAnswer
from crier.services.people.security_events import Kind, kind_of
from crier.storage.models.people import AuditEntry


class SecurityQuery(PageQuery):
    """Filters of the security events."""

    kind: Kind | None = None
    person: Text | None = Field(
        default=None, max_length=120, description="A username: events by it, or about it."
    )
    since: Time | None = None
    until: Time | None = None
    mine: bool = Field(default=False, description="One's own account only, also for admins.")


class SecurityEventAnswer(AuditAnswer):
    """A line of the audit log that may tell that an account is in other hands."""

    model_config = ConfigDict(title="SecurityEvent")

    kind: Kind

    @classmethod
    def of(cls, line: AuditEntry) -> "SecurityEventAnswer":
        """Return a line of the audit log as the event that it is."""
        fields = AuditAnswer.model_validate(line).model_dump()
        return cls(**fields, kind=kind_of(line.action))


class SecurityEvents(Page[SecurityEventAnswer]):
    """Security events, newest first."""

    model_config = ConfigDict(title="SecurityEventList")
