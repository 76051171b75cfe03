from __future__ import annotations

from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook.arithmetic import number, product
from kerasbook.rules import LayerFacts, prefixed, total, weight

NAMES = st.text("abcdef", min_size=1, max_size=3)
SIZES = st.dictionaries(NAMES, st.integers(1, 50), max_size=4)


@given(st.lists(SIZES, max_size=6))
def test_the_total_is_the_sum_of_the_sizes(shapes):
    """However the formula is bracketed, it comes to the number of weights."""
    weights = [weight(f"w{n}", sizes) for n, sizes in enumerate(shapes)]
    assert total(weights).value == sum(prod(sizes.values()) for sizes in shapes)


@given(st.lists(st.tuples(SIZES, st.booleans()), max_size=6))
def test_trained_and_kept_make_the_whole(shapes):
    """Each weight is on one side."""
    weights = tuple(weight(str(n), s, trainable=t) for n, (s, t) in enumerate(shapes))
    facts = LayerFacts((None, 1), weights=weights)
    assert facts.trainable.value + facts.non_trainable.value == facts.params.value
    assert facts.frozen().trainable.value == 0
    assert facts.frozen().params == facts.params


UNITS, GATES = number(8, "units"), product(4, number(8, "units"))


@pytest.mark.parametrize(
    ("shapes", "text"),
    [
        ([{"n": 3072, "u": 200}, {"u": 200}], "(3072 + 1)·200 = 614,600"),
        ([{"h": 4, "w": 4, "c": 3, "f": 10}, {"f": 10}], "(4·4·3 + 1)·10 = 490"),
        ([{"c": 32}] * 4, "4·32 = 128"),
        ([{"c": 32}], "32"),
        (
            [{"i": 4, "g": GATES}, {"u": UNITS, "g": GATES}, {"g": GATES}],
            "(4 + 8 + 1)·4·8 = 416",
        ),
        ([{"k": 3, "c": 6, "m": 2}, {"c": product(6, 2)}], "(3 + 1)·6·2 = 48"),
        ([{"d": 5, "h": 2}, {"h": 2}, {"d": 5, "h": 2}, {"h": 2}], "(5 + 5 + 2)·2 = 24"),
        ([{"a": 3, "b": 5}, {"c": 7}], "3·5 + 7 = 22"),
        ([{}], "1"),
        ([], "0"),
    ],
)
def test_totals_are_written_as_people_do(shapes, text):
    """What is shared by neighbours stands once, outside the brackets."""
    assert total(weight(str(n), sizes) for n, sizes in enumerate(shapes)).text == text


def test_factors_have_names():
    """A formula knows what its numbers count."""
    kernel = weight("kernel", {"inputs": 3, "units": 5})
    assert kernel.shape == (3, 5)
    assert total([kernel]).factors == {"inputs": 3, "units": 5}


def test_weights_inside_go_by_path():
    """A composite layer lists the weights of its parts under their names."""
    (inner,) = prefixed("query", [weight("kernel", {"n": 3}, trainable=False, dtype="int8")])
    assert (inner.name, inner.trainable, inner.dtype) == ("query/kernel", False, "int8")
