"""The queue of pending updates."""

from crier.sandbox.updates import DEFAULT_KINDS, MAX_UPDATES, UpdateQueue


def filled(count: int) -> UpdateQueue:
    queue = UpdateQueue()
    for _ in range(count):
        queue.push("message", b"{}", 1, 0.0)
    return queue


def ids(queue: UpdateQueue, offset: int, limit: int = 100, now: float = 0.0) -> list[int]:
    return [update.id for update in queue.take(offset, limit, now)]


def test_ids_start_at_random_and_go_up_by_one() -> None:
    queue = filled(3)
    first, second, third = ids(queue, 0)
    assert 2_000_001 <= first <= 1_000_000_000
    assert (second, third) == (first + 1, first + 2)


def test_no_offset_confirms_nothing() -> None:
    queue = filled(3)
    assert ids(queue, 0) == ids(queue, 0)
    assert len(queue) == 3


def test_an_offset_confirms_all_below_it_even_if_nothing_is_left() -> None:
    queue = filled(3)
    first = ids(queue, 0)[0]
    assert ids(queue, first + 1) == [first + 1, first + 2]
    assert ids(queue, first + 3) == []
    assert len(queue) == 0


def test_a_negative_offset_keeps_the_last_ones_only() -> None:
    queue = filled(5)
    last = ids(queue, 0)[-1]
    assert ids(queue, -2) == [last - 1, last]
    assert len(queue) == 2


def test_an_offset_far_away_counts_as_from_the_oldest() -> None:
    queue = filled(3)
    everything = ids(queue, 0)
    assert ids(queue, queue.next_id + 11) == everything
    assert ids(queue, everything[0] - 100_001) == everything
    assert len(queue) == 3
    assert ids(queue, queue.next_id + 10) == []


def test_a_filtered_update_takes_no_id() -> None:
    queue = UpdateQueue()
    queue.allow(["message"])
    assert queue.push("callback_query", b"{}", 1, 0.0) is None
    before = queue.next_id
    update = queue.push("message", b"{}", 1, 0.0)
    assert update is not None
    assert update.id == before


def test_an_empty_or_unknown_list_means_the_default_kinds() -> None:
    queue = UpdateQueue()
    for names in ([], ["nonsense"]):
        queue.allow(["message"])
        queue.allow(names)
        assert queue.allowed == DEFAULT_KINDS


def test_a_list_with_something_that_is_no_name_changes_nothing() -> None:
    queue = UpdateQueue()
    queue.allow(["Message", "kind_of_a_newer_version"])
    assert queue.allowed == {"message"}
    for names in ([1], ["poll", None], "poll", {"poll": 1}):
        queue.allow(names)
        assert queue.allowed == {"message"}
    assert "chat_member" not in DEFAULT_KINDS
    assert "my_chat_member" in DEFAULT_KINDS


def test_callbacks_expire_after_150_seconds_and_messages_after_a_day() -> None:
    queue = UpdateQueue()
    queue.push("message", b"{}", 1, 0.0)
    queue.push("callback_query", b"{}", 1, 0.0)
    assert len(ids(queue, 0, now=149)) == 2
    assert len(ids(queue, 0, now=151)) == 1
    assert ids(queue, 0, now=24 * 3600 + 1) == []


def test_a_full_queue_drops_what_is_new() -> None:
    queue = filled(MAX_UPDATES)
    oldest = ids(queue, 0, 1)
    assert queue.push("message", b"{}", 1, 0.0) is None
    assert queue.dropped == 1
    assert ids(queue, 0, 1) == oldest
