"""Weighted sums: exact decimals, without the errors of floating point."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook import WeightedSum, weighted_sum
from kerasbook.errors import ArgumentError

EDGE = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]


def test_the_article_s_first_step():
    """The article's first sum is 2.8, without a rounding error."""
    window = [[0.6, 0.4, 0.6], [0.1, -0.2, -0.3], [-0.5, -0.4, -0.3]]
    step = weighted_sum(window, EDGE)
    assert (step.value, float(step)) == (2.8, 2.8)
    assert step.text == (
        "0.6·1 + 0.4·1 + 0.6·1 + 0.1·0 + (−0.2)·0 + (−0.3)·0 + "
        "(−0.5)·(−1) + (−0.4)·(−1) + (−0.3)·(−1) = 2.8"
    )


def test_the_article_s_second_step_is_positive():
    """The article's second sum is +0.3, where the article prints −0.1."""
    window = [[-0.7, 0.6, 0.2], [0.1, -0.2, -0.3], [-0.3, -0.4, 0.5]]
    assert weighted_sum(window, EDGE).value == 0.3


decimals = st.integers(-999, 999).map(lambda n: n / 100) | st.integers(-9, 9)
pairs = st.lists(st.tuples(decimals, decimals), min_size=1, max_size=9)


@given(pairs, decimals)
def test_the_sum_is_that_of_the_decimals_as_written(terms, bias):
    """The sum equals that of Python's decimals."""
    values, weights = zip(*terms, strict=True)
    step = weighted_sum(values, weights, bias=bias)
    exact = sum(Decimal(str(a)) * Decimal(str(b)) for a, b in terms) + Decimal(str(bias))
    assert Decimal(str(step.value)) == exact
    assert step.terms == tuple(terms)


@given(pairs, decimals)
def test_the_text_comes_to_the_value(terms, bias):
    """In text and LaTeX, the left side computed with decimals equals the right side."""
    step = weighted_sum(*zip(*terms, strict=True), bias=bias)
    left, right = step.text.split(" = ")
    python = re.sub(r"[\d.]+(e[-−]?\d+)?", r"D('\g<0>')", left)
    python = python.replace("·", "*").replace("−", "-")
    assert eval(python, {"D": Decimal}) == Decimal(right.replace("−", "-"))  # noqa: S307
    latex = step.latex.replace(r" \cdot ", "·").replace("-", "−")
    assert latex == step.text
    assert step._repr_latex_() == f"${step.latex}$"


def test_a_neuron_adds_its_bias():
    """The bias is written with its sign, and left out if there is none."""
    step = weighted_sum([5], [2], bias=-1)
    assert step == WeightedSum(value=9, terms=((5, 2),), bias=-1)
    assert step.text == "5·2 − 1 = 9"
    assert weighted_sum([5], [2], bias=0.5).text == "5·2 + 0.5 = 10.5"
    assert weighted_sum(5, 2).text == "5·2 = 10"
    assert weighted_sum([0.0], [-0.0]).text == "0·0 = 0"


class Array:
    """An object like an array: with rows, and scalars with an empty shape."""

    def __init__(self, values):
        self._values = values
        self.shape = (len(values),) if isinstance(values, list) else ()

    def __iter__(self):
        return (Array(value) for value in self._values)

    def __float__(self):
        return float(self._values)

    def __str__(self):
        return str(self._values)


def test_an_array_counts_as_its_rows():
    """Numbers in single precision are read by their shortest decimals."""
    window = Array([[0.6, 0.4], [0.1, 0.2]])
    assert weighted_sum(window, [[1, 1], [1, 1]]).value == 1.3


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "uint8"])
def test_a_numpy_array_is_read_as_numpy_writes_it(dtype):
    """Values may be arrays in single precision or of bytes."""
    import numpy as np  # noqa: PLC0415  comes with Keras

    scale = 100 if dtype == "uint8" else 1
    window = (np.array([[0.6, 0.4], [0.1, 0.2]]) * scale).round(2).astype(dtype)
    assert weighted_sum(window, np.ones((2, 2), dtype)).value == 1.3 * scale


@pytest.mark.parametrize(
    ("values", "weights", "expected_message"),
    [
        ([1, 2], [1, 2, 3], "weights must have the shape of values, (2,); received shape (3,)."),
        (
            [[1], [2]],
            [1, 2],
            "weights must have the shape of values, (2, 1); received shape (2,).",
        ),
        (
            [[1, 2], [3]],
            [1],
            (
                "values must have rows of equal lengths, and none empty; "
                "received values=((1, 2), (3,))."
            ),
        ),
        (
            [],
            [],
            "values must have rows of equal lengths, and none empty; received values=().",
        ),
        (
            [1, [2]],
            [1, 2],
            "values must have rows of equal lengths, and none empty; received values=(1, (2,)).",
        ),
        (
            "12",
            [1, 2],
            "values must be numbers, in nested sequences or an array; received values='12'.",
        ),
        (
            [1],
            [None],
            "weights must be numbers, in nested sequences or an array; received weights=None.",
        ),
        ([1], [float("nan")], "weights must be finite numbers; received weights=nan."),
        ([float("inf")], [1], "values must be finite numbers; received values=inf."),
        ([True], [1], "values must be finite numbers; received values=True."),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(values, weights, expected_message):
    """Each wrong argument gives its whole message."""
    with pytest.raises(ArgumentError) as caught:
        weighted_sum(values, weights)
    assert str(caught.value) == expected_message
