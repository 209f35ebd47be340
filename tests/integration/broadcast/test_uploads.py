"""Uploads on their way out: once for each bot, patiently while the storage is away."""

import asyncio
import io
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from crier.broadcast.files import FileRow, Files
from crier.domain.message import AdMessage, Media
from crier.errors import HandedBack
from crier.services.broadcasts import control
from crier.storage.uploads import FolderUploads, UploadUnavailableError
from tests.integration.broadcast.test_outcomes import PNG
from tests.support.engine import AdRows, deliver, running_context
from tests.support.s3 import S3Server
from tests.support.waiting import until_async

WAITS = "the storage of uploads: S3 does not answer"


def photo(*sources: str) -> AdMessage:
    return AdMessage(text="Look", media=tuple(Media("photo", source) for source in sources))


def waits(world: AdRows, broadcast_id: int) -> set[str | None]:
    rows = world.run(
        "SELECT DISTINCT wait_reason FROM deliveries WHERE broadcast_id = %s", broadcast_id
    )
    return {row["wait_reason"] for row in rows}


async def test_an_outage_of_s3_is_waited_for_and_costs_nobody_the_ad(
    world: AdRows, s3: S3Server
) -> None:
    """Two bots need the photo. One of them sends a text meanwhile, for only the photo waits."""
    bots = [world.add_bot(people=30) for _ in range(2)]
    source = world.upload(s3.uploads(), PNG, "Größe #1.png")
    s3.stop()
    pictures = world.launch(photo(source))

    async with running_context(world, uploads=s3.uploads()) as context:
        running = asyncio.create_task(deliver(context, *(bot.id for bot in bots)))
        await until_async(lambda: waits(world, pictures) == {WAITS})
        words = world.launch(bots=[bots[0].id])
        await until_async(lambda: world.broadcast(words)["status"] == "completed")
        assert waits(world, pictures) == {WAITS}
        assert world.counts(pictures)["pending"] == 60
        s3.start()
        await running
    assert world.broadcast(pictures)["status"] == "completed"
    assert world.counts(pictures)["sent"] == 60
    for bot in bots:
        assert world.sandbox.received_other_than(bot.id, 2 if bot is bots[0] else 1) == []


async def test_an_ad_that_has_waited_for_s3_leaves_the_others_their_share(
    world: AdRows, s3: S3Server
) -> None:
    """What it missed meanwhile is not made up for at the cost of the bot's other ad."""
    bot = world.add_bot(people=600)
    source = world.upload(s3.uploads(), PNG, "a.png")
    s3.stop()
    pictures = world.launch(photo(source))

    async with running_context(world, rate=100, uploads=s3.uploads()) as context:
        running = asyncio.create_task(deliver(context, bot.id))
        await until_async(lambda: waits(world, pictures) == {WAITS})
        words = world.launch()
        await until_async(lambda: world.counts(words)["sent"] >= 150)
        s3.start()
        await until_async(lambda: world.counts(pictures)["sent"] >= 80)
        context.stopping.set()
        with pytest.raises(HandedBack):
            await running
    are_pictures = ["photo" in message for message in world.sandbox.outbox(bot.id)]
    since_s3_is_back = are_pictures[are_pictures.index(True) :][:100]
    assert 35 <= since_s3_is_back.count(False) <= 65


async def test_a_file_that_is_not_there_is_waited_for_too(world: AdRows, tmp_path: Path) -> None:
    """As on a worker without the API's data folder."""
    bot, uploads = world.add_bot(people=10), FolderUploads(tmp_path)
    source = world.upload(uploads, PNG, "a.png")
    (file,) = tmp_path.rglob("a.png")
    file.rename(tmp_path / "elsewhere")
    broadcast_id = world.launch(photo(source))

    async with running_context(world, uploads=uploads) as context:
        running = asyncio.create_task(deliver(context, bot.id))
        await until_async(
            lambda: any("not in the data folder" in (w or "") for w in waits(world, broadcast_id))
        )
        (tmp_path / "elsewhere").rename(file)
        await running
    assert world.counts(broadcast_id)["sent"] == 10


