"""A route that compiles late how it writes its path writes the same."""

from typing import Any

import pytest
from werkzeug.routing import Map, Rule

from crier.api.http.web import LazyRule


@pytest.mark.parametrize("values", [{"rule": 5}, {"rule": 5, "self": "a b"}])
def test_a_route_writes_its_path_as_werkzeug_has_it(values: dict[str, Any]) -> None:
    def written(kind: type[Rule]) -> list[str]:
        routes = Map([kind("/bots/<int:rule>/<page>", defaults={"page": 1}, endpoint="bot")])
        adapter = routes.bind("crier.example")
        return [adapter.build("bot", values, append_unknown=unknown) for unknown in (True, False)]

    assert written(LazyRule) == written(Rule)
