"""A slug names exactly what was signed; anything else is nothing."""

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
