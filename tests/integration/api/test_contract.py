"""The contract (docs/api.md), the OpenAPI document and the routes are one."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from crier.api.http.openapi import document
from tests.support.api import Api

ROOT = Path(__file__).parents[3]
VERBS = "GET|POST|PUT|PATCH|DELETE"
# Pages and probes that are described in words, not as operations.
OUTSIDE = {"GET /", "GET /{}", "GET /assets/{}", "GET /api/docs", "GET /api/docs/{}"}
OUTSIDE |= {"GET /api/openapi.json"}


def plain(path: str) -> str:
    return re.sub(r"<[^>]+>|\{[^}]*\}", "{}", path)


def promised() -> set[str]:
    """`METHOD /path` of everything that the contract lists, `· /stop` after `/start` included."""
    found: set[str] = set()
    for line in (ROOT / "docs" / "api.md").read_text().splitlines():
        verbs, path = "", ""
        for code in re.findall(r"`([^`]*)`", line):
            match = re.match(
                rf"((?:{VERBS})(?:\|(?:{VERBS}))*) (/(?:\{{[^}}]*\}}|[^\s?{{])*)", code
            )
            if match:
                verbs, path = match[1], match[2]
            elif verbs and re.fullmatch(r"/[a-z-]+", code):
                path = f"{path.rpartition('/')[0]}{code}"
            else:
                continue
            found |= {f"{verb} {plain(path)}" for verb in verbs.split("|")}
    return found


def documented(made: dict[str, Any]) -> set[str]:
    paths = made["paths"].items()
    return {f"{verb.upper()} {plain(path)}" for path, item in paths for verb in item}


def routed(api: Api) -> set[str]:
    return {
        f"{verb} {plain(rule.rule)}"
        for rule in api.app.url_map.iter_rules()
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_contract_is_read_whole() -> None:
    found = promised()
    assert {"POST /api/ads/{}/cancel", "PUT /api/bots/{}/commands", "GET /metrics"} <= found
    assert len(found) > 50


def test_every_promise_is_documented_and_every_route_is(api: Api) -> None:
    made = document(api.app)
    assert promised() - documented(made) - OUTSIDE == set()
    assert documented(made) == routed(api) - OUTSIDE


def test_every_operation_says_what_it_does_who_may_and_what_it_answers(api: Api) -> None:
    for path, item in document(api.app)["paths"].items():
        for verb, operation in item.items():
            name = f"{verb} {path}"
            assert operation.get("summary"), f"{name} has no description"
            assert "security" in operation, name
            good = [status for status in operation["responses"] if int(status) < 400]
            assert good, f"{name} documents no success"
            for status, response in operation["responses"].items():
                assert response.get("description"), f"{name} {status}"


def test_every_reference_leads_somewhere_and_operation_ids_are_unique(api: Api) -> None:
    made = document(api.app)
    text = json.dumps(made)
    wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert wanted == set(made["components"]["schemas"])
    ids = re.findall(r'"operationId": "([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert made["openapi"].startswith("3.1")


def test_the_document_is_served_and_its_copy_in_the_docs_is_fresh(api: Api) -> None:
    answer = api.nobody.get("/api/openapi.json")
    assert answer.status_code == 200
    path = ROOT / "scripts" / "openapi.py"
    spec = importlib.util.spec_from_file_location("openapi_script", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    fresh = json.loads(script.text())
    assert answer.json == fresh
    committed = json.loads((ROOT / "docs" / "openapi.json").read_text())
    assert committed == fresh, "run `make openapi` and commit docs/openapi.json"


@pytest.mark.parametrize("path", ["/api/docs", "/api/docs/start.js", "/api/docs/swagger-ui.css"])
def test_the_human_docs_load_nothing_from_outside(api: Api, path: str) -> None:
    answer = api.nobody.get(path)
    assert answer.status_code == 200
    if path == "/api/docs":
        assert re.findall(r'(?:src|href)="(?:\w+:|//)', answer.text) == []
        assert "<script>" not in answer.text
        assert "'unsafe" not in answer.headers["Content-Security-Policy"]
