"""Ads and their broadcasts."""

import flask
from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db, paging, problems, ranges
from crier.api.http.access import MIB, allow, caller
from crier.api.http.attachments import FILE
from crier.api.http.deps import deps
from crier.api.http.idempotency import idempotent
from crier.api.http.web import Reply
from crier.api.schemas.ad_reports import (
    RecipientAnswer,
    Recipients,
    RecipientsQuery,
    StatisticsAnswer,
)
from crier.api.schemas.ads import (
    AdAnswer,
    AdLine,
    AdPath,
    Ads,
    AdsQuery,
    BroadcastAnswer,
    BroadcastBody,
    BroadcastQuery,
    CreateAd,
    PatchAd,
    PreviewAnswer,
    PreviewBody,
    RejectBody,
    RetryAnswer,
    RetryBody,
    RetryPlanAnswer,
    TestAnswer,
    TestBody,
)
from crier.api.schemas.media import MediaAnswer, MediaForm, MediaPath
from crier.services.ads import ads, lists, media
from crier.services.ads import trial as ad_trial
from crier.services.broadcasts import broadcasts, reports
from crier.services.broadcasts.broadcasts import Order
from crier.services.errors import InvalidError, UpstreamError
from crier.services.people import linked_chats
from crier.storage.models.ads import Advertisement

blueprint = APIBlueprint("ads", __name__, abp_tags=[Tag(name="Advertisements")])


@blueprint.post("/api/ads/create", responses={201: AdAnswer})
@allow("ads.edit")
@idempotent
def create_ad(body: CreateAd) -> Reply:
    """Write a new ad; it is a draft."""
    ad = ads.create(db.session(), caller(), deps().settings, body.given())
    return AdAnswer.of(ad), 201


@blueprint.get("/api/ads/list", responses={200: Ads})
@allow("ads.read")
def list_ads(query: AdsQuery) -> Reply:
    """List ads, newest first unless `sort` says otherwise: own ones, kept ones and, for operators,
    those up for review; each with what came of its latest broadcast."""
    found = lists.search(caller(), status=query.status, q=query.q)
    keys = () if query.sort == "newest" else (lists.ORDERS[query.sort],)
    rows, cursor = paging.page(found, query, *keys, Advertisement.id, scalars=False)
    return Ads(items=[AdLine.of_row(row) for row in rows], next_cursor=cursor)


@blueprint.post("/api/ads/media", responses={201: MediaAnswer})
@allow("ads.edit", max_body=media.FILE_MAX_BYTES + MIB, limit="120 per hour")
@idempotent
def upload_media(raw: MediaForm) -> Reply:
    """Upload a file (multipart, field `file`); its `url` goes into an ad's `media_urls`.

    At most 50 MiB, Telegram's own limit. Its type is told by its content, not by its name. What
    Telegram takes as no photo goes as a file, and `note` says why; a damaged picture is refused.
    """
    if raw.mimetype not in MediaForm.mimetypes:
        flask.abort(415, "send multipart/form-data with a field `file`")
    file = raw.files.get("file")
    if file is None or list(raw.files) != ["file"] or raw.form:
        raise InvalidError(file="send one file in the field `file`, and nothing else")
    with db.released():
        received = media.receive(
            deps().sessions,
            deps().uploads,
            owner=caller().organisation_id,
            name=file.filename or "file",
            stream=file.stream,
        )
    kept = media.keep(db.session(), caller(), received.id)
    return MediaAnswer.of(kept, received.note), 201


@blueprint.get(
    "/api/ads/media/<uuid:media_id>", responses={200: FILE, 206: FILE, 204: None, 416: None}
)
@allow("ads.read", limit="600 per minute")
def show_media(path: MediaPath) -> Reply:
    """Fetch an upload to look at: an own one, or one of an ad that may be read.

    Pictures up to 10 MiB and MP4; `Range` gives a part, of at most 10 MiB. 204: a file that
    browsers do not show.
    """
    file = media.get(db.session(), caller(), path.media_id)
    part = ranges.wanted(file.sha256.hex(), file.size)
    if part is None:
        return problems.problem(416, "the file has no such part")
    is_shown = file.content_type in media.SHOWN_TYPES
    end = min(part.end, part.start + media.SHOWN_MAX_BYTES)
    if not is_shown or (part.is_whole and end < part.end):
        return "", 204
    with db.released():
        content = media.read(deps().uploads, file, range(part.start, end))
    response = flask.Response(content, 200 if part.is_whole else 206, mimetype=file.content_type)
    response.set_etag(file.sha256.hex())
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, max-age=86400"
    if not part.is_whole:
        response.headers["Content-Range"] = f"bytes {part.start}-{end - 1}/{file.size}"
    return response


