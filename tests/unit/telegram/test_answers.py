"""Numbers in an answer that nothing of ours can hold are no answer of Telegram's."""

import pytest

from crier.domain.outcomes import Action
from crier.telegram.answers import read_send
from crier.telegram.connection import Response
from crier.telegram.error_table import LONGEST_WAIT_S

DIGITS = "1" * 5000


@pytest.mark.parametrize("message_id", [str(2**63), f"-{DIGITS}", DIGITS, "1e30"])
def test_an_accepted_message_with_an_impossible_id_is_doubtful(message_id: str) -> None:
    body = f'{{"ok":true,"result":{{"message_id":{message_id}}}}}'.encode()
    assert read_send(Response(200, body)).doubtful


def test_the_largest_id_is_taken() -> None:
    body = f'{{"ok":true,"result":{{"message_id":{2**63 - 1}}}}}'.encode()
    assert read_send(Response(200, body)).message_id == 2**63 - 1


@pytest.mark.parametrize("wait", ["1e308", "1e999", DIGITS, "31622401"])
def test_a_wait_beyond_all_clocks_ends_after_a_year(wait: str) -> None:
    body = f'{{"ok":false,"error_code":429,"parameters":{{"retry_after":{wait}}}}}'.encode()
    found = read_send(Response(429, body))
    assert found.action is Action.WAIT
    assert found.verdict is not None
    assert found.verdict.retry_after_s in (LONGEST_WAIT_S, 5)  # or it cannot be read at all


def test_a_group_that_moved_to_an_impossible_id_is_no_migration() -> None:
    body = (
        b'{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a '
        b'supergroup chat","parameters":{"migrate_to_chat_id":-99999999999999999999}}'
    )
    assert read_send(Response(400, body)).action is not Action.MIGRATE
