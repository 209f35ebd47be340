"""Telegram's refusals and what each calls for, as data (source: Bot API server and TDLib 2026-07).

`classify` decides by code first, then by the start of the lower-cased text, since codes are stable
and texts change between versions. A row's text is without its `Bad Request: ` or `Forbidden: `.
"""

import re
from typing import NamedTuple

from crier.domain.outcomes import Action
from crier.domain.redact import head

PEER_FLOOD_PAUSE_S = 3 * 3600
"""A spam restriction lasts for hours and Telegram does not say how many."""

DEFAULT_WAIT_S = 5
"""For a 429 without `retry_after`, which Telegram's own server never sends."""
LONGEST_WAIT_S = 366 * 86_400.0
"""Obeyed to the letter up to a year: no clock of ours holds 1e308 seconds."""

CONFIRM_AFTER_S = (2.0, 4.0, 8.0)
"""When getMe is asked after a refused token: Telegram refuses good ones for some seconds just
after a change."""

DESCRIPTION_MAX_CHARS = 500


class Verdict(NamedTuple):
    """What an answer calls for.

    `retries`: send again so many times before `action` holds. `without`: the parameter that this
    answer complains about; a send without it would work. `after_repeats`: not to be believed of
    a chat at the first time. `confirm`: new tokens are answered so now and then for a minute, so
    nothing is proven while getMe works. `known`: whether the table has a row for the text.
    """

    action: Action
    description: str
    retry_after_s: float | None = None
    migrate_to_chat_id: int | None = None
    retries: int = 0
    without: str | None = None
    after_repeats: bool = False
    confirm: bool = False
    known: bool = True


class ErrorRule(NamedTuple):
    """One kind of refusal: `text` is how its lower-cased description starts."""

    text: str
    action: Action
    retries: int = 0
    without: str | None = None
    after_repeats: bool = False


def _rows(action: Action, *texts: str, after_repeats: bool = False) -> tuple[ErrorRule, ...]:
    return tuple(ErrorRule(text, action, after_repeats=after_repeats) for text in texts)


FORBIDDEN: tuple[ErrorRule, ...] = (
    *_rows(Action.BLOCKED, "bot was blocked by the user"),
    *_rows(
        Action.DEAD, "user is deactivated", "the group chat was deleted", "group is deactivated"
    ),
    *_rows(
        Action.DROP,
        "bot can't initiate conversation with a user",
        "the bot can't send messages to the bot",
        "bot can't send messages to bots",
        "bot was kicked from ",
        "bot is not a member of ",
    ),
)

BAD_REQUEST: tuple[ErrorRule, ...] = (
    *_rows(Action.DEAD, "group is deactivated", "the group chat was deleted"),
    *_rows(
        Action.DROP,
        "chat not found",
        "private chat not found",
        "peer_id_invalid",
        "user_id_invalid",
        "channel_private",
        "need administrator rights in the channel chat",
        "allow_payment_required",
    ),
    *_rows(
        Action.DROP,
        "have no write access to the chat",
        "chat_write_forbidden",
        "have no rights to send a message",
        after_repeats=True,
    ),
    *_rows(
        Action.SKIP,
        "not enough rights to send ",
        "chat_restricted",
        "chat_send_",
        "user_privacy_restricted",
        "voice_messages_forbidden",
        "topic_closed",
        "message to edit not found",
        "message to delete not found",
        "message can't be edited",
        "message can't be deleted",
    ),
    ErrorRule("message thread not found", Action.SKIP, without="message_thread_id"),
    ErrorRule("message to be replied not found", Action.SKIP, without="reply_parameters"),
    ErrorRule("can't use message effects in the chat", Action.SKIP, without="message_effect_id"),
    *_rows(Action.WAIT, "peer_flood"),
    *_rows(Action.BOT_STOP, "frozen_method_invalid", "logged out"),
    *_rows(
        Action.OK,
        "message is not modified",
        "query is too old and response timeout expired or query id is invalid",
    ),
    ErrorRule("failed to get http url content", Action.CONTENT_STOP, retries=2),
    *_rows(
        Action.CONTENT_STOP,
        "chat_id is empty",
        "can't parse entities",
        "unsupported parse_mode",
        "message is too long",
        "message caption is too long",
        "text is too long",
        "message_too_long",
        "message text is empty",
        "text must be non-empty",
        "wrong file identifier/http url specified",
        "wrong remote file id",
        "wrong type of the web page content",
        "wrong http url specified",
        "invalid file http url specified",
        "can't upload file by url",
        "image_process_failed",
        "photo_invalid_dimensions",
        "photo has unsupported extension",
        "there is no ",
        "there are no messages to send",
        "file must be non-empty",
        "file of size ",
        "can't use file of type ",
        "can't parse inputmedia",
        "can't use the media of the specified type in the album",
        "too many messages to send as an album",
        "group send failed",
        "parameter show_caption_above_media must be the same",
        'parameter "media" is required',
        "expected an array of inputmedia",
        "can't parse media json object",
        "media_invalid",
        "photo_invalid",
        "photo_ext_invalid",
        "photo_save_file_invalid",
        "document_invalid",
        "video_content_type_invalid",
        "entity_bounds_invalid",
        "entities_too_long",
        "effect_id_invalid",
        "message_effect_id_invalid",
        "button_data_invalid",
        "button_url_invalid",
        "button_type_invalid",
        "button_text_invalid",
        "button_user_privacy_restricted",
        "button_user_invalid",
        "reply_markup_invalid",
        "inline keyboard expected",
        "can't parse keyboard button",
        "can't parse inline keyboard button",
        "inline keyboard button url",
        "can't parse reply keyboard markup json object",
        "can't parse link preview options",
        "object expected as reply markup",
        "reply markup is too long",
        "message to copy not found",
        "message to forward not found",
        "the message can't be copied",
        "the message can't be forwarded",
        "messages can't be copied",
        "messages can't be forwarded",
        "message has protected content and can't be forwarded",
    ),
)

