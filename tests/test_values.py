"""Values of users in Python's own types: without NumPy, and with what looks like its arrays."""

from __future__ import annotations

from array import array
from collections import UserList
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.values import entries, plain, written


class Table:
    """What an array looks like to the library: a shape, a type, and its entries as lists."""

    dtype = "uint8"

    def __init__(self, *shape, values=None):
        self.shape, self._values = shape, values

    def tolist(self):
        """The entries."""
        return self._values


class Padding(str, Enum):  # noqa: UP042  whose `str` is another one
    """A string with a name of its own."""

    SAME = "same"


NESTED = st.recursive(
    st.integers() | st.booleans() | st.none() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4),
)


def tuples(value):
    """Lists as tuples, all the way down."""
    return tuple(map(tuples, value)) if isinstance(value, list) else value


@given(NESTED)
def test_lists_become_tuples_and_the_rest_stays(value):
    """Values and types, at any depth."""
    assert plain(value) == tuples(value)
    assert repr(plain(value)) == repr(tuples(value))


@given(st.lists(st.integers(), max_size=5))
def test_every_sequence_has_the_entries_of_its_list(values):
    """Lists, tuples and whatever else is in order and has a length."""
    for sequence in (values, tuple(values), UserList(values)):
        assert entries(sequence) == tuple(values)
    assert entries(range(len(values))) == tuple(range(len(values)))
    assert entries(array("d", values[:0])) == ()


@pytest.mark.parametrize("value", ["same", b"same", {"a": 1}, {1, 2}, 3, None, iter("ab"), int])
def test_what_is_one_value_has_no_entries(value):
    """Strings and configurations are values; sets and iterators have no order, or only one."""
    assert entries(value) is None
    assert plain(value) == value


def test_a_string_with_a_name_is_the_string():
    """Keras writes it into a file, where only the string can stand."""
    assert type(plain(Padding.SAME)) is str
    assert plain(Padding.SAME) == "same"


def test_small_arrays_are_shown_whole_and_large_ones_by_shape():
    """No message is as long as a data set."""
    small = Table(2, 2, values=[[1, 2], [3, 4]])
    assert plain(small) == ((1, 2), (3, 4))
    assert written(small) == "((1, 2), (3, 4))"
    large = Table(60000, 28, 28)
    assert plain(large) is large
    assert written(large) == "<uint8 array of shape (60000, 28, 28)>"
    unknown = Table(None, 3)
    assert plain(unknown) is unknown


def test_a_long_value_is_cut_short():
    """Lists of any length are shown by their first entries."""
    assert written([7] * 10**5) == "(7, 7, 7, 7, 7, 7, ...)"
