"""The public names: the façade, each module's `__all__`, the documentation and the tests agree."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kerasbook

ROOT = Path(__file__).parents[1]
HOMES = {name: room for room, names in kerasbook._CONTENTS.items() for name in names.split()}
NAMES = sorted(HOMES)
WHOLE = ("builders", "calculators", "displays")
ROOMS = sorted(
    path.parent.name
    for path in Path(kerasbook.__file__).parent.glob("*/__init__.py")
    if path.parent.name not in {"book", "diagrams", "drawing", "files", "graph"}
)


def read(path):
    """The text of a file."""
    return path.read_text(encoding="utf-8")


def shown_to_type_checkers():
    """The names that the imports under `TYPE_CHECKING` give, whole rooms by their `__all__`."""
    tree = ast.parse(read(Path(kerasbook.__file__)))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    for node in block.body:
        names = [alias.name for alias in node.names]
        yield from importlib.import_module(node.module).__all__ if names == ["*"] else names


def test_type_checkers_and_python_see_the_same_names():
    """The table that Python goes by and the imports that type checkers read are the same."""
    assert sorted(shown_to_type_checkers()) == sorted(kerasbook.__all__)


def test_rooms_are_attributes():
    """Every room of use to others is reachable from `kerasbook`, without a second import."""
    assert sorted(kerasbook._ROOMS) == sorted([*ROOMS, "errors"])
    for room in kerasbook._ROOMS:
        assert getattr(kerasbook, room) is importlib.import_module(f"kerasbook.{room}")


@pytest.mark.parametrize("room", WHOLE)
def test_whole_rooms_are_at_the_root(room):
    """Builders, calculators and displays are all in `kerasbook` itself."""
    names = importlib.import_module(f"kerasbook.{room}").__all__
    assert sorted(names) == sorted(name for name in NAMES if HOMES[name] == room)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_public_in_its_module(name):
    """Each name of the façade is in `__all__` of the module that it comes from."""
    module = importlib.import_module(f"kerasbook.{HOMES[name]}")
    assert name in module.__all__


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_documented(name):
    """Each name has a docstring, and its module a page of the reference."""
    module = importlib.import_module(f"kerasbook.{HOMES[name]}")
    pages = (ROOT / "docs" / "reference").glob("*.md")
    shown = re.findall(r"^::: (\S+)$", "".join(map(read, pages)), re.MULTILINE)
    # What is imported on first use is not seen in its package: the page names each.
    lazy = name not in vars(module)
    assert (f"{module.__name__}.{name}" if lazy else module.__name__) in shown
    assert (getattr(module, name).__doc__ or "").strip()


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_tested(name):
    """Each name occurs in a test besides this one."""
    tests = (path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__))
    assert any(re.search(rf"\b{name}\b", read(path)) for path in tests)


def test_import_loads_nothing_else():
    """`import kerasbook` loads none of the libraries and none of its own rooms."""
    code = (
        "import sys, kerasbook; "
        "print(sorted(m for m in sys.modules if m.partition('.')[0] in "
        "{'kerasbook', 'keras', 'numpy', 'matplotlib', 'h5py', 'rich', 'tensorflow'}))"
    )
    done = subprocess.run(  # noqa: S603  our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['kerasbook', 'kerasbook.lazy']"


def test_unknown_name_is_an_attribute_error():
    """A name that does not exist is said as Python says it."""
    with pytest.raises(AttributeError) as caught:
        kerasbook.conv_parms  # noqa: B018  the access is the test
    assert str(caught.value) == "module 'kerasbook' has no attribute 'conv_parms'"


def test_dir_lists_the_public_names():
    """Completion in a shell offers the names that exist, and each of them works."""
    assert dir(kerasbook) == sorted(kerasbook.__all__)
    assert kerasbook.rules is importlib.import_module("kerasbook.rules")


def test_version_is_in_one_place():
    """The package's metadata has the version of the module."""
    from importlib.metadata import version  # noqa: PLC0415  only this test needs it

    assert version("kerasbook") == kerasbook.__version__
