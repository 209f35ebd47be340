"""Counting in memory: by interval, bounded, and whole."""

import threading

from crier.domain import histogram
from crier.observability.samples import INTERVAL_S, MOST_INTERVALS, MOST_NAMES, OTHER, Samples

NOW = 1_700_000_000


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def test_an_interval_is_taken_once_it_is_over() -> None:
    clock = Clock()
    samples = Samples(clock=clock)
    samples.count("api", "GET /", 0.003)
    assert samples.take() == {}
    clock.now += INTERVAL_S
    samples.count("api", "GET /", 0.5, error=True)
    (at, cells) = samples.take().popitem()
    cell = cells["api", "GET /"]
    assert (at, cell.count, cell.errors, sum(cell.latency)) == (NOW, 1, 0, 1)
    (at, cells) = samples.take(unfinished=True).popitem()
    assert (at, cells["api", "GET /"].errors) == (NOW + INTERVAL_S, 1)


def test_more_names_than_are_kept_count_as_other_and_the_total_stays_whole() -> None:
    samples = Samples(clock=Clock())
    for bot_id in range(MOST_NAMES + 50):
        for _ in range(2):
            samples.count("sends", str(bot_id))
    samples.count("api", "GET /")
    cells = samples.take(unfinished=True)[NOW]
    assert len(cells) == MOST_NAMES + 2
    assert cells["sends", OTHER].count == 100
    assert sum(cell.count for (kind, _), cell in cells.items() if kind == "sends") == 2100


def test_what_could_not_be_written_is_added_to_what_came_meanwhile_and_is_bounded() -> None:
    clock = Clock()
    samples = Samples(clock=clock)
    samples.count("sends", "1", 0.001)
    samples.throttled("sends", "1", 2.5)
    taken = samples.take(unfinished=True)
    samples.count("sends", "1", 4.0)
    samples.give_back(taken)
    cell = samples.take(unfinished=True)[NOW]["sends", "1"]
    assert (cell.count, cell.throttled, cell.waited_s, sum(cell.latency)) == (2, 1, 2.5, 2)
    for _ in range(MOST_INTERVALS + 5):
        samples.count("sends", "1")
        clock.now += INTERVAL_S
    samples.give_back({})
    kept = samples.take()
    assert (len(kept), samples.dropped) == (MOST_INTERVALS, 5)
    assert min(kept) == NOW + 5 * INTERVAL_S


def test_threads_lose_nothing() -> None:
    samples = Samples(clock=Clock())

    def work() -> None:
        for _ in range(5000):
            samples.count("database", seconds=0.0002)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert samples.take(unfinished=True)[NOW]["database", ""].count == 20_000


def test_durations_count_in_the_interval_in_which_they_came() -> None:
    clock = Clock()
    samples = Samples(clock=clock)
    sends = samples.durations("sends", "1")
    for step, seconds in ((0, 0.001), (9, 0.002), (0.5, 99.0), (0.5, 0.004), (0.4, 0.004)):
        clock.now += step
        sends.add(seconds)
    (at, cells) = samples.take().popitem()
    cell = cells["sends", "1"]
    assert (at, cell.count, cell.took_s, cell.latency[-1]) == (NOW, 3, 99.003, 1)
    assert samples.totals()["sends", ""].count == 5
    clock.now += INTERVAL_S
    (at, cells) = samples.take().popitem()
    assert (at, cells["sends", "1"].count) == (NOW + INTERVAL_S, 2)


def test_a_duration_that_comes_while_another_thread_counts_is_not_lost() -> None:
    samples, over = Samples(), threading.Event()
    sends = samples.durations("sends", "1")

    def watch() -> None:
        while not over.is_set():
            samples.totals()

    thread = threading.Thread(target=watch)
    thread.start()
    for _ in range(200_000):
        sends.add(0.001)
    over.set()
    thread.join()
    assert samples.totals()["sends", ""].count == sum(samples.totals()["sends", ""].latency)
    assert samples.totals()["sends", ""].count == 200_000


def test_a_duration_of_an_interval_that_was_taken_counts_in_the_next() -> None:
    clock = Clock()
    samples = Samples(clock=clock)
    sends = samples.durations("sends", "1")
    sends.add(0.001)
    clock.now += INTERVAL_S
    samples.take()
    sends.waiting.append(0.001)  # the adding thread was interrupted for half a second
    clock.now += 0.5
    assert [cells["sends", "1"].count for cells in samples.take(unfinished=True).values()] == [1]


def test_a_percentile_is_as_near_as_is_promised() -> None:
    durations = [0.0002 * 1.01**n for n in range(1200)]
    counts = [0] * len(histogram.FINE)
    for seconds in durations:
        counts[histogram.fine_bucket_of(seconds)] += 1
    for share in (0.01, 0.25, 0.5, 0.95, 0.99, 1.0):
        true_ms = durations[max(int(share * len(durations)) - 1, 0)] * 1000
        (found,) = histogram.percentiles(counts, (share,), histogram.FINE)
        assert found is not None
        assert 0.7 < found / true_ms < 1.42


def test_a_clock_that_is_set_back_or_stands_loses_nothing() -> None:
    clock = Clock()
    samples = Samples(clock=clock)
    sends = samples.durations("sends", "1")
    for step in (0, 10, -20, 5, 3600, -3600):
        clock.now += step
        samples.count("api", "GET /", 100.0)
        samples.count("api", "GET /", 0.0)
        sends.add(0.1)
    taken = samples.take(unfinished=True).values()
    every = [item for interval in taken for item in interval.items()]
    assert sum(cell.count for (kind, _), cell in every if kind == "sends") == 6
    cells = [cell for (kind, _), cell in every if kind == "api"]
    assert sum(cell.count for cell in cells) == 12
    assert sum(cell.latency[0] for cell in cells) == sum(cell.latency[-1] for cell in cells) == 6
    assert all(len(cell.latency) == len(histogram.FINE) for cell in cells)
