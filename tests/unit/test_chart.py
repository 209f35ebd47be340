"""The Helm chart, rendered by Helm itself and held against the schemas of Kubernetes."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python as helm
import kubernetes_validate
import pytest
import yaml

from crier.stack.environments import PROGRAMS

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "chart"
KUBERNETES = ("1.27", "1.31", "1.35")
VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "with an ingress": {"ingress": {"enabled": True}},
    "with all that is optional": {
        "settings": {"CRIER_SEND_RATE": "25", "CRIER_S3_BUCKET": "crier"},
        "optional": ["smtp_url", "s3_access_key", "s3_secret_key"],
        "dataClaim": "crier-data",
        "imagePullSecrets": [{"name": "registry"}],
        "ingress": {"enabled": True},
    },
    "without scaling": {"autoscaling": False, "networkPolicy": {"enabled": False}},
}
Object = dict[str, Any]


def rendered(values: Object) -> list[Object]:
    """Return every object that the chart makes of these values."""
    with helm.Chart.load(CHART) as chart:
        texts = chart.render(values, name="crier", namespace="ads").values()
    return [made for text in texts for made in yaml.safe_load_all(text) if made]


def pods(objects: list[Object]) -> Iterator[Object]:
    """Yield the template of every pod."""
    for made in objects:
        if made["kind"] in ("Deployment", "Job"):
            yield made["spec"]["template"]


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS.keys())
def test_kubernetes_takes_every_object(values: Object, version: str) -> None:
    """Strictly: a field that no schema has is a fault."""
    objects = rendered(values)
    assert {made["kind"] for made in objects} >= {"Deployment", "Job", "PodDisruptionBudget"}
    for made in objects:
        kubernetes_validate.validate(made, version, strict=True)


def test_a_field_that_kubernetes_does_not_know_is_found() -> None:
    (made, *_) = rendered({})
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**made, "specs": {}}, KUBERNETES[0], strict=True)


def test_helm_finds_nothing_wrong() -> None:
    found = helm.lint(CHART, strict=True)
    assert found["errors"] == []
    assert [note["error"] for note in found["messages"]] == ["icon is recommended"]


@pytest.mark.parametrize(
    "values",
    [
        {"publicUrl": "http://ads.example.com"},
        {"publicUrl": "https://ads.example.com/crier"},
        {"settings": {"SEND_RATE": "1"}},
        {"settings": {"CRIER_SEND_RATE": 25}},
        {"secret": ""},
        {"replicas": 3},
    ],
)
def test_values_that_cannot_be_are_refused(values: Object) -> None:
    with pytest.raises(helm.HelmError):
        rendered(values)


def test_it_is_the_version_of_crier() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    about = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert about["version"] == about["appVersion"] == project["version"]


def test_pods_are_not_root_and_write_nowhere_but_in_their_data() -> None:
    for pod in pods(rendered({})):
        assert pod["spec"]["securityContext"]["runAsNonRoot"]
        assert not pod["spec"]["automountServiceAccountToken"]
        for container in pod["spec"]["containers"]:
            bounds = container["securityContext"]
            assert bounds["readOnlyRootFilesystem"]
            assert bounds["capabilities"] == {"drop": ["ALL"]}
            assert not bounds["allowPrivilegeEscalation"]


def test_programs_get_settings_that_they_read_and_secrets_as_files_alone() -> None:
    values = VARIANTS["with all that is optional"]
    secret = re.compile("PASSWORD|SECRET|KEY|DATABASE|REDIS|SMTP")
    known = {name for names in PROGRAMS.values() for name in names} | {"CRIER_ADMIN_PASSWORD"}
    for pod in pods(rendered(values)):
        for container in pod["spec"]["containers"]:
            names = [variable["name"] for variable in container["env"]]
            assert len(names) == len(set(names))
            assert {name.removesuffix("_FILE") for name in names} <= known
            assert all(name.endswith("_FILE") for name in names if secret.search(name))


def test_the_owner_of_the_tables_is_known_to_the_migration_alone() -> None:
    for pod in pods(rendered({})):
        mounted = {volume.get("secret", {}).get("secretName") for volume in pod["spec"]["volumes"]}
        part = pod["metadata"]["labels"]["app.kubernetes.io/component"]
        assert ("crier-owner" in mounted) == (part == "migrate")


def test_what_is_said_of_pods_is_said_of_pods_that_are_there() -> None:
    objects = rendered({})
    labels = [pod["metadata"]["labels"] for pod in pods(objects)]
    deployed = {made["metadata"]["name"] for made in objects if made["kind"] == "Deployment"}
    for made in objects:
        spec = made["spec"]
        if made["kind"] in ("PodDisruptionBudget", "NetworkPolicy", "Deployment"):
            wanted = (spec.get("selector") or spec.get("podSelector"))["matchLabels"].items()
        elif made["kind"] == "Service":
            wanted = spec["selector"].items()
        else:
            continue
        assert any(wanted <= found.items() for found in labels), made["metadata"]["name"]
    scaled = [made for made in objects if made["kind"] == "HorizontalPodAutoscaler"]
    assert {made["spec"]["scaleTargetRef"]["name"] for made in scaled} == deployed


def test_more_workers_come_by_a_figure_that_crier_shows() -> None:
    figures = (ROOT / "src/crier/services/system/figures.py").read_text()
    assert '"queue_jobs"' in figures
    (scaled,) = (
        made
        for made in rendered({})
        if made["metadata"]["name"] == "crier-worker"
        if made["kind"] == "HorizontalPodAutoscaler"
    )
    metrics = [metric["external"]["metric"] for metric in scaled["spec"]["metrics"]]
    assert {metric["name"] for metric in metrics} == {"crier_queue_jobs"}
    assert {metric["selector"]["matchLabels"]["queue"] for metric in metrics} == {
        "broadcasts",
        "bots",
    }
