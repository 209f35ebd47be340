"""The rule that picks a broadcast's audience from its bots' subscribers."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

BotId = Annotated[int, Meta(gt=0, le=2**63 - 1)]


class Targeting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A conjunction of conditions; one that is unset holds for everybody.

    Times are aware. An empty `bot_ids` means the launcher's running bots, an empty `languages` any.
    """

    bot_ids: tuple[BotId, ...] = ()
    languages: tuple[str, ...] = ()
    """ISO 639-1, lower case; `en` also takes in `en-GB`."""
    active_within_days: Annotated[int, Meta(ge=1, le=36_500)] | None = None
    joined_before: Annotated[datetime, Meta(tz=True)] | None = None
    joined_after: Annotated[datetime, Meta(tz=True)] | None = None
    dedupe_across_bots: bool = False
    sample_percent: Annotated[float, Meta(gt=0, le=100)] | None = None


def parse(stored: dict[str, Any]) -> Targeting:
    """Return the targeting of an ad's or a broadcast's `targeting` column.

    Raises:
        msgspec.ValidationError: the row was not written by `to_json`.
    """
    return msgspec.convert(stored, Targeting)


def to_json(targeting: Targeting) -> dict[str, Any]:
    """Return what the `targeting` columns store: only the conditions that are set."""
    stored: dict[str, Any] = msgspec.to_builtins(targeting, builtin_types=())
    return stored
