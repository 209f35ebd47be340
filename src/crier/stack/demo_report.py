"""How the demo shows itself: a progress bar on a terminal, plain lines elsewhere, and a table."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

Statistics = dict[str, Any]
Show = Callable[[Statistics], None]
OUTCOMES = ("sent", "blocked", "failed")


@contextmanager
def progress(audience: int, say: Callable[[str], None], *, is_terminal: bool) -> Iterator[Show]:
    """Within the block, `show(statistics)` brings the picture up to date."""
    if not is_terminal:
        yield _Lines(audience, say).show
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]:.0f}/s"))
    with Progress(TextColumn("broadcast"), *columns, TimeRemainingColumn()) as bar:
        task = bar.add_task("broadcast", total=audience, rate=0.0)
        yield lambda statistics: bar.update(
            task,
            completed=audience - statistics["pending"],
            rate=statistics["rate_per_second"] or 0,
        )


class _Lines:
    """A line for every tenth that is done."""

    def __init__(self, audience: int, say: Callable[[str], None]) -> None:
        self._audience, self._say, self._tenths = audience, say, -1

    def show(self, statistics: Statistics) -> None:
        done = self._audience - statistics["pending"]
        tenths = 10 * done // max(1, self._audience)
        if tenths > self._tenths:
            self._tenths = tenths
            self._say(f"broadcast: {done} of {self._audience} ({statistics['status']})")


def table(
    statistics: Statistics, counted: dict[int, dict[str, int]], names: dict[int, str]
) -> None:
    """The statistics of each bot, beside what the sandbox counted."""
    rows = {row["bot_id"]: row for row in statistics["per_bot"]}
    shown = Table(title="The broadcast: reported by Crier / counted by the sandbox")
    shown.add_column("bot")
    for name in ("audience", *OUTCOMES):
        shown.add_column(name, justify="right")
    for bot_id, name in names.items():
        pairs = [f"{rows[bot_id][of]} / {counted[bot_id][of]}" for of in OUTCOMES]
        shown.add_row(name, str(rows[bot_id]["audience"]), *pairs)
    sums = [f"{statistics[of]} / {sum(bot[of] for bot in counted.values())}" for of in OUTCOMES]
    shown.add_section()
    shown.add_row("all", str(statistics["audience"]), *sums)
    Console().print(shown)
