"""Calculators and layer rules, which are written independently, agree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasbook as kb
from kerasbook.rules import LAYERS, Layer, LayerSpec, Tensor

small = st.integers(1, 6)
switch = st.booleans()


def facts(class_name, config, *shapes):
    """The facts that the rule of a class gives for inputs of these shapes."""
    layer = Layer(class_name, "layer", config, module="keras.layers")
    return LAYERS[class_name](LayerSpec(layer, tuple(Tensor(shape) for shape in shapes)))


@st.composite
def convolutions(draw):
    """The axes, window and channels of a random convolution whose output is not empty."""
    rank = draw(st.integers(1, 2))
    kernel_size = tuple(draw(st.lists(st.integers(1, 4), min_size=rank, max_size=rank)))
    strides, dilation_rate = draw(st.sampled_from([(1, 1), (2, 1), (3, 1), (1, 2)]))
    window = {
        "strides": strides,
        "dilation_rate": dilation_rate,
        "padding": draw(st.sampled_from(["valid", "same"])),
    }
    groups = draw(st.integers(1, 3))
    depth = {"channels": groups * draw(small), "filters": groups * draw(small)}
    size = tuple(draw(st.lists(st.integers(7, 12), min_size=rank, max_size=rank)))
    return size, kernel_size, window, depth, groups


def _agree(rule, *, sizes=None, params=None, macs=None):
    """Assert that a rule's facts have the values and texts of the calculators."""
    if sizes is not None:
        assert rule.output_shape[1:-1] == tuple(sizes)
    if params is not None:
        assert rule.params.value == params
    if macs is not None:
        assert rule.macs.value == macs


@given(convolutions(), switch)
def test_convolutions_agree(setting, use_bias):
    """Rule and calculator agree on sizes, parameters and MACs of all kinds of convolutions."""
    size, kernel_size, window, depth, groups = setting
    rank = len(size)
    config = {
        "filters": depth["filters"],
        "kernel_size": kernel_size,
        "use_bias": use_bias,
        "data_format": "channels_last",
        **window,
    }
    shape = (None, *size, depth["channels"])
    _agree(
        facts(f"Conv{rank}D", {**config, "groups": groups}, shape),
        sizes=kb.conv_output_size(size, kernel_size, **window),
        params=kb.conv_params(kernel_size=kernel_size, groups=groups, use_bias=use_bias, **depth),
        macs=kb.conv_macs(size, kernel_size, groups=groups, **depth, **window),
    )
    _agree(
        facts(f"Conv{rank}DTranspose", config, shape),
        sizes=kb.conv_transpose_output_size(size, kernel_size, **window),
        params=kb.conv_transpose_params(kernel_size=kernel_size, use_bias=use_bias, **depth),
        macs=kb.conv_transpose_macs(size, kernel_size, **depth),
    )


@given(convolutions(), switch, st.integers(1, 3))
def test_depthwise_and_separable_convolutions_agree(setting, use_bias, depth_multiplier):
    """Rule and calculator agree on depthwise and separable convolutions with a multiplier."""
    size, kernel_size, window, depth, _ = setting
    channels, filters = depth["channels"], depth["filters"]
    shape = (None, *size, channels)
    config = {
        "kernel_size": kernel_size,
        "depth_multiplier": depth_multiplier,
        "use_bias": use_bias,
        "data_format": "channels_last",
        **window,
    }
    own = {"channels": channels, "depth_multiplier": depth_multiplier}
    _agree(
        facts(f"DepthwiseConv{len(size)}D", config, shape),
        params=kb.depthwise_conv_params(kernel_size=kernel_size, use_bias=use_bias, **own),
        macs=kb.depthwise_conv_macs(size, kernel_size, **own, **window),
    )
    own["filters"] = filters
    _agree(
        facts(f"SeparableConv{len(size)}D", {**config, "filters": filters}, shape),
        params=kb.separable_conv_params(kernel_size=kernel_size, use_bias=use_bias, **own),
        macs=kb.separable_conv_macs(size, kernel_size, **own, **window),
    )


