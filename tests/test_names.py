"""One name, one thing: no two modules define a class or function of the same name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import kerasbook

PACKAGE = Path(kerasbook.__file__).parent


def is_rule(node):
    """Whether a function answers for a layer or an operation, or makes a function that does."""
    if not isinstance(node, ast.FunctionDef) or node.returns is None:
        return False
    takes = [ast.unparse(each.annotation) for each in node.args.args if each.annotation is not None]
    gives = ast.unparse(node.returns)
    return gives == "Rule" or (gives == "LayerFacts" and takes == ["LayerSpec"])


def public_definitions():
    """Each public class and function at the top of a module, with the modules that define it.

    Rules are left out: in `rules/` they are named after the layer that they answer for, and in
    `rules/operations/` after the operation of `keras.ops`.
    """
    homes = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                if place.parts[0] == "rules" and is_rule(node):
                    continue
                homes[node.name].append(str(place))
    return homes


def test_a_public_name_means_one_thing():
    """But for rules, which are named after the layer or the operation that they answer for."""
    several = {name: homes for name, homes in public_definitions().items() if len(homes) > 1}
    assert several == {}
