from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.rules import SAME, WHOLE, Window, everything, pointwise, spatial


@given(st.lists(st.one_of(st.none(), st.integers(1, 9)), min_size=1, max_size=5))
def test_one_tensor_is_seen_place_by_place(shape):
    """Alone nothing is broadcast: each unit sees itself."""
    assert pointwise(tuple(shape)) == ((SAME,) * (len(shape) - 1),)


@pytest.mark.parametrize(
    ("shapes", "views"),
    [
        (((None, 5, 3), (None, 1, 3)), ((SAME, SAME), (WHOLE, SAME))),
        (((None, 5, 3), (5, 3)), ((SAME, SAME), (Window(axis=2),))),
        (((None, 1, 3), (None, 1, 3)), ((SAME, SAME), (SAME, SAME))),
        (((None, None, 3), (None, 1, 3)), ((SAME, SAME), (WHOLE, SAME))),
    ],
)
def test_axes_of_one_are_broadcast(shapes, views):
    """Every unit sees the one position that there is; shorter shapes are aligned at the end."""
    assert pointwise(*shapes) == views


def test_channels_are_where_the_layout_says():
    """Windows go to the spatial axes."""
    window = Window(3)
    assert spatial([window], channels_first=False) == ((window, WHOLE),)
    assert spatial([window], channels_first=True, channels=SAME) == ((SAME, window),)


def test_everything_is_seen_of_every_input():
    """One view per axis but the batch."""
    assert everything((None, 2, 3), (None, 4)) == ((WHOLE, WHOLE), (WHOLE,))
