"""The dashboards of Grafana: whole in Grafana's own models, and each panel explained."""

import json
import re
from itertools import combinations
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.support.grafana import FOLDER, dashboards

DOCS = FOLDER.parents[1] / "docs"
BOARDS = dashboards()
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in board["panels"]]
register_default_plugins()


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_loads_in_grafanas_models_without_loss(name: str) -> None:
    loaded: Any = Dashboard.from_json(BOARDS[name])
    assert json.loads(json.dumps(loaded, cls=JSONEncoder)) == BOARDS[name]


def test_there_is_a_dashboard_for_each_area() -> None:
    areas = {"api", "broadcast", "business", "database", "fleet", "overview", "worker"}
    assert set(BOARDS) == areas
    assert len({board["uid"] for board in BOARDS.values()}) == len(areas)


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=[f"{n}-{p['id']}" for n, p in PANELS])
def test_a_panel_says_what_it_shows_and_leads_to_its_page(name: str, panel: Any) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    (link,) = panel["links"]
    assert (DOCS / link["url"].removeprefix("${docs}/")).is_file()
    assert all(target["datasource"]["uid"] == "crier" for target in panel["targets"])
    chosen = {variable["name"] for variable in BOARDS[name]["templating"]["list"]}
    for target in panel["targets"]:
        assert set(re.findall(r"\$([a-z]+)", target["expr"])) <= chosen


@pytest.mark.parametrize("name", BOARDS)
def test_panels_lie_within_the_grid_and_on_none_other(name: str) -> None:
    places = [panel["gridPos"] for panel in BOARDS[name]["panels"]]
    assert all(one["x"] + one["w"] <= 24 for one in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)


def test_the_data_source_has_the_uid_that_panels_name() -> None:
    source = (FOLDER / "provisioning" / "datasources" / "crier.yml").read_text()
    assert "uid: crier\n" in source
