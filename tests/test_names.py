"""One name, one thing: no two modules define a class or function of the same name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import kerasbook

PACKAGE = Path(kerasbook.__file__).parent


def public_definitions():
    """Each public class and function at the top of a module, with the modules that define it."""
    homes = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                homes[node.name].append(path.relative_to(PACKAGE).with_suffix("").parts)
    return homes


def test_a_public_name_means_one_thing():
    """But for rules, which are named after the layer or the operation that they answer for."""
    several = {
        name: homes
        for name, homes in public_definitions().items()
        if len(homes) > 1 and {home[0] for home in homes} != {"rules"}
    }
    assert several == {}
