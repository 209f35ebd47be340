"""One word, one thing: no two classes of the product have the same name."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2] / "src" / "crier"
SAME_THING = {
    "Click": "a click, and its row",
    "Delivery": "one bot's part of a broadcast, and its row",
    "ForbiddenTransitionError": "a step that a state does not allow, of a bot and of a delivery",
    "Message": "Telegram's message, and its row",
    "User": "Telegram's account of a person or bot, and an account of Crier",
}
"""Why a name stands for two classes: they are the same thing in two places, or each is its own
world's word for it."""


def test_no_two_classes_have_one_name() -> None:
    places = defaultdict(list)
    for path in ROOT.rglob("*.py"):
        if "sandbox" not in path.parts:  # shares nothing with the product
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(str(path.relative_to(ROOT)))
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: twice[name] for name in twice.keys() - SAME_THING.keys()} == {}
    assert SAME_THING.keys() <= twice.keys()
