"""What the event stream takes, and how OpenAPI describes what it gives."""

from typing import Final

from pydantic import Field

from crier.api.schemas.base import Query

STREAM: Final = {
    "description": (
        "Events until the client leaves or its sign-in ends: `changed` with ids by topic, `reset` "
        "where everything may have changed, `ready` at the beginning, `beat` where nothing happens."
    ),
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


class EventsQuery(Query):
    """Where a stream goes on."""

    after: str | None = Field(
        None,
        max_length=40,
        description="Id of the last event that was received, as the header `Last-Event-ID`.",
    )
