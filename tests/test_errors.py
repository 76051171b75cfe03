"""The error tree is what its docstring draws."""

from __future__ import annotations

import re

import pytest

from kerasbook import errors


def test_the_drawing_names_every_class_and_its_built_in_parent():
    """The tree in the module's docstring lists the classes, each with the built-in in brackets."""
    drawn = dict(re.findall(r"── (\w+) +\((\w+)\)", errors.__doc__))
    assert sorted([*drawn, "KerasbookError"]) == sorted(errors.__all__)
    for name, built_in in drawn.items():
        parents = [parent.__name__ for parent in getattr(errors, name).__bases__]
        assert parents == ["KerasbookError", built_in]


@pytest.mark.parametrize("name", errors.__all__)
def test_one_except_catches_all(name):
    """`except KerasbookError` catches each error and keeps its message."""
    with pytest.raises(errors.KerasbookError) as caught:
        raise getattr(errors, name)("units must be at least 1; received units=0.")
    assert str(caught.value) == "units must be at least 1; received units=0."


def test_the_base_is_no_value_error():
    """The base class and `MissingDependencyError` are not `ValueError`s."""
    assert not issubclass(errors.KerasbookError, ValueError | ImportError)
    assert not issubclass(errors.MissingDependencyError, ValueError)
