from __future__ import annotations

import pytest
from flop_counter import counted_macs, needs_torch
from hypothesis import given
from hypothesis import strategies as st
from keras_oracle import check, layers

from kerasbook.arithmetic import number
from kerasbook.rules.einsum import contraction

CASES = [
    ("ab,bc->ac", 7, "c", (5,)),
    ("abc,cd->abd", (None, 7), "d", (5, 6)),
    ("abc,cd->abd", (None, 7), "d", (None, 6)),
    ("abc,cd->abd", (5, 7), "bd", (5, 6)),
    ("...x,xy->...y", 7, "y", (5, 6)),
    ("...x,xy->...y", 7, None, (6,)),
    ("...xy,yz->...xz", (None, 7), "z", (2, 5, 6)),
    ("abc,cde->abde", (None, 2, 3), "de", (5, 6)),
    ("abc,cde->abde", (None, 2, 3), "d", (5, 6)),
    ("abcd,cde->abe", (None, 7), None, (5, 2, 3)),
    ("ab...,bc->ac...", 7, "c", (6, 5)),
    ("abc,bd->adc", (7, 6), "d", (5, 6)),
    ("abc,bd->adc", (7, None), None, (5, 6)),
]


@pytest.mark.keras
@pytest.mark.parametrize(("equation", "output_shape", "bias_axes", "shape"), CASES)
def test_einsum_dense_equals_keras(equation, output_shape, bias_axes, shape):
    """The letters decide the shapes of kernel, bias and output as in Keras."""
    check(layers.EinsumDense(equation, output_shape, bias_axes=bias_axes), shape)


@needs_torch
@pytest.mark.keras
@pytest.mark.parametrize(
    ("equation", "output_shape", "bias_axes", "shape"), [c for c in CASES if None not in c[3]]
)
def test_einsum_dense_macs_are_what_torch_runs(equation, output_shape, bias_axes, shape):
    """PyTorch counts the same products."""

    def make():
        return layers.EinsumDense(equation, output_shape, bias_axes=bias_axes)

    assert check(make(), shape).macs.value == counted_macs(make(), shape)


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True), st.data())
def test_contraction_counts_pairs_of_positions(one, data):
    """As many products as combinations of all axes, if one is summed over; else none."""
    other = data.draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True))
    both = list(dict.fromkeys(one + other))
    result = data.draw(st.lists(st.sampled_from(both), unique=True))
    sizes = {label: number(place + 2) for place, label in enumerate("abcdef")}
    macs = contraction(one, other, result=result, sizes=sizes).value
    summed = (set(one) & set(other)) - set(result)
    alone = (set(one) ^ set(other)) - set(result)
    counted = 1
    for label in both:
        counted *= 1 if label in alone else sizes[label].value
    assert macs == (counted if summed else 0)
