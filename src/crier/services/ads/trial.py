"""Trying an ad out: one real message to one chat, through one bot, before anybody else gets it."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain.message import AdMessage, Template
from crier.domain.outcomes import Action
from crier.secrets.vault import Vault
from crier.services import audit
from crier.services.ads import ads, content
from crier.services.bots import bots
from crier.services.caller import Caller
from crier.services.errors import UnavailableError
from crier.settings import Settings
from crier.storage import uploads
from crier.storage.models.ads import MediaFile
from crier.storage.models.bots import Subscriber
from crier.storage.models.records import Message
from crier.storage.uploads import Uploads, UploadsError
from crier.telegram.client import BotApi
from crier.telegram.errors import ApiError, Doubtful, TelegramError
from crier.telegram.multipart import Upload
from crier.telegram.transport import HttpTransport

TIMEOUT_S: Final = 60.0
log = logging.getLogger(__name__)


class _Sent(msgspec.Struct):
    message_id: int


@dataclass(frozen=True)
class Trial:
    """One message, ready to be sent. Holds a token."""

    ad_id: int
    bot_id: int
    chat_id: int
    bot_username: str | None
    message: AdMessage
    token: str
    method: str
    parameters: dict[str, Any]
    files: dict[str, MediaFile]
    """By the name that `parameters` give the part."""

    def __repr__(self) -> str:
        return f"Trial({self.method})"


@dataclass(frozen=True)
class TrialResult:
    """What became of a trial: `message_id` is None where it is not known to have arrived."""

    message_id: int | None = None
    status: str = "sent"
    code: int | None = None
    error: str | None = None
    unreached: bool = False
    """Whether the chat cannot be written to: its person has not started the bot, or blocks it."""


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
    content.check(session, ad, allow=settings.fetch_allow)
    message = content.compose(session, ad, track=False)
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
    return Trial(
        ad_id=ad.id,
        bot_id=bot.id,
        chat_id=chat_id,
        bot_username=bot.username,
        message=message,
        token=vault.open(bot.bot_token),
        method=template.method,
        parameters=parameters,
        files=dict(files.values()),
    )


def send(trial: Trial, storage: Uploads, api_url: str) -> TrialResult:
    """Send it; the outcome has Telegram's message id (of an album: the first one's), or why not.

    Raises:
        UnavailableError: an upload cannot be read; nothing was sent.
    """
    try:
        sent = asyncio.run(_call(trial, storage, api_url))
    except UploadsError as error:
        log.error("upload_not_read", extra={"place": storage.place, "error": str(error)})
        raise UnavailableError(f"an upload of the ad could not be read: {error}") from None
    except Doubtful as error:
        return TrialResult(status="unknown", code=error.code, error=str(error))
    except ApiError as error:
        action = error.verdict.action
        return TrialResult(
            status="blocked" if action is Action.BLOCKED else "failed",
            code=error.code,
            error=str(error),
            unreached=action in (Action.BLOCKED, Action.DROP),
        )
    except TelegramError as error:
        return TrialResult(status="failed", error=str(error))
    return TrialResult((sent[0] if isinstance(sent, list) else sent).message_id)


def why_not(trial: Trial, outcome: TrialResult, *, own: bool) -> str:
    """Return why a trial did not arrive; `own`: at the chat of the person who tries, where what to
    do can be said. A private chat has the same id for every bot, but a bot may write only to people
    that have started it."""
    if own and outcome.unreached and trial.bot_username:
        name = trial.bot_username
        return (
            f"@{name} may not write to you yet: press Start in https://t.me/{name}, then try again"
        )
    return outcome.error or ""


def record(session: Session, caller: Caller, trial: Trial, outcome: TrialResult) -> None:
    """Keep what was sent, and what became of it, among the bot's messages and in the audit log."""
    media = trial.message.media
    row = Message(
        bot_id=trial.bot_id,
        chat_id=trial.chat_id,
        message_type=media[0].kind if media else "text",
        content=trial.message.text,
        status=outcome.status,
        direction="out",
        message_id=outcome.message_id,
        error_code=outcome.code,
        error=outcome.error,
    )
    session.add(row)
    session.flush()
    # The log cannot forget anybody: it names the row, in which a chat can be erased.
    details: dict[str, Any] = {"bot_id": row.bot_id, "message": row.id, "status": row.status}
    details |= {"error": row.error} if row.error else {}
    audit.record(session, caller, "ad.test", "ad", trial.ad_id, details)


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
    """Return what has to be uploaded: by source, the part's name and the file's row."""
    found: dict[str, tuple[str, MediaFile]] = {}
    for medium in message.media:
        media_id = uploads.id_of(medium.source)
        if media_id is not None:
            found[medium.source] = (f"file{len(found)}", session.get_one(MediaFile, media_id))
    return found
