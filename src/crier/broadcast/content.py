"""What a delivery sends: its compiled message, and the files that its bot uploads once.

The first recipient of a message with media gets it by URL or upload; the file_id in Telegram's
answer is kept in `bot_files` and used from then on. Until it is known, one recipient at a time of
all deliveries of the bot holds the lock of each medium (in the order of their names), and looks
into `bot_files` first, so that nothing is uploaded twice.

A file that cannot be read now makes the delivery wait (`Delivery.hold`): nothing of it has gone to
Telegram, so its recipient goes back to the queue. So does one whose wait for files is cancelled.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from crier.broadcast.broadcast_context import BroadcastContext
from crier.broadcast.delivery import Delivery
from crier.broadcast.files import FileRow
from crier.broadcast.recipients import Recipient
from crier.domain.media_kinds import KINDS, MediaKind
from crier.domain.message import Media, Template
from crier.domain.outcomes import Action
from crier.storage import aio, outage, queries, uploads
from crier.storage.uploads import MissingError, UploadsError
from crier.telegram.answers import SendResult, doubtful, read_send
from crier.telegram.calls import Accepted, request_path
from crier.telegram.client import Upload
from crier.telegram.errors import UNWRITTEN, Doubtful, NotSent

SQL: Final = queries.load("broadcast")
log = logging.getLogger(__name__)
UPLOAD_TIMEOUT_S = 300.0
"""A file of 50 MB over a slow line; `CRIER_SEND_TIMEOUT` for the answer comes on top."""


class Known(NamedTuple):
    """A file that Telegram has. `kind` is how it may be sent by its file_id, which is not always
    how it was sent first: of a video without sound Telegram makes an animation."""

    media: str
    kind: MediaKind
    file_id: str


_FILES: Final = SQL.query("files", Known)
_UPLOADS: Final = SQL.query("uploads", FileRow)
_FORGET_FILES: Final = SQL.query("forget_files")
_LEARN_FILE: Final = SQL.query("learn_file")


class Content:
    """The message of one delivery, ready for one recipient after another."""

    def __init__(self, context: BroadcastContext, delivery: Delivery) -> None:
        self._context, self._delivery = context, delivery
        self._files: dict[str, Known] = {}
        self._uploads: dict[str, FileRow] = {}
        sources = sorted({medium.source for medium in delivery.message.media})
        self._learning = [context.files.learning(delivery.bot_id, source) for source in sources]
        self.relearnt = self._forgetting = False
        """Whether file_ids were forgotten once because Telegram refused them."""
        self.known = False
        """Whether every medium has its file_id. Until then one recipient at a time is sent to: its
        answer teaches what the others are sent."""
        self.token = ""
        self._opening: set[asyncio.Task[Any]] = set()

    async def load(self, token: str) -> None:
        """Read the known file_ids and uploads, and compile the message for this token."""
        await self._look_up()
        self._compile(token)

    async def _look_up(self) -> None:
        if sources := [medium.source for medium in self._delivery.message.media]:
            files = _FILES(bot_id=self._delivery.bot_id, media=sources)
            ids = [found for source in sources if (found := uploads.id_of(source))]
            async with self._context.pool.connection() as connection:
                self._files = self._usable(await aio.rows(connection, files))
                rows = await aio.rows(connection, _UPLOADS(ids=ids))
                self._uploads = {row.source: row for row in rows}

    def _usable(self, files: Iterable[Known]) -> dict[str, Known]:
        """Return those of use for this message, by source; an album asks for its own kinds."""
        media = self._delivery.message.media
        kinds = {medium.source: medium.kind for medium in media}
        return {f.media: f for f in files if len(media) == 1 or f.kind == kinds[f.media]}

    def _compile(self, token: str) -> None:
        context, delivery = self._context, self._delivery
        base = context.public_url or delivery.message.link_base
        # A broadcast that was launched before `link_base` was stored may have neither: its
        # links then lead where the ad's do, and nobody's clicks are counted.
        tracked = delivery.message.links if base else ()
        links = (base, context.slugs, delivery.id) if tracked else None
        self.token = token
        self.known = all(medium.source in self._files for medium in delivery.message.media)
        message = msgspec.structs.replace(
            delivery.message,
            links=tracked,
            media=tuple(
                Media(self._files[m.source].kind, m.source) if m.source in self._files else m
                for m in delivery.message.media
            ),
        )
        file_ids = {known.media: known.file_id for known in self._files.values()}
        self._template = Template(message, file_ids, links)
        self._path = request_path(token, self._template.method)

    def send(
        self, recipient: Recipient, *, paid: bool, accepted: Accepted
    ) -> Awaitable[SendResult | None]:
        """Send to one recipient, then what `accepted` returns, as `BotApi.send_body` does.

        Returns None if nothing was sent, and the recipient is in the queue again.
        """
        if not self.known:
            return self._send_first(recipient, paid=paid, accepted=accepted)
        return self._send_body(self.body(recipient, paid=paid), accepted)

    def _send_body(self, body: bytes, accepted: Accepted) -> Awaitable[SendResult]:
        timeout_s = self._context.send_timeout_s
        return self._context.bot_api.send_body(self._path, body, timeout_s, accepted)

    async def _send_first(
        self, recipient: Recipient, *, paid: bool, accepted: Accepted
    ) -> SendResult | None:
        """Learn the file_ids of the media with this send, unless another does so meanwhile.

        Returns None where the files cannot be read now: the delivery waits, and the recipient is
        queued again.
        Cancelled before the files are there: a CancelledError with the argument `UNWRITTEN`.
        """
        result: SendResult | None = None
        async with contextlib.AsyncExitStack() as held:
            try:
                with self._opened():
                    files = await self._open(held)
            except (UploadsError, *outage.AWAY) as error:
                is_storage = isinstance(error, UploadsError)
                reason = f"the storage of uploads: {error}" if is_storage else "the database"
                self._delivery.hold(recipient, reason)
                return None
            except asyncio.CancelledError:
                raise asyncio.CancelledError(UNWRITTEN) from None
            self._delivery.unhold()
            if files is not None:
                result = await self._learn(recipient, files, paid=paid)
        if result is None:
            return await self.send(recipient, paid=paid, accepted=accepted)
        if result.action is not Action.OK or (body := accepted(result)) is None:
            return result
        return await self._send_body(body, accepted)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[None]:
        """Let `close_files` end this task: in this block it has sent nothing yet."""
        task = asyncio.current_task()
        assert task is not None
        self._opening.add(task)
        try:
            yield
        finally:
            self._opening.discard(task)

    def close_files(self) -> None:
        """Cancel the sends that still wait for files; their recipients are queued again."""
        for task in self._opening:
            task.cancel()

    async def _open(self, held: contextlib.AsyncExitStack) -> dict[str, Upload] | None:
        """Open the uploads that the bot has still to make, by the names of their parts, for as long
        as `held` is open. Returns None where all file_ids have become known meanwhile."""
        for lock in self._learning:
            await held.enter_async_context(lock)
        if not self.known:
            await self._look_up()
            self._compile(self.token)
        if self.known:
            return None
        named = {
            f"file{n}": medium.source
            for n, medium in enumerate(self._delivery.message.media)
            if medium.source.startswith(uploads.PREFIX) and medium.source not in self._files
        }
        if gone := [source for source in named.values() if source not in self._uploads]:
            raise MissingError(f"there is no upload {gone[0]}")
        rows = [self._uploads[source] for source in named.values()]
        found = await held.enter_async_context(self._context.files.opened(rows))
        return dict(zip(named, found, strict=True))

    async def forget_files(self) -> None:
        """Upload or fetch anew, once, since Telegram refuses our file_ids."""
        if self._forgetting:
            return
        self._forgetting = True
        sources = [medium.source for medium in self._delivery.message.media]
        async with self._context.pool.connection() as connection:
            await aio.run(connection, _FORGET_FILES(bot_id=self._delivery.bot_id, media=sources))
        self._files = {}
        self._compile(self.token)
        self.relearnt = True  # a send that began before this still holds one of the old

    def body(self, recipient: Recipient, *, paid: bool) -> bytes:
        """Return the body of the call for one recipient."""
        return self._template.body(
            recipient.migrated_to or recipient.chat_id,
            recipient=recipient.chat_id,
            first_name=recipient.first_name,
            username=recipient.username,
            paid=paid,
        )

    async def _learn(
        self, recipient: Recipient, files: dict[str, Upload], *, paid: bool
    ) -> SendResult:
        parameters = self._named(json.loads(self.body(recipient, paid=paid)))
        context = self._context
        timeout_s = context.send_timeout_s + (UPLOAD_TIMEOUT_S if files else 0)
        try:
            response = await context.bot_api.post(
                self.token, self._template.method, parameters, files=files, timeout_s=timeout_s
            )
        except NotSent as error:
            return SendResult(Action.BACKOFF, error=str(error))
        except Doubtful as error:
            return doubtful(str(error), error.code)
        result = read_send(response)
        if result.action is Action.OK:
            await self._keep(response.body)
        return result

    def _named(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters with uploads named as `attach://fileN`."""
        names = {
            medium.source: f"attach://file{n}"
            for n, medium in enumerate(self._delivery.message.media)
            if medium.source.startswith(uploads.PREFIX)
        }
        for key, value in parameters.items():
            if isinstance(value, str) and value in names:
                parameters[key] = names[value]
        for item in parameters.get("media", []):
            item["media"] = names.get(item["media"], item["media"])
        return parameters

    async def _keep(self, body: bytes) -> None:
        """Remember the file_ids of an accepted message, or of the messages of an album."""
        result = msgspec.json.decode(body)["result"]
        messages = result if isinstance(result, list) else [result]
        media = self._delivery.message.media
        learnt = self._usable(
            known
            for medium, message in zip(media, messages, strict=False)
            if (known := _known(message, medium))
        )
        self._files |= learnt
        self._compile(self.token)
        bot_id = self._delivery.bot_id
        try:
            async with self._context.pool.connection() as connection:
                for known in learnt.values():
                    await aio.run(connection, _LEARN_FILE(bot_id=bot_id, **known._asdict()))
        except outage.AWAY as error:  # the message is sent all the same
            log.warning("file_ids_not_kept", extra={"error": outage.words(error)})


def _known(message: dict[str, Any], medium: Media) -> Known | None:
    """Return what an accepted message shows of its file."""
    for kind in (medium.kind, *KINDS):
        found = message.get(kind)
        if isinstance(found, list) and found:  # of a photo, its sizes: the largest is the picture
            found = max(found, key=lambda size: size.get("width", 0) * size.get("height", 0))
        if isinstance(found, dict) and (file_id := found.get("file_id")):
            return Known(medium.source, kind, file_id)
    return None