@blueprint.get("/api/ads/<int:ad_id>", responses={200: AdAnswer})
@allow("ads.read")
def get_ad(path: AdPath) -> Reply:
    """Get one ad."""
    return AdAnswer.of(ads.get(db.session(), caller(), path.ad_id))


@blueprint.patch("/api/ads/<int:ad_id>", responses={200: AdAnswer})
@allow("ads.edit")
def change_ad(path: AdPath, body: PatchAd) -> Reply:
    """Change an ad that was never launched; it is a draft then."""
    ad = ads.change(db.session(), caller(), deps().settings, path.ad_id, body.given())
    return AdAnswer.of(ad)


@blueprint.delete("/api/ads/<int:ad_id>", responses={204: None})
@allow("ads.edit")
def delete_ad(path: AdPath) -> Reply:
    """Delete an ad that was never launched."""
    ads.delete(db.session(), caller(), path.ad_id)
    return "", 204


@blueprint.post("/api/ads/<int:ad_id>/submit", responses={200: AdAnswer})
@allow("ads.edit")
def submit_ad(path: AdPath) -> Reply:
    """Hand an own draft in for review."""
    return AdAnswer.of(ads.submit(db.session(), caller(), path.ad_id))


@blueprint.post("/api/ads/<int:ad_id>/approve", responses={200: AdAnswer})
@allow("ads.review")
def approve_ad(path: AdPath) -> Reply:
    """Approve a pending ad: the caller keeps it, and launches it through own bots."""
    return AdAnswer.of(ads.approve(db.session(), caller(), path.ad_id))


@blueprint.post("/api/ads/<int:ad_id>/reject", responses={200: AdAnswer})
@allow("ads.review")
def reject_ad(path: AdPath, body: RejectBody) -> Reply:
    """Refuse a pending ad and say why."""
    return AdAnswer.of(ads.reject(db.session(), caller(), path.ad_id, body.note))


@blueprint.post("/api/ads/preview", responses={200: PreviewAnswer})
@allow("ads.launch")
def preview_audience(body: PreviewBody) -> Reply:
    """Tell what a launch of an ad with this targeting would do, before the ad is saved."""
    return _forecast(None, body)


@blueprint.post("/api/ads/<int:ad_id>/preview", responses={200: PreviewAnswer})
@allow("ads.launch")
def preview_ad(path: AdPath, body: PreviewBody) -> Reply:
    """Tell what a launch at this moment would do: how many it reaches, through which bots and not
    through which, and how long it takes."""
    return _forecast(path.ad_id, body)


def _forecast(ad_id: int | None, body: PreviewBody) -> PreviewAnswer:
    rule = body.targeting.given() if body.targeting is not None else None
    forecast = broadcasts.preview(
        db.session(), caller(), deps().settings, ad_id, rule, body.bot_ids
    )
    return PreviewAnswer(
        audience=forecast.audience,
        per_bot=[{"bot_id": bot, "audience": n} for bot, n in forecast.per_bot],
        excluded=[bot._asdict() for bot in forecast.excluded],
        refused=forecast.refused,
        estimated_seconds=forecast.estimated_seconds,
    )


@blueprint.post("/api/ads/<int:ad_id>/test", responses={200: TestAnswer, 502: None})
@allow("ads.launch")
@idempotent
def test_ad(path: AdPath, body: TestBody) -> Reply:
    """Send one message to one chat, as its recipients would get it."""
    if (body.chat_id is None) is not body.my_chat:
        raise InvalidError(chat_id="give it, or my_chat in its place")
    chat_id = body.chat_id or linked_chats.chat_id_of(db.session(), caller())
    trial = ad_trial.prepare(
        db.session(),
        caller(),
        deps().vault,
        deps().settings,
        path.ad_id,
        bot_id=body.bot_id,
        chat_id=chat_id,
    )
    with db.released():
        outcome = ad_trial.send(trial, deps().uploads, deps().settings.telegram_api_url)
    if outcome.message_id is None:  # an answer that is an error undoes the request's transaction
        with db.apart() as session:
            ad_trial.record(session, caller(), trial, outcome)
        raise UpstreamError(ad_trial.why_not(trial, outcome, own=body.my_chat))
    ad_trial.record(db.session(), caller(), trial, outcome)
    return TestAnswer(message_id=outcome.message_id)


