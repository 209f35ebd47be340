"""Named statements are bound when a module is imported."""

import pytest

from crier.storage import queries


def test_a_statement_that_does_not_exist_stops_the_import() -> None:
    with pytest.raises(KeyError, match=r"sql/lifecycle\.sql has no statement pauze"):
        queries.load("lifecycle").query("pauze")


def test_steps_return_what_their_caller_was_given() -> None:
    query = queries.load("lifecycle").query("in_flight", int)

    def steps() -> queries.Steps[int]:
        rows = yield from queries.ask(query(broadcast_id=7))
        return sum(rows)

    taken = steps()
    statement = next(taken)
    assert statement.parameters == {"broadcast_id": 7}
    with pytest.raises(StopIteration) as ended:
        taken.send([1, 2])
    assert ended.value.value == 3


def test_a_part_of_statements_stands_in_each_of_them() -> None:
    area = queries.load("control")
    part = area.texts["retryable"].split("\n", 2)[2]
    for name in ("count_again", "retry"):
        assert part in area.texts[name]
        assert "<<" not in area.texts[name]
