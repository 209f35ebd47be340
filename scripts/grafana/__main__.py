"""Write Grafana's dashboards to deploy/grafana/dashboards from code: `python -m scripts.grafana`.

With `--check` it writes nothing and exits with 1 where a file is not what the code makes of it
(`make check`).
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

from scripts.grafana.panels import Board, Panel
from scripts.grafana.running import API, DATABASE, OVERVIEW, WORKER
from scripts.grafana.sending import BROADCAST, BUSINESS, FLEET

TARGET: Final = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"
BOARDS: Final = (OVERVIEW, FLEET, BROADCAST, API, DATABASE, WORKER, BUSINESS)
SOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="crier")
"""The data source that deploy/grafana/provisioning names so."""
DOCS: Final = "/public/crier"
"""Where Grafana itself shows a copy of `docs/`; the variable `docs` changes it."""


def built(board: Board) -> dashboard.Dashboard:
    """Return one dashboard, as the builders of Grafana's SDK have it."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(f"crier-{board.name}")
        .description(board.words)
        .tags(["crier"])
        .timezone("browser")
        .time("now-3h", "now")
        .refresh("30s")
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(_others())
    )
    for name, labels in board.choices.items():
        made.with_variable(_choice(name, labels))
    made.with_variable(
        dashboard.TextBoxVariable("docs")
        .label("Pages at")
        .default_value(DOCS)
        .current(models.VariableOption(selected=True, text=DOCS, value=DOCS))
    )
    width = min(24 // max(1, sum(panel.kind == "number" for panel in board.panels)), 8)
    for number, panel in enumerate(board.panels, 1):
        made.with_panel(_panel(panel).id(number).span(12 if panel.kind == "chart" else width))
    return made


def _others() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("Crier")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags(["crier"])
        .as_dropdown(True)
        .keep_time(True)
    )


def _choice(name: str, labels: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .datasource(SOURCE)
        .query(f"label_values({labels})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.NUMERICAL_ASC)
        .multi(True)
        .include_all(True)
        .current(models.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _panel(panel: Panel) -> stat.Panel | timeseries.Panel:
    made = _number() if panel.kind == "number" else _chart()
    made.title(panel.title).description(panel.words).unit(panel.unit).datasource(SOURCE)
    made.links(
        [
            dashboard.DashboardLink("What it means and what to do")
            .type(models.DashboardLinkType.LINK)
            .url(f"${{docs}}/{panel.page}")
            .target_blank(True)
        ]
    )
    for place, (legend, expression) in enumerate(panel.expressions.items()):
        made.with_target(
            prometheus.Dataquery()
            .datasource(SOURCE)
            .ref_id(chr(ord("A") + place))
            .expr(expression)
            .legend_format(legend or panel.title)
        )
    return made


def _number() -> stat.Panel:
    newest = common.ReduceDataOptions().calcs(["lastNotNull"])
    return stat.Panel().reduce_options(newest).height(4)


def _chart() -> timeseries.Panel:
    legend = (
        common.VizLegendOptions()
        .display_mode(common_models.LegendDisplayMode.LIST)
        .placement(common_models.LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    return timeseries.Panel().axis_soft_min(0).fill_opacity(10).legend(legend).height(8)


def text(board: Board) -> str:
    """Return the dashboard's file."""
    made: Any = built(board).build()
    return json.dumps(made, cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the files, or say which are not current."""
    check = "--check" in sys.argv
    files = {TARGET / f"{board.name}.json": text(board) for board in BOARDS}
    there = {path: path.read_text() for path in TARGET.glob("*.json")}
    if check:
        names = sorted(p.name for p in {*files, *there} if files.get(p) != there.get(p))
        print(f"grafana: not current: {names}: `make grafana`" if names else "grafana: current")
        return 1 if names else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for path in there.keys() - files.keys():
        path.unlink()
    for path, content in files.items():
        path.write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
