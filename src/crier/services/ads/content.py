"""What an ad says: checked before it is stored, and put together for sending.

The checks are Telegram's own rules (`domain/markup/`, facts in docs), so that content which is
accepted here is not refused for every recipient later.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain import link_checks, markup, media_kinds, urls
from crier.domain import message as messages
from crier.domain.fields import samples
from crier.domain.media_kinds import MediaKind
from crier.domain.message import AdMessage, Button, Media
from crier.services.errors import InvalidError
from crier.storage import uploads
from crier.storage.models.ads import Advertisement, MediaFile

MAX_BUTTONS: Final = 100
MAX_IN_ROW: Final = 8


def check(session: Session, ad: Advertisement, *, allow: Sequence[str]) -> None:
    """Check everything that `ad` would send.

    Args:
        allow: hosts and networks that may be named although they are not public.

    Raises:
        InvalidError: names each field that is wrong.
    """
    problems: dict[str, str] = {}
    kinds = _media(session, ad, allow, problems)
    problems |= _text(ad, has_media=bool(ad.media_urls))
    try:
        link_checks.check_text(ad.content, ad.parse_mode, allow)
    except ValueError as error:
        problems.setdefault("content", str(error))
    _buttons(ad, allow, problems)
    _album(ad, kinds, problems)
    if ad.options.get("paid_budget") and not ad.options.get("allow_paid_broadcast"):
        problems["paid_budget"] = "needs allow_paid_broadcast"
    if problems:
        raise InvalidError(**problems)


def compose(session: Session, ad: Advertisement, *, track: bool) -> AdMessage:
    """Return the message that `ad` is now; its links are tracked where `track` says so."""
    kinds = _kinds(session, ad.media_urls)
    message = AdMessage(
        text=ad.content,
        parse_mode=ad.parse_mode,
        media=tuple(Media(kinds[source], source) for source in ad.media_urls),
        buttons=tuple(tuple(Button(b["text"], b["url"]) for b in row) for row in ad.buttons if row),
        options=msgspec.convert(ad.options, messages.Options),
    )
    return messages.tracked(message) if track else message


def _text(ad: Advertisement, *, has_media: bool) -> dict[str, str]:
    """Check markup and length, with personal fields at their shortest and at their longest."""
    if has_media and not ad.content:
        return {}
    limit = markup.CAPTION_MAX_CHARS if has_media else markup.TEXT_MAX_CHARS
    for text in samples(ad.content, ad.parse_mode):
        try:
            markup.check(text, ad.parse_mode, limit)
        except ValueError as error:
            return {"content": str(error)}
    return {}


def _media(
    session: Session, ad: Advertisement, allow: Sequence[str], problems: dict[str, str]
) -> list[MediaKind]:
    kinds = _kinds(session, ad.media_urls, owner=ad.user_id)
    for i, source in enumerate(ad.media_urls):
        if source.startswith(uploads.PREFIX):
            if source not in kinds:
                problems[f"media_urls.{i}"] = "there is no such upload of yours"
        elif source not in kinds:
            problems[f"media_urls.{i}"] = (
                "Telegram takes pictures, videos, PDF and ZIP by URL: upload this file instead"
            )
        else:
            _url(f"media_urls.{i}", source, allow, problems)
    return [kinds[source] for source in ad.media_urls if source in kinds]


def _kinds(
    session: Session, sources: Sequence[str], owner: int | None = None
) -> Mapping[str, MediaKind]:
    """Return the kind of each medium; URLs that Telegram does not take, and uploads that are not
    there (or not the owner's), are left out.

    Their rows are locked until the caller's transaction ends, so that the cleaning of uploads sees
    either the lock or the ad that names them.
    """
    urls_given = (s for s in sources if not s.startswith(uploads.PREFIX))
    kinds = {s: kind for s in urls_given if (kind := _kind_of_url(s))}
    ids = {
        found: s for s in sources if s.startswith(uploads.PREFIX) and (found := uploads.id_of(s))
    }
    if ids:
        query = sa.select(MediaFile).where(MediaFile.id.in_(ids), MediaFile.stored)
        query = query.order_by(MediaFile.id).with_for_update(read=True, key_share=True)
        if owner is not None:
            query = query.where(MediaFile.user_id == owner)
        for file in session.scalars(query):
            kinds[ids[file.id]] = cast(MediaKind, file.kind)
    return kinds


def _kind_of_url(url: str) -> MediaKind | None:
    """Return what an ad sends a URL as; None where Telegram takes no such file by URL."""
    kind = media_kinds.of_url(url)
    return None if kind == "audio" or kind == "voice" else kind


def _buttons(ad: Advertisement, allow: Sequence[str], problems: dict[str, str]) -> None:
    if sum(len(row) for row in ad.buttons) > MAX_BUTTONS:
        problems["buttons"] = f"Telegram takes {MAX_BUTTONS} buttons at most"
    for i, row in enumerate(ad.buttons):
        if len(row) > MAX_IN_ROW:
            problems[f"buttons.{i}"] = f"a row holds {MAX_IN_ROW} buttons at most"
        for j, button in enumerate(row):
            try:
                link_checks.check_link(button["url"], allow)
            except ValueError as error:
                problems[f"buttons.{i}.{j}.url"] = str(error)
            if not samples(button["text"], None)[0].strip():
                problems[f"buttons.{i}.{j}.text"] = "must not be blank, for nameless people too"


def _album(ad: Advertisement, kinds: Sequence[MediaKind], problems: dict[str, str]) -> None:
    """Check what Telegram asks of several media in one message."""
    if len(kinds) < 2:
        return
    if any(ad.buttons):
        problems["buttons"] = "an album has no buttons: use one medium, or links in the text"
    if "animation" in kinds:
        problems["media_urls"] = "an animation cannot be part of an album: send it alone"
    elif "document" in kinds and set(kinds) != {"document"}:
        problems["media_urls"] = "an album holds photos and videos, or documents alone"


def _url(field: str, url: str, allow: Sequence[str], problems: dict[str, str]) -> None:
    try:
        urls.check_public(urls.read_plain(url), allow)
    except ValueError as error:
        problems[field] = str(error)


def snapshot(session: Session, ad: Advertisement, *, public_url: str | None) -> dict[str, Any]:
    """Return what a launch stores as the broadcast's message."""
    if not ad.track_clicks or public_url is None:
        return messages.to_json(compose(session, ad, track=False))
    message = compose(session, ad, track=True)
    return messages.to_json(msgspec.structs.replace(message, link_base=public_url))
