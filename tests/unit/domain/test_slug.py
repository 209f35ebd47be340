"""A slug names exactly what was signed; anything else is nothing."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crier.domain.slug import Click, Slugs

SLUGS = Slugs([b"one key of many characters"])
ids = st.integers(min_value=1, max_value=2**63 - 1)
chats = st.integers(min_value=-(2**63), max_value=2**63 - 1)
links = st.integers(min_value=0, max_value=300)


@given(ids, chats, links)
def test_every_delivery_chat_and_link_comes_back(delivery: int, chat: int, link: int) -> None:
    slug = SLUGS.sign(delivery, chat, link)
    assert SLUGS.read(slug) == Click(delivery, chat, link)
    assert len(slug) <= 64


@given(st.text(max_size=70))
def test_no_other_text_is_a_slug(text: str) -> None:
    assert SLUGS.read(text) is None


@given(ids, chats, st.data())
def test_one_changed_character_makes_a_slug_worthless(
    delivery: int, chat: int, data: st.DataObject
) -> None:
    slug = SLUGS.sign(delivery, chat, 0)
    at = data.draw(st.integers(0, len(slug) - 1))
    other = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"))
    forged = slug[:at] + other + slug[at + 1 :]
    assert SLUGS.read(forged) is None or forged == slug


def test_a_slug_has_one_spelling() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for delivery in (1, 2**14, 2**21):  # slugs of three lengths: with none, two and four idle bits
        slug = SLUGS.sign(delivery, 5, 0)
        read = [char for char in alphabet if SLUGS.read(slug[:-1] + char)]
        assert read == [slug[-1]]
        for other in (f"{slug}=", f"{slug}==", f" {slug}", f"{slug}\n", f"{slug[:4]}.{slug[4:]}"):
            assert SLUGS.read(other) is None


def test_a_slug_of_another_platform_is_foreign() -> None:
    assert SLUGS.read(Slugs([b"another key"]).sign(1, 2, 3)) is None


def test_slugs_outlive_a_rotation_of_keys() -> None:
    slug = SLUGS.sign(7, -100123, 1)
    rotated = Slugs([b"a new key", b"one key of many characters"])
    assert rotated.read(slug) == Click(7, -100123, 1)
    assert rotated.sign(7, -100123, 1) != slug


def test_a_slug_is_short() -> None:
    assert len(SLUGS.sign(100_000, 7_000_000_000, 3)) <= 27


def forged(payload: bytes) -> str:
    """Return a slug of any payload that is signed as ours are."""
    mac = hmac.digest(b"one key of many characters", payload, hashlib.sha256)[:10]
    return urlsafe_b64encode(payload + mac).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("click", "payload"),
    [
        (Click(127, 63, 0), [127, 126, 0]),
        (Click(128, -64, 1), [0x80, 1, 127, 1]),
        (Click(16_384, 0, 0), [0x80, 0x80, 1, 0, 0]),
        (Click(1, -1, 300), [1, 1, 0xAC, 2]),
    ],
)
def test_a_slug_of_a_message_already_sent_is_read_for_ever(
    click: Click, payload: list[int]
) -> None:
    assert SLUGS.sign(*click) == forged(bytes(payload))
    assert SLUGS.read(forged(bytes(payload))) == click


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x01\x02", b"\x01\x02\x03\x04", b"\x01\x02\x83", b"\x01\x02\x03\x80"],
)
def test_what_is_signed_and_names_no_click_is_nothing(payload: bytes) -> None:
    assert SLUGS.read(forged(payload)) is None


def test_a_slug_has_64_characters_at_most() -> None:
    fits = b"\x81" + b"\x80" * 34 + b"\x00\x02\x03"
    assert len(forged(fits)) == 64  # a number may be spelt with idle bytes
    assert SLUGS.read(forged(fits)) == Click(1, 1, 3)
    assert SLUGS.read(forged(b"\x81" + b"\x80" * 35 + b"\x00\x02\x03")) is None


def test_slugs_need_a_key() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        Slugs([])
