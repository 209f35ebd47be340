"""Every operation of the OpenAPI document, with data of every shape, as each role: the answers are
among those documented, fit their schemas, and none is a fault of ours.

All checks of schemathesis are on. Two are told what a JSON schema cannot say: data that fits the
schema may still be refused by a rule (422: a common password, bad markup, a time in the past), and
a token in another role than an operation's is 403.
"""

import contextlib
import unittest
from collections.abc import Iterator
from typing import Any, Final

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.config import ChecksConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig

from tests.support.api import Api

EXAMPLES: Final = {"ours": 3, "fuzz": 150}
NOISE: Final = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
CAST: Final = ("vera", "alice", "oscar", "adam")
"""One of each role, the one that may most as the last."""


def load(api: Api) -> Any:
    checks = ChecksConfig.from_dict(
        {
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "302", "401", "403", "404", "409", "422", "502", "503"]
            },
            "negative_data_rejection": {"expected-statuses": ["4xx", "502", "503"]},
        }
    )
    config = SchemathesisConfig(
        projects=ProjectsConfig(default=ProjectConfig(checks=checks)),
    )
    return schemathesis.openapi.from_wsgi("/api/openapi.json", api.app, config=config)


def problems(api: Api, count: int) -> Iterator[str]:
    for result in load(api).get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            found = problem(operation, mode, api, count)
            if found:
                yield f"{operation.label} ({mode.value}): {found}"


def problem(operation: Any, mode: GenerationMode, api: Api, count: int) -> str:
    """What is wrong with an operation, '' for nothing. To make data costs more than to send them,
    so each role is sent the same."""
    people = {"nobody": api.nobody} | {name: api.sign_in(getattr(api, name).name) for name in CAST}

    @hypothesis.settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=NOISE,
        phases=[Phase.explicit, Phase.generate],
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        for name, person in people.items():
            hypothesis.note(f"as {name}")
            case.call_and_validate(headers=person.headers)

    try:
        # A strategy that cannot break the schema, for there is nothing to break, has no examples.
        with contextlib.suppress(hypothesis.errors.Unsatisfiable, unittest.SkipTest):
            run()
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 (it is the finding)
        parts = getattr(error, "exceptions", [error])
        notes = getattr(error, "__notes__", [])
        return "\n".join([*notes, *(f"{type(part).__name__}: {part}" for part in [error, *parts])])
    return ""


def check(api: Api, count: int) -> None:
    found = list(problems(api, count))
    assert not found, "\n\n".join(found)


@pytest.mark.timeout(600)
def test_no_answer_is_a_fault_or_undocumented(api: Api) -> None:
    check(api, EXAMPLES["ours"])


@pytest.mark.fuzz
@pytest.mark.timeout(7200)
def test_no_answer_is_a_fault_or_undocumented_however_long_one_tries(api: Api) -> None:
    check(api, EXAMPLES["fuzz"])
