"""File ids belong to one bot; images are measured."""

import struct

import pytest

from crier.sandbox.errors import ApiError
from crier.sandbox.files import FileStore, check_kind
from crier.sandbox.images import measure


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\0" * 8


@pytest.fixture
def store() -> FileStore:
    return FileStore(b"key", "never")


def refusal(store: FileStore, file_id: str, bot: int = 1) -> str:
    with pytest.raises(ApiError) as caught:
        store.open(bot, file_id)
    return caught.value.description.removeprefix("Bad Request: ")


def test_a_file_id_opens_for_its_bot_only(store: FileStore) -> None:
    file = store.add("photo", png(100, 50), "a.png", "image/png")
    mine, other = store.id_for(1, file), store.id_for(2, file)
    assert mine != other
    assert store.open(1, mine) == file
    assert refusal(store, mine, bot=2) == "wrong file identifier/HTTP URL specified"


def test_the_unique_id_is_the_same_whoever_uploads(store: FileStore) -> None:
    first = store.add("photo", png(100, 50), "a.png", "")
    second = store.add("photo", png(100, 50), "b.png", "")
    assert first.unique_id == second.unique_id


@pytest.mark.parametrize(
    ("file_id", "reason"),
    [
        ("a b", "Wrong character in the string"),
        ("abcde", "Wrong string length"),
        ("abcd", "can't unserialize it. Wrong last symbol"),
    ],
)
def test_a_string_that_is_no_file_id_is_refused(
    store: FileStore, file_id: str, reason: str
) -> None:
    assert refusal(store, file_id) == f"wrong remote file identifier specified: {reason}"


def test_a_file_may_be_sent_only_as_what_it_is(store: FileStore) -> None:
    video = store.add("video", b"x", "a.mp4", "video/mp4")
    with pytest.raises(ApiError, match="can't use file of type Video as Photo"):
        check_kind(video, "photo")


def test_photos_must_be_images_of_sane_measures(store: FileStore) -> None:
    for content, reason in (
        (b"not an image", "IMAGE_PROCESS_FAILED"),
        (png(9000, 2000), "PHOTO_INVALID_DIMENSIONS"),
        (png(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (b"", "file must be non-empty"),
    ):
        with pytest.raises(ApiError, match=reason):
            store.add("photo", content, "a.png", "")


def test_images_are_measured_by_their_first_bytes() -> None:
    jpeg = (
        b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 30, 40) + b"\0" * 9
    )
    assert measure(png(3, 4)) == (3, 4)
    assert measure(b"GIF89a" + struct.pack("<HH", 5, 6)) == (5, 6)
    assert measure(jpeg) == (40, 30)
    assert measure(b"\xff\xd8\xff") is None