@blueprint.post("/api/ads/<int:ad_id>/broadcast", responses={202: BroadcastAnswer})
@allow("ads.launch", limit="30 per hour")
@idempotent
def broadcast_ad(path: AdPath, body: BroadcastBody) -> Reply:
    """Launch an ad now or at a time, through the named bots or all own running ones."""
    order = Order(
        bot_ids=body.bot_ids,
        scheduled_for=body.scheduled_for,
        at_once="scheduled_for" in body.model_fields_set and body.scheduled_for is None,
        policy=body.delivery,
    )
    broadcast, forecast = broadcasts.start(
        db.session(), caller(), deps().settings, path.ad_id, order
    )
    answer = BroadcastAnswer(
        broadcast_id=broadcast.id,
        ad_id=broadcast.ad_id,
        status=broadcast.status,
        audience=broadcast.audience,
        estimated_seconds=forecast.estimated_seconds,
    )
    return answer, 202


@blueprint.post("/api/ads/<int:ad_id>/pause", responses={202: AdAnswer})
@allow("ads.launch")
def pause_ad(path: AdPath) -> Reply:
    """Pause the running broadcast, within a second."""
    return AdAnswer.of(broadcasts.pause(db.session(), caller(), path.ad_id)), 202


@blueprint.post("/api/ads/<int:ad_id>/resume", responses={202: AdAnswer})
@allow("ads.launch")
def resume_ad(path: AdPath) -> Reply:
    """Let a paused broadcast go on."""
    return AdAnswer.of(broadcasts.resume(db.session(), caller(), path.ad_id)), 202


@blueprint.post("/api/ads/<int:ad_id>/cancel", responses={202: AdAnswer})
@allow("ads.launch")
def cancel_ad(path: AdPath) -> Reply:
    """End the broadcast or its schedule; pending recipients become `skipped` before the answer."""
    return AdAnswer.of(broadcasts.cancel(db.session(), caller(), path.ad_id)), 202


@blueprint.post("/api/ads/<int:ad_id>/retry", responses={200: RetryPlanAnswer, 202: RetryAnswer})
@allow("ads.launch")
@idempotent
def retry_ad(path: AdPath, body: RetryBody, query: BroadcastQuery) -> Reply:
    """Send again to the failed, the unknown or both, under the same broadcast: to exactly those who
    can still be reached. With `dry_run` nothing is sent; the answer (200) says how many it is.
    """
    chosen = body.broadcast_id or query.broadcast_id
    asked = path.ad_id, chosen, body.states
    if body.dry_run:
        plan = broadcasts.plan_retry(db.session(), caller(), *asked)
        return RetryPlanAnswer(**plan._asdict())
    ad, again = broadcasts.retry(db.session(), caller(), *asked)
    return RetryAnswer.of(ad, **again._asdict()), 202


@blueprint.get("/api/ads/<int:ad_id>/statistics", responses={200: StatisticsAnswer})
@allow("ads.read")
def ad_statistics(path: AdPath, query: BroadcastQuery) -> Reply:
    """Show what came of a broadcast until now, from one snapshot; zeros before the first one."""
    ad = ads.get(db.session(), caller(), path.ad_id)
    found = reports.statistics(
        db.session(),
        ad,
        query.broadcast_id,
        owner=caller().owner,
        default_rate=deps().settings.send_rate,
    )
    return StatisticsAnswer.model_validate(found)


@blueprint.get("/api/ads/<int:ad_id>/recipients", responses={200: Recipients})
@allow("people.read")
def ad_recipients(path: AdPath, query: RecipientsQuery) -> Reply:
    """List the recipients of own bots with what became of the message, by bot and in order of
    sending; admin and viewer see those of every bot."""
    ad = ads.get(db.session(), caller(), path.ad_id)
    chosen = reports.broadcast_id_of(db.session(), ad, query.broadcast_id)
    rows, cursor = paging.page_of(
        lambda after, limit: reports.recipients(
            db.session(),
            chosen,
            owner=caller().owner,
            after=after,
            limit=limit,
            bot_id=query.bot_id,
            status=query.status,
        ),
        query,
        lambda row: (row.bot_id, row.position),
    )
    return Recipients(
        items=[RecipientAnswer.model_validate(row) for row in rows], next_cursor=cursor
    )
