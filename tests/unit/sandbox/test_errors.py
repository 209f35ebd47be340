"""Descriptions are built by the server's own rule."""

import pytest

from crier.sandbox.errors import refuse


@pytest.mark.parametrize(
    ("code", "text", "expected_code", "expected"),
    [
        (400, "Chat not found", 400, "Bad Request: chat not found"),
        (400, "PEER_ID_INVALID", 400, "Bad Request: PEER_ID_INVALID"),
        (400, "USER_IS_BLOCKED", 403, "Forbidden: bot was blocked by the user"),
        (400, "INPUT_USER_DEACTIVATED", 403, "Forbidden: user is deactivated"),
        (403, "CHAT_WRITE_FORBIDDEN", 400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
        (403, "Bot was kicked", 403, "Forbidden: bot was kicked"),
        (404, "Whatever", 400, "Bad Request: whatever"),
        (406, "FROZEN_METHOD_INVALID", 400, "Bad Request: FROZEN_METHOD_INVALID"),
        (400, "Bad Request: as it is", 400, "Bad Request: as it is"),
        (401, "", 401, "Unauthorized: "),
        (400, "WEBPAGE_CURL_FAILED", 400, "Bad Request: failed to get HTTP URL content"),
        (500, "Restart", 500, "Internal Server Error: restart"),
    ],
)
def test_a_backend_error_becomes_what_a_client_sees(
    code: int, text: str, expected_code: int, expected: str
) -> None:
    error = refuse(code, text)
    assert (error.code, error.description) == (expected_code, expected)
