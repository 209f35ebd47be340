"""How the Bot API says no: one exception, and the server's own rule for building its text.

The rule (prefix by code, first letter lowered unless the second character is `_` or A-Z, backend
constants rewritten by a fixed map) is that of `fail_query_with_error` in tdlib/telegram-bot-api.
"""

from __future__ import annotations

_PREFIXES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    500: "Internal Server Error",
}
_FRIENDLY = {
    "MESSAGE_NOT_MODIFIED": "message is not modified: specified new message content and reply "
    "markup are exactly the same as a current content and reply markup of the message",
    "WC_CONVERT_URL_INVALID": "Wrong HTTP URL specified",
    "EXTERNAL_URL_INVALID": "Wrong HTTP URL specified",
    "WEBPAGE_CURL_FAILED": "Failed to get HTTP URL content",
    "WEBPAGE_MEDIA_EMPTY": "Wrong type of the web page content",
    "MEDIA_GROUPED_INVALID": "Can't use the media of the specified type in the album",
    "REPLY_MARKUP_TOO_LONG": "reply markup is too long",
    "QUERY_ID_INVALID": "query is too old and response timeout expired or query ID is invalid",
    "MESSAGE_DELETE_FORBIDDEN": "message can't be deleted",
    "CHAT_ABOUT_NOT_MODIFIED": "chat description is not modified",
    "USER_ADMIN_INVALID": "user is an administrator of the chat",
    "PACK_SHORT_NAME_INVALID": "invalid sticker set name is specified",
    "PACK_SHORT_NAME_OCCUPIED": "sticker set name is already occupied",
    "STICKER_EMOJI_INVALID": "invalid sticker emojis",
}
_FORBIDDEN = {
    "INPUT_USER_DEACTIVATED": "user is deactivated",
    "USER_IS_BLOCKED": "bot was blocked by the user",
}


class ApiError(Exception):
    """A refusal as the caller sees it: `code` is also the HTTP status."""

    def __init__(
        self,
        code: int,
        description: str,
        *,
        retry_after: int | None = None,
        migrate_to_chat_id: int | None = None,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id


def refuse(code: int, text: str) -> ApiError:
    """Build the refusal that the real server makes of a backend's `code` and `text`."""
    if code < 400 or code == 404 or (code == 403 and _is_constant(text)):
        code = 400
    if code == 400 and text in _FORBIDDEN:
        code, text = 403, _FORBIDDEN[text]
    elif code == 400:
        text = _FRIENDLY.get(text, text)
    prefix = _PREFIXES.get(code)
    if prefix is None:
        return ApiError(400, f"Bad Request: {text}")
    if text.startswith(prefix):
        return ApiError(code, text)
    if len(text) >= 2 and (text[1] == "_" or "A" <= text[1] <= "Z"):
        return ApiError(code, f"{prefix}: {text}")
    return ApiError(code, f"{prefix}: {text[:1].lower()}{text[1:]}")


def bad(text: str) -> ApiError:
    """Return a 400 with this text."""
    return refuse(400, text)


# The core translates a part's failure before it is wrapped; what only the server would have
# translated stays as the backend says it.
_IN_ALBUM = {
    "failed to get HTTP URL content": "WEBPAGE_CURL_FAILED",
    "wrong type of the web page content": "WEBPAGE_MEDIA_EMPTY",
    "bot was blocked by the user": "USER_IS_BLOCKED",
}


def of_part(number: int, error: ApiError) -> ApiError:
    """Return the refusal of an album whose item `number` fails like this; the code stays."""
    if error.code in (401, 406, 429) or error.code >= 500:
        return error
    words = error.description.partition(": ")[2] or error.description
    inner = _IN_ALBUM.get(words) or f"{words[:1].upper()}{words[1:]}"
    return refuse(error.code, f'Failed to send message #{number} with the error message "{inner}"')


def too_many(seconds: int) -> ApiError:
    """Return a 429 that asks to wait `seconds`."""
    text = f"Too Many Requests: retry after {seconds}"
    return ApiError(429, text, retry_after=seconds)


def _is_constant(text: str) -> bool:
    return all(c == "_" or c.isdigit() or "A" <= c <= "Z" for c in text)