class Stalled:
    """A storage that keeps its readers waiting until `go`."""

    place = "nowhere"

    def __init__(self) -> None:
        self.go, self.asked = asyncio.Event(), asyncio.Event()

    async def read(self, media_id: uuid.UUID, name: str) -> bytes:
        self.asked.set()
        await self.go.wait()
        return PNG

    def read_parts(self, media_id: uuid.UUID, name: str, span: range) -> Iterator[bytes]:
        yield PNG[span.start : span.stop]

    def write(self, media_id: uuid.UUID, name: str, stream: IO[bytes]) -> None:
        """The bytes are known."""

    def remove(self, media_id: uuid.UUID, name: str) -> None:
        """There is nothing to remove."""


@pytest.mark.parametrize("step", [control.pause, control.cancel])
async def test_whoever_waits_for_a_file_is_not_in_doubt_when_the_broadcast_stops(
    world: AdRows, step: Callable[..., None]
) -> None:
    bot = world.add_bot(people=30)

    stalled = Stalled()
    broadcast_id = world.launch(photo(world.upload(stalled, PNG, "a.png")))
    async with running_context(world, uploads=stalled) as context:
        running = asyncio.create_task(deliver(context, bot.id))
        await stalled.asked.wait()
        await asyncio.to_thread(world.steer, broadcast_id, step)
        await running
    counts = world.counts(broadcast_id)
    assert counts["unknown"] == counts["failed"] == counts["sent"] == 0
    assert counts["pending"] + counts["skipped"] == 30


async def test_two_ads_with_one_upload_upload_it_once_for_the_bot(
    world: AdRows, tmp_path: Path
) -> None:
    read: list[str] = []

    class Counted(FolderUploads):
        async def read(self, media_id: uuid.UUID, name: str) -> bytes:
            read.append(name)
            return await super().read(media_id, name)

    bot, uploads = world.add_bot(people=20), Counted(tmp_path)
    one, two = (world.upload(uploads, PNG, name) for name in ("a.png", "b.png"))
    ads = [world.launch(photo(*sources)) for sources in ((one,), (two, one))]

    async with running_context(world, uploads=uploads) as context:
        await deliver(context, bot.id)
    assert [world.counts(ad)["sent"] for ad in ads] == [20, 20]
    assert sorted(read) == ["a.png", "b.png"], "what is read is uploaded"
    assert len(world.run("SELECT file_id FROM bot_files")) == 2


async def test_files_of_many_bots_share_a_bounded_memory(tmp_path: Path) -> None:
    """Room for two of them (each counts twice: the file, and the body made of it)."""
    storage, size = FolderUploads(tmp_path), 1000
    rows = [FileRow("", uuid.uuid4(), "a", "image/png", size) for _ in range(8)]
    for row in rows:
        storage.write(row.id, row.name, io.BytesIO(b"x" * size))
    held, most = 0, 0

    async def use(files: Files, row: FileRow) -> None:
        nonlocal held, most
        async with files.opened([row]) as (upload,):
            held += len(upload.content)
            most = max(most, held)
            await asyncio.sleep(0.01)  # the others come meanwhile
            held -= len(upload.content)

    files = Files(storage, room_bytes=4 * size)
    cancelled = asyncio.create_task(use(files, rows[0]))
    await asyncio.gather(*(use(files, row) for row in rows[1:4]))
    cancelled.cancel()
    await asyncio.gather(*(use(files, row) for row in rows))
    assert (held, most) == (0, 2 * size)


async def test_a_storage_in_trouble_is_left_alone_for_a_while(tmp_path: Path) -> None:
    class Broken(Stalled):
        calls = 0

        async def read(self, media_id: uuid.UUID, name: str) -> bytes:
            self.calls += 1
            raise UploadUnavailableError("S3 does not answer")

    broken = Broken()
    files = Files(broken)
    for _ in range(5):
        with pytest.raises(UploadUnavailableError):
            async with files.opened([FileRow("", uuid.uuid4(), "a", "", 1)]):
                pass
    assert broken.calls == 1
