"""Every row of the fact sheet's error table, and texts that are in no table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crier.domain.outcomes import Action, ChatStatus, Outcome, chat_status_after, outcome_of
from crier.telegram.error_table import PEER_FLOOD_PAUSE_S, Verdict, classify
from tests.support.refusals import ROWS


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
