"""Broadcasts of all ads, and the attempts of one."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db, paging
from crier.api.http.access import allow, caller
from crier.api.http.web import Reply
from crier.api.schemas.ad_reports import AttemptAnswer
from crier.api.schemas.base import PageQuery
from crier.api.schemas.broadcasts import (
    Attempts,
    BroadcastLineAnswer,
    BroadcastPath,
    Broadcasts,
    BroadcastsQuery,
)
from crier.services.broadcasts import lists
from crier.services.broadcasts.lists import BroadcastFilter
from crier.storage.models.ads import Broadcast

blueprint = APIBlueprint("broadcasts", __name__, abp_tags=[Tag(name="Advertisements")])


@blueprint.get("/api/broadcasts", responses={200: Broadcasts})
@allow("ads.read")
def list_broadcasts(query: BroadcastsQuery) -> Reply:
    """List the broadcasts of all ads that one sees, the newest first."""
    wanted = BroadcastFilter(
        ad_id=query.ad_id,
        bot_id=query.bot_id,
        status=query.status,
        start=query.from_,
        end=query.to,
        out_start=query.out_from,
        out_end=query.out_to,
    )
    found = lists.search(caller(), wanted)
    rows, cursor = paging.page(found, query, Broadcast.created_at, Broadcast.id, scalars=False)
    lines = lists.lines(db.session(), [row.id for row in rows])
    items = [BroadcastLineAnswer.model_validate(line) for line in lines]
    return Broadcasts(items=items, next_cursor=cursor)


@blueprint.get("/api/broadcasts/<int:broadcast_id>/attempts", responses={200: Attempts})
@allow("ads.read")
def list_attempts(path: BroadcastPath, query: PageQuery) -> Reply:
    """List the launch and each retry of a broadcast with what it came to, in order."""
    found = lists.attempts(db.session(), caller(), path.broadcast_id)
    rows, cursor = paging.page_of(
        lambda after, limit: [a for a in found if a.number > int(after[0] if after else 0)][:limit],
        query,
        lambda attempt: (attempt.number,),
    )
    return Attempts(items=[AttemptAnswer.model_validate(row) for row in rows], next_cursor=cursor)
