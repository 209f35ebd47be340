"""What saved views of lists take and give."""

from typing import Annotated

from pydantic import Field

from crier.api.schemas.base import Answer, Body, Text, Time
from crier.services.people.saved_views import Listing


class SavedViewBody(Body):
    """A view to save, or to forget."""

    page: Listing
    name: Annotated[Text, Field(min_length=1, max_length=60, pattern=r"\S")]
    search: Annotated[Text, Field(max_length=2000)] | None = Field(
        description='What stands after the "?" of the page\'s address; null: forget it.'
    )


class SavedViewAnswer(Answer):
    """A view of a list."""

    page: Listing
    name: str
    search: str
    saved_at: Time


class SavedViewsAnswer(Answer):
    """What somebody has saved, by page and name."""

    items: list[SavedViewAnswer]
