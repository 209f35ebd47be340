"""What has changed, for whoever shows it: topics, the rows that tell of them, and who may hear it.

Two sources, both read by one process for all its listeners (docs/decisions/0049-events.md). What
people change has a line in the audit log, whose ids come in the order of the commits (`audit`), so
that nothing is missed after the last line that was read. What changes by itself is compared: `Mark`
is a row of it now.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple
from uuid import UUID

from crier.domain.permissions import Permission
from crier.services.caller import Caller
from crier.storage import queries
from crier.storage.queries import Statement

Topic = Literal["bots", "ads", "broadcasts", "exports", "privacy", "users", "errors", "system"]
PERMISSIONS: Final[dict[Topic, Permission]] = {
    "bots": "bots.read",
    "ads": "ads.read",
    "broadcasts": "ads.read",
    "exports": "exports",
    "privacy": "people.edit",
    "users": "accounts.edit",
    "errors": "platform.read",
    "system": "platform.read",
}
_OF_NOBODY: Final = frozenset[Topic]({"users", "errors", "system"})
_OF_OBJECT: Final[dict[str, Topic]] = {
    "bot": "bots",
    "ad": "ads",
    "export": "exports",
    "person": "privacy",
    "user": "users",
    "invitation": "users",
    "organisation": "users",
    "error": "errors",
    "worker": "system",
}


class Change(NamedTuple):
    """Something that is not what it was; of a broadcast, `id` is its ad's.

    `owner` is an organisation, of exports the account that asked for it.
    """

    topic: Topic
    id: int | None = None
    owner: int | None = None
    operator: int | None = None
    """The organisation that keeps an advertiser's ad."""
    is_reviewed: bool = False
    """Whether those who review see it as well, or did until now."""

    def is_for(self, caller: Caller) -> bool:
        """Return whether the caller sees what has changed."""
        if not caller.may(PERMISSIONS[self.topic]):
            return False
        if self.topic in _OF_NOBODY:
            return True
        if self.topic == "exports":
            return caller.user_id == self.owner
        if caller.sees_all or caller.organisation_id in (self.owner, self.operator):
            return True
        return self.is_reviewed and caller.reviews


class Mark(NamedTuple):
    """Something that changes by itself, and a text that differs once it has."""

    topic: Topic
    id: int | None
    owner: int | None
    operator: int | None
    text: str


class Line(NamedTuple):
    """A line of the audit log, and whose its object is."""

    id: int
    object_type: str
    object_id: int | None
    owner: int | None
    operator: int | None
    is_reviewed: bool

    @property
    def change(self) -> Change | None:
        """What it tells of; None where nobody waits for that."""
        topic = _OF_OBJECT.get(self.object_type)
        return topic and Change(
            topic, self.object_id, self.owner, self.operator, is_reviewed=self.is_reviewed
        )


class GoodCredential(NamedTuple):
    """A sign-in or an API key that is good, and a text that differs once it may do something
    else."""

    name: str
    text: str


_SQL: Final = queries.load("changes")
MARKS: Final = _SQL.query("marks", Mark)
NEWEST: Final = _SQL.query("newest", int)
NEWS: Final = _SQL.query("news", Line)
_CREDENTIALS: Final = _SQL.query("credentials", GoodCredential)


def between(before: Iterable[Mark], now: Iterable[Mark]) -> set[Change]:
    """Return what is different, has come or is gone."""
    return {Change(*mark[:4]) for mark in set(before) ^ set(now)}


def name_of(caller: Caller) -> str:
    """Return the name of the caller's credential, as `credentials` gives it."""
    return f"k{caller.api_key_id}" if caller.session_id is None else f"s{caller.session_id}"


def credentials(callers: Iterable[Caller]) -> Statement[GoodCredential]:
    """Return the statement that gives those credentials of the callers that are good."""
    sessions: set[UUID] = set()
    keys: set[int] = set()
    for caller in callers:
        if caller.session_id is not None:
            sessions.add(caller.session_id)
        elif caller.api_key_id is not None:
            keys.add(caller.api_key_id)
    return _CREDENTIALS(sessions=list(sessions), keys=list(keys))
