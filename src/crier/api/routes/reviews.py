"""Reviews of ads: the queue, and the history of one ad."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db, paging
from crier.api.http.access import allow, caller
from crier.api.http.web import Reply
from crier.api.schemas.ads import AdPath
from crier.api.schemas.base import PageQuery
from crier.api.schemas.reviews import ReviewStep, ReviewSteps, WaitingAd, WaitingAds
from crier.services.ads import reviews
from crier.storage.models.ads import Advertisement
from crier.storage.models.people import AuditEntry

blueprint = APIBlueprint("reviews", __name__, abp_tags=[Tag(name="Advertisements")])


@blueprint.get("/api/ads/reviews", responses={200: WaitingAds})
@allow("ads.review")
def list_waiting(query: PageQuery) -> Reply:
    """List the ads that wait for a review, the one that waits longest first."""
    rows, cursor = paging.page(
        reviews.waiting(caller()),
        query,
        reviews.HANDED_IN,
        Advertisement.id,
        ascending=True,
        scalars=False,
    )
    items = [
        WaitingAd.of(
            row.Advertisement, submitted_at=row.submitted_at, submitted_by=row.submitted_by
        )
        for row in rows
    ]
    return WaitingAds(items=items, next_cursor=cursor)


@blueprint.get("/api/ads/<int:ad_id>/reviews", responses={200: ReviewSteps})
@allow("ads.read")
def list_reviews(path: AdPath, query: PageQuery) -> Reply:
    """List what was handed in, approved, rejected and changed of an ad, the newest first."""
    found = reviews.history(db.session(), caller(), path.ad_id)
    rows, cursor = paging.page(found, query, AuditEntry.id)
    return ReviewSteps(items=[ReviewStep.of(row) for row in rows], next_cursor=cursor)
