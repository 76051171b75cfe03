"""Arguments as values of Python's own types: without NumPy, and with objects like its arrays."""

from __future__ import annotations

from array import array
from collections import UserList
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.values import entries, plain, written


class Table:
    """An object like an array: with a shape, a dtype, and its entries as lists."""

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
    """Lists become tuples at any depth, and other values keep their value and type."""
    assert plain(value) == tuples(value)
    assert repr(plain(value)) == repr(tuples(value))


@given(st.lists(st.integers(), max_size=5))
def test_every_sequence_has_the_entries_of_its_list(values):
    """Every ordered sequence with a length has the entries of its list."""
    for sequence in (values, tuple(values), UserList(values)):
        assert entries(sequence) == tuple(values)
    assert entries(range(len(values))) == tuple(range(len(values)))
    assert entries(array("d", values[:0])) == ()


@pytest.mark.parametrize("value", ["same", b"same", {"a": 1}, {1, 2}, 3, None, iter("ab"), int])
def test_what_is_one_value_has_no_entries(value):
    """Strings, dictionaries, sets and iterators are single values."""
    assert entries(value) is None
    assert plain(value) == value


def test_a_string_with_a_name_is_the_string():
    """An enumeration member that is a string becomes a plain string."""
    assert type(plain(Padding.SAME)) is str
    assert plain(Padding.SAME) == "same"


def test_small_arrays_are_shown_whole_and_large_ones_by_shape():
    """A message lists a small array's entries and gives a large array's dtype and shape."""
    small = Table(2, 2, values=[[1, 2], [3, 4]])
    assert plain(small) == ((1, 2), (3, 4))
    assert written(small) == "((1, 2), (3, 4))"
    large = Table(60000, 28, 28)
    assert plain(large) is large
    assert written(large) == "<uint8 array of shape (60000, 28, 28)>"
    unknown = Table(None, 3)
    assert plain(unknown) is unknown


def test_a_long_value_is_cut_short():
    """A message shows the first entries of a long list."""
    assert written([7] * 10**5) == "(7, 7, 7, 7, 7, 7, ...)"
