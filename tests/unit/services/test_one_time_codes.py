"""One-time codes are those of RFC 6238."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from crier.services.people.one_time_codes import step_of

# Appendix B, SHA-1: seconds since 1970, and the last six of the eight digits there.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_the_vectors_of_the_rfc_are_good_in_their_step_and_one_beside_it(
    seconds: int, code: str
) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    step = seconds // 30
    for beside in (0, 30):
        assert step_of(SECRET, code, at + timedelta(seconds=beside)) == step
    assert step_of(SECRET, code, at + timedelta(seconds=60)) is None
    if seconds > 60:
        assert step_of(SECRET, code, at - timedelta(seconds=30)) == step
        assert step_of(SECRET, code, at - timedelta(seconds=60)) is None


def test_what_is_no_code_is_of_no_step() -> None:
    now = datetime.fromtimestamp(1111111109, UTC)
    assert [step_of(SECRET, text, now) for text in ("", "28708", "287082 ", "aaaaaa")] == [None] * 4
