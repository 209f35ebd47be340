"""deploy/compose as text: what has a line where, and which secrets are files."""

import re
from pathlib import Path
from typing import Any

import yaml

from crier import settings

FOLDER = Path(__file__).parents[2] / "deploy" / "compose"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
EXAMPLE = (FOLDER / ".env.example").read_text()


def test_every_variable_has_a_line_that_is_explained_and_no_other_has() -> None:
    used = set(re.findall(r"\$\{([A-Z_0-9]+)", (FOLDER / "compose.yaml").read_text()))
    shown = re.findall(r"^(?:# )?([A-Z_0-9]+)=", EXAMPLE, re.MULTILINE)
    assert (set(shown), len(shown)) == (used, len(used))
    for block in EXAMPLE.strip().split("\n\n"):
        assert re.match(r"# (?![A-Z_0-9]+=)", block), f"nothing explains {block[:40]!r}"


def test_secrets_are_files_alone_and_each_service_that_reads_one_has_it() -> None:
    for name, service in COMPOSE["services"].items():
        environment = service.get("environment", {})
        named = {variable.removesuffix("_FILE") for variable in environment}
        for secret in named & settings._MAY_BE_FILES:
            file = environment[f"{secret}_FILE"].removeprefix("/run/secrets/")
            assert secret not in environment, (name, secret)
            assert file in service["secrets"], (name, file)
            assert file in COMPOSE["secrets"], file


def test_prepare_makes_every_secret() -> None:
    script = (FOLDER / "prepare").read_text()
    for name, secret in COMPOSE["secrets"].items():
        assert secret["file"] == f"secrets/{name}"
        assert re.search(rf"\b{name}\b", script), f"prepare does not make {name}"