@given(st.integers(4, 20), st.integers(1, 4), st.integers(1, 4), st.sampled_from(["valid", "same"]))
def test_pooling_agrees(size, pool_size, strides, padding):
    """Rule and calculator agree on the output sizes of a pooling."""
    config = {
        "pool_size": pool_size,
        "strides": strides,
        "padding": padding,
        "data_format": "channels_last",
    }
    expected = kb.pool_output_size((size,), pool_size, strides=strides, padding=padding)
    _agree(facts("MaxPooling1D", config, (None, size, 3)), sizes=expected)


@given(st.lists(small, max_size=2), small, small, switch)
def test_dense_layers_agree(outer_shape, inputs, units, use_bias):
    """Rule and calculator agree on dense layers with inputs of any rank."""
    _agree(
        facts("Dense", {"units": units, "use_bias": use_bias}, (None, *outer_shape, inputs)),
        params=kb.dense_params(inputs, units, use_bias=use_bias),
        macs=kb.dense_macs(inputs, units, outer_shape=outer_shape),
    )


@given(small, switch, switch)
def test_normalizations_agree(channels, center, scale):
    """Rule and calculator agree on trainable and other parameters of normalizations."""
    options = {"center": center, "scale": scale}
    rule = facts("BatchNormalization", {"axis": -1, **options}, (None, 4, channels))
    ours = kb.batch_norm_params(channels, **options)
    _agree(rule, params=ours)
    assert sum(w.size.value for w in rule.weights if w.trainable) == ours.trainable
    rule = facts("LayerNormalization", {"axis": -1, **options}, (None, 4, channels))
    _agree(rule, params=kb.layer_norm_params(channels, **options))


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
@given(timesteps=small, inputs=small, units=small, use_bias=switch)
def test_recurrent_layers_agree(name, timesteps, inputs, units, use_bias):
    """Rule and calculator agree on parameters and MACs of recurrent layers."""
    short = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}[name]
    config = {"units": units, "use_bias": use_bias, "reset_after": True}
    _agree(
        facts(name, config, (None, timesteps, inputs)),
        params=getattr(kb, f"{short}_params")(inputs, units, use_bias=use_bias),
        macs=getattr(kb, f"{short}_macs")(inputs, units, timesteps=timesteps),
    )


@settings(deadline=None)
@given(
    tokens=small,
    inputs=small,
    num_heads=small,
    key_dim=small,
    value_dim=st.none() | small,
    value_tokens=small,
    value_inputs=small,
    use_bias=switch,
    use_gate=switch,
)
def test_attention_agrees(**setting):
    """Rule and calculator agree on multi-head attention between two sequences."""
    tokens = {name: setting.pop(name) for name in ("tokens", "value_tokens")}
    use_bias = setting.pop("use_bias")
    inside = {name: setting[name] for name in ("num_heads", "key_dim", "value_dim", "use_gate")}
    rule = facts(
        "MultiHeadAttention",
        {**inside, "value_dim": inside["value_dim"] or inside["key_dim"], "use_bias": use_bias},
        (None, tokens["tokens"], setting["inputs"]),
        (None, tokens["value_tokens"], setting["value_inputs"]),
    )
    _agree(
        rule,
        params=kb.multi_head_attention_params(use_bias=use_bias, **setting),
        macs=kb.multi_head_attention_macs(**tokens, **setting),
    )


@given(small, small)
def test_embeddings_agree(input_dim, output_dim):
    """Rule and calculator agree on embeddings."""
    rule = facts("Embedding", {"input_dim": input_dim, "output_dim": output_dim}, (None, 3))
    _agree(rule, params=kb.embedding_params(input_dim, output_dim))


@given(
    tokens=small,
    inputs=small,
    head_dim=small,
    shared=small,
    repeats=small,
    use_bias=switch,
)
def test_group_query_attention_agrees(shared, repeats, use_bias, **setting):
    """Rule and calculator agree on grouped-query attention."""
    heads = {
        "head_dim": setting["head_dim"],
        "num_query_heads": shared * repeats,
        "num_key_value_heads": shared,
    }
    shape = (None, setting["tokens"], setting["inputs"])
    outside = {"inputs": setting["inputs"]}
    _agree(
        facts("GroupQueryAttention", {**heads, "use_bias": use_bias}, shape, shape),
        params=kb.group_query_attention_params(use_bias=use_bias, **heads, **outside),
        macs=kb.group_query_attention_macs(tokens=setting["tokens"], **heads, **outside),
    )
