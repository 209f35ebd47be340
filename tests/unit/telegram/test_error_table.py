"""Every row of the fact sheet's error table, and texts that are in no table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crier.domain.outcomes import Action, ChatStatus, Outcome, chat_status_after, outcome_of
from crier.telegram.error_table import PEER_FLOOD_PAUSE_S, Verdict, classify

A = Action
ROWS = [
    (403, "Forbidden: bot was blocked by the user", A.BLOCKED),
    (403, "Forbidden: user is deactivated", A.DEAD),
    (403, "Forbidden: bot can't initiate conversation with a user", A.DROP),
    (403, "Forbidden: the bot can't send messages to the bot", A.DROP),
    (403, "Forbidden: bot can't send messages to bots", A.DROP),
    (403, "Forbidden: bot was kicked from the group chat", A.DROP),
    (403, "Forbidden: bot was kicked from the supergroup chat", A.DROP),
    (403, "Forbidden: bot was kicked from the channel chat", A.DROP),
    (403, "Forbidden: bot is not a member of the group chat", A.DROP),
    (403, "Forbidden: bot is not a member of the supergroup chat", A.DROP),
    (403, "Forbidden: bot is not a member of the channel chat", A.DROP),
    (403, "Forbidden: the group chat was deleted", A.DEAD),
    (400, "Bad Request: group is deactivated", A.DEAD),
    (400, "Bad Request: chat not found", A.DROP),
    (400, "Bad Request: private chat not found", A.DROP),
    (400, "Bad Request: chat_id is empty", A.CONTENT_STOP),
    (400, "Bad Request: PEER_ID_INVALID", A.DROP),
    (400, "Bad Request: have no write access to the chat", A.DROP),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", A.DROP),
    (400, "Bad Request: have no rights to send a message", A.DROP),
    (400, "Bad Request: not enough rights to send text messages to the chat", A.SKIP),
    (400, "Bad Request: not enough rights to send photos to the chat", A.SKIP),
    (400, "Bad Request: need administrator rights in the channel chat", A.DROP),
    (400, "Bad Request: CHAT_RESTRICTED", A.SKIP),
    (400, "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN", A.SKIP),
    (400, "Bad Request: TOPIC_CLOSED", A.SKIP),
    (400, "Bad Request: message thread not found", A.SKIP),
    (400, "Bad Request: message to be replied not found", A.SKIP),
    (400, "Bad Request: PEER_FLOOD", A.WAIT),
    (400, "Bad Request: FROZEN_METHOD_INVALID", A.BOT_STOP),
    (400, "Bad Request: ALLOW_PAYMENT_REQUIRED_25", A.DROP),
    (401, "Unauthorized", A.BOT_STOP),
    (401, "Unauthorized: invalid token specified", A.BOT_STOP),
    (404, "Not Found", A.BOT_STOP),
    (404, "Not Found: method not found", A.CONTENT_STOP),
    (421, "Misdirected Request: unallowed token specified", A.BOT_STOP),
    (400, "Logged out", A.BOT_STOP),
    (409, "Conflict: terminated by other getUpdates request; make sure that …", A.BACKOFF),
    (400, "Bad Request: can't parse entities: Can't find end tag", A.CONTENT_STOP),
    (400, "Bad Request: unsupported parse_mode", A.CONTENT_STOP),
    (400, "Bad Request: message is too long", A.CONTENT_STOP),
    (400, "Bad Request: message caption is too long", A.CONTENT_STOP),
    (400, "Bad Request: text is too long", A.CONTENT_STOP),
    (400, "Bad Request: MESSAGE_TOO_LONG", A.CONTENT_STOP),
    (400, "Bad Request: message text is empty", A.CONTENT_STOP),
    (400, "Bad Request: text must be non-empty", A.CONTENT_STOP),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", A.CONTENT_STOP),
    (400, "Bad Request: wrong remote file identifier specified: Wrong padding", A.CONTENT_STOP),
    (400, "Bad Request: wrong remote file id specified: Wrong padding", A.CONTENT_STOP),
    (400, "Bad Request: failed to get HTTP URL content", A.CONTENT_STOP),
    (400, "Bad Request: wrong type of the web page content", A.CONTENT_STOP),
    (400, "Bad Request: wrong HTTP URL specified", A.CONTENT_STOP),
    (400, "Bad Request: invalid file HTTP URL specified: Wrong port", A.CONTENT_STOP),
    (400, "Bad Request: can't upload file by URL", A.CONTENT_STOP),
    (400, "Bad Request: IMAGE_PROCESS_FAILED", A.CONTENT_STOP),
    (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", A.CONTENT_STOP),
    (400, "Bad Request: photo has unsupported extension. Use one of .jpg", A.CONTENT_STOP),
    (400, "Bad Request: there is no photo in the request", A.CONTENT_STOP),
    (400, "Bad Request: there is no video in the request", A.CONTENT_STOP),
    (400, "Bad Request: file must be non-empty", A.CONTENT_STOP),
    (400, "Bad Request: file of size 9 bytes is too big for a photo", A.CONTENT_STOP),
    (413, "Request Entity Too Large", A.CONTENT_STOP),
    (413, "", A.CONTENT_STOP),
    (400, "Bad Request: can't use file of type Video as Photo", A.CONTENT_STOP),
    (400, "Bad Request: can't parse InputMedia: Can't parse entities: x", A.CONTENT_STOP),
    (400, "Bad Request: document can't be mixed with other media types", A.CONTENT_STOP),
    (400, "Bad Request: can't use the media of the specified type in the album", A.CONTENT_STOP),
    (400, "Bad Request: too many messages to send as an album", A.CONTENT_STOP),
    (400, "Bad Request: group send failed", A.CONTENT_STOP),
    (400, 'Bad Request: failed to send message #1 with the error message "X_Y"', A.CONTENT_STOP),
    (400, 'Bad Request: failed to send message #2 with the error message "USER_IS_BLOCKED"',
     A.BLOCKED),
    (400, 'Bad Request: failed to send message #2 with the error message "PEER_ID_INVALID"',
     A.DROP),
    (400, "Bad Request: BUTTON_DATA_INVALID", A.CONTENT_STOP),
    (400, "Bad Request: BUTTON_URL_INVALID", A.CONTENT_STOP),
    (400, "Bad Request: BUTTON_TYPE_INVALID", A.CONTENT_STOP),
    (400, "Bad Request: can't parse inline keyboard button: Can't find field", A.CONTENT_STOP),
    (400, "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL", A.CONTENT_STOP),
    (400, "Bad Request: can't parse reply keyboard markup JSON object", A.CONTENT_STOP),
    (400, "Bad Request: reply markup is too long", A.CONTENT_STOP),
    (400, "Bad Request: message to copy not found", A.CONTENT_STOP),
    (400, "Bad Request: message to forward not found", A.CONTENT_STOP),
    (400, "Bad Request: message has protected content and can't be forwarded", A.CONTENT_STOP),
    (400, "Bad Request: can't use message effects in the chat", A.SKIP),
    (400, "Bad Request: message is not modified: specified new message content", A.OK),
    (400, "Bad Request: message to edit not found", A.SKIP),
    (400, "Bad Request: message to delete not found", A.SKIP),
    (400, "Bad Request: message can't be edited", A.SKIP),
    (400, "Bad Request: message can't be deleted", A.SKIP),
    (400, "Bad Request: query is too old and response timeout expired or query ID is invalid",
     A.OK),
    (500, "Internal Server Error: restart", A.BACKOFF),
    (502, "Bad Gateway", A.BACKOFF),
    (504, "", A.BACKOFF),
    (400, "Bad Request: something nobody has seen", A.SKIP),
    (403, "Forbidden: something nobody has seen", A.DROP),
]  # fmt: skip


@pytest.mark.parametrize(("code", "description", "action"), ROWS)
def test_each_row_has_its_action_in_any_case_and_without_its_prefix(
    code: int, description: str, action: Action
) -> None:
    for text in (description, description.upper(), description.partition(": ")[2] or description):
        assert classify(code, description).action is action, text
        if code in (400, 403):
            assert classify(code, text).action is action, text


def test_429_waits_exactly_as_long_as_telegram_says() -> None:
    words = "Too Many Requests: retry after 6775"
    assert classify(429, words, 6775) == Verdict(Action.WAIT, words, retry_after_s=6775)
    assert classify(429, "").retry_after_s == 5
    assert classify(429, words, -3).retry_after_s == 0


def test_a_migrated_group_names_its_new_id() -> None:
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    verdict = classify(400, words, migrate_to_chat_id=-1001234567890)
    assert verdict.action is Action.MIGRATE
    assert verdict.migrate_to_chat_id == -1001234567890


def test_a_spam_restriction_pauses_the_bot_for_hours() -> None:
    assert classify(400, "Bad Request: PEER_FLOOD").retry_after_s == PEER_FLOOD_PAUSE_S


def test_what_needs_more_than_an_action_says_so() -> None:
    assert classify(400, "Bad Request: failed to get HTTP URL content").retries == 2
    assert classify(401, "Unauthorized").confirm
    assert classify(400, "Bad Request: message thread not found").without == "message_thread_id"
    assert classify(400, "Bad Request: message to be replied not found").without is not None
    assert classify(400, "Bad Request: can't use message effects in the chat").without is not None


def test_only_answers_that_prove_it_change_the_chat() -> None:
    def after(code: int, text: str) -> ChatStatus | None:
        verdict = classify(code, text)
        return chat_status_after(verdict.action, after_repeats=verdict.after_repeats)

    assert after(403, "Forbidden: bot was blocked by the user") is ChatStatus.BLOCKED
    assert after(403, "Forbidden: user is deactivated") is ChatStatus.GONE
    assert after(403, "Forbidden: bot was kicked from the group chat") is ChatStatus.GONE
    assert after(400, "Bad Request: chat not found") is ChatStatus.GONE
    assert after(400, "Bad Request: have no write access to the chat") is None
    assert after(400, "Bad Request: not enough rights to send text messages to the chat") is None
    assert after(403, "Forbidden: something nobody has seen") is None
    assert after(429, "Too Many Requests: retry after 1") is None


def test_the_outcome_follows_from_the_action_and_the_doubt() -> None:
    final = {
        Action.OK: Outcome.SENT,
        Action.BLOCKED: Outcome.BLOCKED,
        Action.DEAD: Outcome.FAILED,
        Action.DROP: Outcome.FAILED,
        Action.SKIP: Outcome.FAILED,
        Action.CONTENT_STOP: Outcome.FAILED,
    }
    for action in Action:
        assert outcome_of(action, doubtful=False) is final.get(action)
        assert outcome_of(action, doubtful=True) is Outcome.UNKNOWN


def test_no_token_survives_in_a_description() -> None:
    token = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
    verdict = classify(400, f"Bad Request: can't fetch https://x/bot{token}/f")
    assert token not in verdict.description
    assert "<token>" in verdict.description


@given(code=st.integers(0, 999), text=st.text(), wait=st.none() | st.floats(0, 1e9))
def test_no_answer_whatever_its_words_is_without_a_verdict(
    code: int, text: str, wait: float | None
) -> None:
    verdict = classify(code, text, wait)
    assert verdict.description
    assert (verdict.action is Action.WAIT) == (verdict.retry_after_s is not None)
