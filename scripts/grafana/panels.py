"""Panels and dashboards of Grafana as data; the files beside this one list them.

`$__rate_interval` is Grafana's: the shortest span that rates can be taken over. Every expression
gives data on a platform with a broadcast under way (`tests/acceptance/test_observability.py`).
Pages are those of `docs/`, most of them runbooks.
"""

from typing import Literal, NamedTuple


class Panel(NamedTuple):
    """One panel: what it shows, in which of Grafana's units, and the page that explains it."""

    title: str
    unit: str
    expressions: dict[str, str]
    """Each line's legend, and its expression."""
    words: str
    page: str
    kind: Literal["chart", "number"] = "chart"


class Board(NamedTuple):
    """One dashboard; `choices` are variables, each with the figure whose labels it offers."""

    name: str
    title: str
    words: str
    panels: list[Panel]
    choices: dict[str, str]


def number(title: str, unit: str, expression: str, words: str, page: str) -> Panel:
    """Return a panel that shows the newest figure alone."""
    return Panel(title, unit, {"": expression}, words, page, "number")


def rate(figure: str, by: str = "", span: str = "$__rate_interval") -> str:
    """Return how much a counter grows in a second, summed over processes."""
    return f"sum{f' by ({by}) ' if by else ''}(rate({figure}[{span}]))"


def shares(figure: str, by: str = "") -> dict[str, str]:
    """Return the median and the slowest 5 % and 1 % of a histogram, for each value of a label."""
    legend = f"{{{{{by}}}}} " if by else ""
    labels = f"le, {by}" if by else "le"
    return {
        f"{legend}{name}": f"histogram_quantile({share}, {rate(f'{figure}_bucket', labels)})"
        for name, share in (("half", 0.5), ("95 %", 0.95), ("99 %", 0.99))
    }
