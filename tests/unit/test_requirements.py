"""The locked requirements: what is tested is what runs."""

import re
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((REQUIREMENTS / name).read_text()))


def test_tests_run_on_the_versions_that_the_product_runs_on() -> None:
    product, tested = pins("main.txt"), pins("dev.txt")
    assert len(product) > 30
    assert {name: tested.get(name) for name in product} == product


def test_every_requirement_has_a_hash_and_no_index_is_named() -> None:
    for name in ("main.txt", "dev.txt", "node.txt", "build.txt"):
        text = (REQUIREMENTS / name).read_text()
        assert text.count("--hash=sha256:") >= len(pins(name))
        assert "--index-url" not in text
        assert "://" not in text
