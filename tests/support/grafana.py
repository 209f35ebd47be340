"""The files of `deploy/grafana`, as Grafana reads them."""

import json
from typing import Any

from tests.support.prometheus import DEPLOY

FOLDER = DEPLOY / "grafana"


def dashboards() -> dict[str, Any]:
    """Return every dashboard by its file's name."""
    return {
        path.stem: json.loads(path.read_text())
        for path in sorted((FOLDER / "dashboards").glob("*.json"))
    }


def expressions() -> dict[str, str]:
    """Return every expression of every panel, by where it stands, with its variables filled in."""
    return {
        f"{name}: {panel['title']}: {target['legendFormat']}": target["expr"]
        .replace("$__rate_interval", "1m")
        .replace("$broadcast", ".*")
        .replace("$instance", ".*")
        for name, board in dashboards().items()
        for panel in board["panels"]
        for target in panel["targets"]
    }
