"""The templates of nginx, which two programs fill in."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_container_fills_in_every_name_of_the_templates() -> None:
    folder = ROOT / "src/crier/install/nginx"
    names = {
        name for path in folder.glob("*.conf") for name in re.findall(r"@(\w+)@", path.read_text())
    }
    filled = set(re.findall(r"s#@(\w+)@#", (ROOT / "deploy/nginx/start.sh").read_text()))
    assert names == filled
