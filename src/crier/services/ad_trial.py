"""Trying an ad out: one real message to one chat, through one bot, before anybody else gets it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.message import AdMessage, Template
from crier.services import ad_content, ads, bots
from crier.services.caller import Caller
from crier.services.errors import UpstreamError
from crier.settings import Settings
from crier.storage import uploads
from crier.storage.models.ads import MediaFile
from crier.storage.models.bots import Subscriber
from crier.storage.vault import Vault
from crier.telegram.client import BotApi
from crier.telegram.errors import TelegramError
from crier.telegram.multipart import Upload
from crier.telegram.transport import HttpTransport

TIMEOUT_S: Final = 60.0


class _Sent(msgspec.Struct):
    message_id: int


@dataclass(frozen=True)
class Trial:
    """One message, ready to be sent. Holds a token."""

    token: str
    method: str
    parameters: dict[str, Any]
    files: dict[str, Upload]

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
    files = _uploads(session, settings.data_dir, message)
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


def send(trial: Trial, api_url: str) -> int:
    """Send it and return Telegram's message id (of an album: the first one's).

    Raises:
        UpstreamError: Telegram refused, with its words, or could not be reached.
    """
    try:
        sent = asyncio.run(_call(trial, api_url))
    except TelegramError as error:
        raise UpstreamError(str(error)) from None
    return sent[0].message_id if isinstance(sent, list) else sent.message_id


async def _call(trial: Trial, api_url: str) -> _Sent | list[_Sent]:
    api = BotApi(HttpTransport(api_url, max_connections=1))
    try:
        return await api.call(
            trial.token,
            trial.method,
            trial.parameters,
            returns=_Sent | list[_Sent],  # type: ignore[arg-type]
            files=trial.files,
            timeout_s=TIMEOUT_S,
        )
    finally:
        await api.close()


def _uploads(session: Session, data_dir: Path, message: AdMessage) -> dict[str, tuple[str, Upload]]:
    """What has to be uploaded: by source, the part's name and its bytes."""
    found: dict[str, tuple[str, Upload]] = {}
    for medium in message.media:
        media_id = uploads.id_of(medium.source)
        if media_id is not None:
            file = session.get_one(MediaFile, media_id)
            content = uploads.find(uploads.media_dir(data_dir), medium.source).read_bytes()
            upload = Upload(content, file.name, file.content_type)
            found[medium.source] = (f"file{len(found)}", upload)
    return found