_ALBUM_MIX = re.compile(r"can't be mixed with other media types")
_ALBUM_PART, _ITS_WORDS = "failed to send message #", ' with the error message "'
_PREFIX = re.compile(r"(?:bad request|forbidden|unauthorized): ")

_ABOUT_SOMEBODY = ("user_", "chat_", "channel_", "peer_")
"""How an album's constants start that concern the recipient; the others concern its parts."""

# Of an album Telegram shows these as they are: the rewriting of its server is bypassed.
RAW: tuple[ErrorRule, ...] = (
    *_rows(Action.BLOCKED, "user_is_blocked"),
    *_rows(Action.DEAD, "input_user_deactivated", "user_deactivated", "user_deleted"),
    ErrorRule("webpage_curl_failed", Action.CONTENT_STOP, retries=2),
    *_rows(
        Action.CONTENT_STOP,
        "media_empty",
        "media_grouped_invalid",
        "webpage_media_empty",
        "external_url_invalid",
        "wc_convert_url_invalid",
    ),
)

TABLE = (*FORBIDDEN, *BAD_REQUEST, *RAW)


def classify(
    code: int,
    description: str,
    retry_after_s: float | None = None,
    migrate_to_chat_id: int | None = None,
) -> Verdict:
    """Return what a refusal with this code and text calls for. Never fails, whatever the text.

    `retry_after_s` and `migrate_to_chat_id` are the answer's `parameters` (the first may come
    from the `Retry-After` header).
    """
    words = head(description, DESCRIPTION_MAX_CHARS) or f"status {code} without a description"
    if migrate_to_chat_id is not None:
        return Verdict(Action.MIGRATE, words, migrate_to_chat_id=migrate_to_chat_id)
    if code == 429 or retry_after_s is not None:
        wait_s = DEFAULT_WAIT_S if retry_after_s is None else retry_after_s
        wait_s = min(max(wait_s, 0), LONGEST_WAIT_S)
        return Verdict(Action.WAIT, words, retry_after_s=wait_s)
    text = words.lower()
    text = text[found.end() :] if (found := _PREFIX.match(text)) else text
    if code in (400, 403):
        verdict = _verdict(_row(code, text), words)
        if verdict.action is Action.WAIT:
            return verdict._replace(retry_after_s=PEER_FLOOD_PAUSE_S)
        return verdict
    return _by_code(code, words)


def _row(code: int, text: str) -> ErrorRule:
    """Return what the table has for a 400 or 403, else what its code means. An album's refusal
    is that of the part which failed, whatever code is around it."""
    is_album = text.startswith(_ALBUM_PART)
    if is_album:
        text = text.partition(_ITS_WORDS)[2].removesuffix('"')
    if row := next((row for row in TABLE if text.startswith(row.text)), None):
        return row
    if code == 403:
        return ErrorRule("", Action.DROP, after_repeats=True)
    of_content = is_album and not text.startswith(_ABOUT_SOMEBODY)
    return ErrorRule(
        "", Action.CONTENT_STOP if of_content or _ALBUM_MIX.search(text) else Action.SKIP
    )


def _by_code(code: int, words: str) -> Verdict:
    if code == 401:
        return Verdict(Action.BOT_STOP, words, confirm=True)
    if code == 421 or (code == 404 and words.lower() == "not found"):
        return Verdict(Action.BOT_STOP, words)
    if code == 409 or code >= 500:
        return Verdict(Action.BACKOFF, words)
    # 404 with more words is a method that the server does not know, 413 too large an upload;
    # other 4xx (405, 414, 431 …) too would be the same for everybody.
    return Verdict(Action.CONTENT_STOP, words)


def _verdict(row: ErrorRule, words: str) -> Verdict:
    return Verdict(
        row.action,
        words,
        retries=row.retries,
        without=row.without,
        after_repeats=row.after_repeats,
        known=bool(row.text),
    )
