"""Trying an ad out: one real message to one chat, through one bot, before anybody else gets it."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.message import AdMessage, Template
from crier.services import ad_content, ads, bots
from crier.services.caller import Caller
from crier.services.errors import UnavailableError, UpstreamError
from crier.settings import Settings
from crier.storage import uploads
from crier.storage.models.ads import MediaFile
from crier.storage.models.bots import Subscriber
from crier.storage.uploads import Uploads, UploadsError
from crier.storage.vault import Vault
from crier.telegram.client import BotApi
from crier.telegram.errors import TelegramError
from crier.telegram.multipart import Upload
from crier.telegram.transport import HttpTransport

TIMEOUT_S: Final = 60.0
log = logging.getLogger(__name__)


class _Sent(msgspec.Struct):
    message_id: int


@dataclass(frozen=True)
class Trial:
    """One message, ready to be sent. Holds a token."""

    token: str
    method: str
    parameters: dict[str, Any]
    files: dict[str, MediaFile]
    """By the name that `parameters` give the part."""

    def __repr__(self) -> str:
        return f"Trial({self.method})"


def prepare(
    session: Session,
    caller: Caller,
    vault: Vault,
    settings: Settings,
    ad_id: int,
    *,
    bot_id: int,
    chat_id: int,
) -> Trial:
    """Put the message together as the chat would get it; its links are not tracked.

    Raises:
        NotFoundError: no such ad or bot. InvalidError: the content may not be sent.
    """
    ad = ads.get(session, caller, ad_id)
    bot = bots.get(session, caller, bot_id)
    ad_content.check(session, ad, allow=settings.fetch_allow)
    message = ad_content.compose(session, ad, track=False)
    files = _files(session, message)
    attached = {source: f"attach://{name}" for source, (name, _) in files.items()}
    who = session.execute(
        sa.select(Subscriber.first_name, Subscriber.username).where(
            Subscriber.bot_id == bot_id, Subscriber.chat_id == chat_id
        )
    ).one_or_none()
    template = Template(message, attached)
    first_name, username = who or (None, None)
    body = template.body(chat_id, first_name=first_name, username=username)
    parameters = msgspec.json.decode(body)
    return Trial(vault.open(bot.bot_token), template.method, parameters, dict(files.values()))


def send(trial: Trial, storage: Uploads, api_url: str) -> int:
    """Send it and return Telegram's message id (of an album: the first one's).

    Raises:
        UpstreamError: Telegram refused, with its words, or could not be reached.
        UnavailableError: an upload cannot be read.
    """
    try:
        sent = asyncio.run(_call(trial, storage, api_url))
    except UploadsError as error:
        log.error("upload_not_read", extra={"place": storage.place, "error": str(error)})
        raise UnavailableError(f"an upload of the ad could not be read: {error}") from None
    except TelegramError as error:
        raise UpstreamError(str(error)) from None
    return sent[0].message_id if isinstance(sent, list) else sent.message_id


async def _call(trial: Trial, storage: Uploads, api_url: str) -> _Sent | list[_Sent]:
    files = {
        part: Upload(await storage.read(file.id, file.name), file.name, file.content_type)
        for part, file in trial.files.items()
    }
    api = BotApi(HttpTransport(api_url, max_connections=1))
    try:
        return await api.call(
            trial.token,
            trial.method,
            trial.parameters,
            returns=_Sent | list[_Sent],  # type: ignore[arg-type]
            files=files,
            timeout_s=TIMEOUT_S,
        )
    finally:
        await api.close()


def _files(session: Session, message: AdMessage) -> dict[str, tuple[str, MediaFile]]:
    """What has to be uploaded: by source, the part's name and the file's row."""
    found: dict[str, tuple[str, MediaFile]] = {}
    for medium in message.media:
        media_id = uploads.id_of(medium.source)
        if media_id is not None:
            found[medium.source] = (f"file{len(found)}", session.get_one(MediaFile, media_id))
    return found
