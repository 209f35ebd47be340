"""What Telegram makes of a file, by its type and by the ending of its URL."""

import pytest

from crier.domain import media_kinds


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://a/x.gif", "animation"),
        ("https://a.pdf/x", "photo"),
        ("https://a/x.pdf", "document"),
        ("https://a/x.mp4", "video"),
        ("https://a/x.webm", "video"),
        ("https://a/x.mp3", "audio"),
        ("https://a/x.M4A?v=2", "audio"),
        ("https://a/x.ogg", "voice"),
        ("https://a/x.oga", "voice"),
        ("https://a/x.heic", None),
        ("https://a/x.tar.gz", None),
        ("https://[a/x.gif", "photo"),
    ],
)
def test_the_ending_of_a_url_says_how_it_is_sent(url: str, kind: str | None) -> None:
    assert media_kinds.of_url(url) == kind


@pytest.mark.parametrize(
    ("content_type", "kind", "extension"),
    [
        ("image/jpeg", "photo", "jpg"),
        ("video/mp4", "video", "mp4"),
        ("video/quicktime", "document", "mov"),
        ("audio/mp4", "document", "m4a"),
    ],
)
def test_the_type_of_an_upload_says_how_it_is_sent(
    content_type: str, kind: str, extension: str
) -> None:
    found = media_kinds.of_content_type(content_type)
    assert (found.uploaded, found.extensions[0]) == (kind, extension)


def test_a_type_that_is_not_in_the_table_is_any_file() -> None:
    found = media_kinds.of_content_type("application/x-surprise")
    assert (found.uploaded, found.extensions) == ("document", ())
