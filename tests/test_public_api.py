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
FACADE = Path(kerasbook.__file__)
NAMES = sorted(kerasbook._HOME)


def read(path):
    """The text of a file."""
    return path.read_text(encoding="utf-8")


def imported_for_type_checkers():
    """Name and module of each import that only type checkers read."""
    tree = ast.parse(read(FACADE))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.asname: node.module.removeprefix("kerasbook.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_type_checkers_and_python_see_the_same_names():
    """The table that Python goes by and the imports that type checkers read are the same."""
    assert imported_for_type_checkers() == kerasbook._HOME


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_public_in_its_module(name):
    """Each name of the façade is in `__all__` of the module that it comes from."""
    module = importlib.import_module(f"kerasbook.{kerasbook._HOME[name]}")
    assert name in module.__all__


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_documented(name):
    """Each name has a docstring, and its module a page of the reference."""
    module = importlib.import_module(f"kerasbook.{kerasbook._HOME[name]}")
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
    """`import kerasbook` loads none of the libraries and none of its own modules."""
    code = (
        "import sys, kerasbook; "
        "print(sorted(m for m in sys.modules if m.partition('.')[0] in "
        "{'kerasbook', 'keras', 'numpy', 'matplotlib', 'h5py', 'rich', 'tensorflow'}))"
    )
    done = subprocess.run(  # noqa: S603  our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['kerasbook']"


def test_unknown_name_is_an_attribute_error():
    """A name that does not exist is said as Python says it."""
    with pytest.raises(AttributeError) as caught:
        kerasbook.conv_parms  # noqa: B018  the access is the test
    assert str(caught.value) == "module 'kerasbook' has no attribute 'conv_parms'"


def test_dir_lists_the_public_names():
    """Completion in a shell offers the names that exist, and each of them works."""
    assert dir(kerasbook) == sorted([*kerasbook.__all__, "__version__"])
    assert kerasbook.rules is importlib.import_module("kerasbook.rules")


def test_version_is_in_one_place():
    """The package's metadata has the version of the module."""
    from importlib.metadata import version  # noqa: PLC0415  only this test needs it

    assert version("kerasbook") == kerasbook.__version__
