"""Attention layers: weights compared with Keras, MACs with the einsums that it computes."""

from __future__ import annotations

from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasbook import (
    group_query_attention_macs,
    group_query_attention_params,
    multi_head_attention_macs,
    multi_head_attention_params,
)
from kerasbook.errors import ArgumentError

small = st.integers(1, 5)
optional = st.none() | small


def einsum_macs(equations, **sizes):
    """The number of products in a list of einsums: for each, all combinations of its indices."""
    return sum(prod(sizes[index] for index in set(equation) - set(",->")) for equation in equations)


def test_the_case_that_counters_get_wrong():
    """Width 16, 2 heads and 10 tokens give 13,440 MACs, where other counters give 0 or 10,240."""
    macs = multi_head_attention_macs(tokens=10, inputs=16, num_heads=2, key_dim=8)
    assert (macs, macs.flops) == (13_440, 26_880)


@given(
    tokens=small,
    inputs=small,
    num_heads=small,
    key_dim=small,
    value_dim=optional,
    output_shape=optional | st.lists(small, max_size=2),
    value_tokens=optional,
    value_inputs=optional,
    key_inputs=optional,
    use_gate=st.booleans(),
)
def test_multi_head_macs_are_those_of_its_einsums(**setting):
    """The MACs are those of the projections, the scores and the weighted sums, one by one."""
    value_inputs = setting["value_inputs"] or setting["inputs"]
    output = setting["output_shape"] or setting["inputs"]
    sizes = {
        "t": setting["tokens"],
        "s": setting["value_tokens"] or setting["tokens"],
        "d": setting["inputs"],
        "k": setting["key_inputs"] or value_inputs,
        "v": value_inputs,
        "n": setting["num_heads"],
        "h": setting["key_dim"],
        "w": setting["value_dim"] or setting["key_dim"],
        "o": prod(output) if isinstance(output, list) else output,
    }
    equations = ["td,dnh->tnh", "sk,knh->snh", "sv,vnw->snw", "tnh,snh->nts", "nts,snw->tnw"]
    gate = ["td,dnw->tnw"] if setting["use_gate"] else []
    expected = einsum_macs([*equations, *gate, "tnw,nwo->to"], **sizes)
    assert multi_head_attention_macs(**setting) == expected


@given(
    tokens=small,
    inputs=small,
    head_dim=small,
    groups=small,
    num_key_value_heads=small,
    value_tokens=optional,
    value_inputs=optional,
    key_inputs=optional,
    use_gate=st.booleans(),
)
def test_grouped_query_macs_are_those_of_its_einsums(groups, **setting):
    """Keys and values are projected once per shared head, and scored by every query head."""
    query_heads = groups * setting["num_key_value_heads"]
    value_inputs = setting["value_inputs"] or setting["inputs"]
    sizes = {
        "q": setting["tokens"],
        "s": setting["value_tokens"] or setting["tokens"],
        "m": setting["inputs"],
        "k": setting["key_inputs"] or value_inputs,
        "x": value_inputs,
        "u": query_heads,
        "v": setting["num_key_value_heads"],
        "h": setting["head_dim"],
    }
    equations = ["qm,muh->quh", "sk,kvh->svh", "sx,xvh->svh", "quh,suh->uqs", "uqs,suh->quh"]
    gate = ["qm,muh->quh"] if setting["use_gate"] else []
    expected = einsum_macs([*equations, *gate, "quh,uhm->qm"], **sizes)
    assert group_query_attention_macs(num_query_heads=query_heads, **setting) == expected


def test_heads_that_do_not_divide_are_refused():
    """Each wrong argument gives its whole message."""
    with pytest.raises(ArgumentError) as caught:
        group_query_attention_params(
            inputs=16, head_dim=4, num_query_heads=6, num_key_value_heads=4
        )
    assert str(caught.value) == (
        "num_key_value_heads must divide num_query_heads=6; received num_key_value_heads=4."
    )


@pytest.mark.keras
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("use_gate", [True, False])
@pytest.mark.parametrize("value_dim", [None, 5])
@pytest.mark.parametrize("output_shape", [None, 7, (2, 3)])
def test_multi_head_parameters_equal_keras(use_bias, use_gate, value_dim, output_shape):
    """Parameters equal Keras's for all options and for inputs of different widths."""
    from keras import layers  # noqa: PLC0415  loads a backend

    options = {
        "num_heads": 3,
        "key_dim": 4,
        "value_dim": value_dim,
        "output_shape": output_shape,
        "use_bias": use_bias,
        "use_gate": use_gate,
    }
    layer = layers.MultiHeadAttention(**options)
    layer.build((None, 6, 8), (None, 9, 10), (None, 9, 11))
    ours = multi_head_attention_params(inputs=8, value_inputs=10, key_inputs=11, **options)
    assert ours == layer.count_params()


@pytest.mark.keras
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("use_gate", [True, False])
@pytest.mark.parametrize("heads", [(4, 4), (4, 2), (6, 1)])
def test_grouped_query_parameters_equal_keras(use_bias, use_gate, heads):
    """Parameters equal Keras's for all options and for inputs of different widths."""
    from keras import layers  # noqa: PLC0415  loads a backend

    options = {
        "head_dim": 5,
        "num_query_heads": heads[0],
        "num_key_value_heads": heads[1],
        "use_bias": use_bias,
        "use_gate": use_gate,
    }
    layer = layers.GroupQueryAttention(**options)
    layer.build((None, 6, 8), (None, 9, 10), (None, 9, 11))
    ours = group_query_attention_params(inputs=8, value_inputs=10, key_inputs=11, **options)
    assert ours == layer.count_params()
