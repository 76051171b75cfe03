from __future__ import annotations

import pytest
from flop_counter import counted_macs, macs_run_by, needs_torch
from keras_oracle import agree, graph_of, keras, layers

from kerasbook.graph import graph_rows

pytestmark = pytest.mark.keras

MultiHead = layers.MultiHeadAttention
Grouped = layers.GroupQueryAttention


def attended(layer, *shapes, **keywords):
    """A model that calls a layer on query, value and key of these shapes; one is all three."""
    inputs = [keras.Input(shape) for shape in shapes]
    given = inputs * 2 if len(inputs) == 1 else inputs
    outputs = layer(*given, **keywords)
    return keras.Model(inputs, outputs)


def check_heads(layer, *shapes, **keywords):
    """The row of a layer of heads, held against Keras."""
    model = attended(layer, *shapes, **keywords)
    row = next(row for row in graph_rows(graph_of(model)) if row.node.name == layer.name)
    agree(row, layer, keras.tree.flatten(model.output))
    return row


# -------------------------------------------------------------------------- layers of heads

MULTI_HEAD = (
    ({}, [(10, 16)], 13_440),
    ({"use_bias": False}, [(10, 16)], 13_440),
    ({"value_dim": 5}, [(10, 16)], 2 * 10 * 16 * 16 + 2 * 10 * 16 * 10 + 2 * 100 * (8 + 5)),
    ({"output_shape": 7}, [(10, 16)], 3 * 2560 + 2 * 1600 + 10 * 16 * 7),
    ({"output_shape": (3, 4)}, [(10, 16)], 3 * 2560 + 2 * 1600 + 10 * 16 * 12),
    ({"use_gate": True}, [(10, 16)], 13_440 + 2560),
    ({"use_gate": True, "value_dim": 5}, [(10, 16)], 10_920 + 1600),
    ({"dropout": 0.1}, [(10, 16)], 13_440),
    ({"sliding_window": 3}, [(10, 16)], 13_440),
    ({}, [(10, 16), (6, 12)], 2560 + 2 * 6 * 12 * 16 + 2 * 2 * 60 * 8 + 2560),
    ({}, [(10, 16), (6, 12), (6, 9)], 2560 + 6 * 21 * 16 + 2 * 2 * 60 * 8 + 2560),
    ({}, [(4, 10, 16)], 4 * 4 * 2560 + 2 * 2 * 40 * 40 * 8),
    ({"attention_axes": 2}, [(4, 10, 16)], 4 * 4 * 2560 + 2 * 4 * 2 * 100 * 8),
    ({"attention_axes": [-2]}, [(4, 10, 16)], 4 * 4 * 2560 + 2 * 4 * 2 * 100 * 8),
    ({"attention_axes": 1}, [(4, 10, 16)], 4 * 4 * 2560 + 2 * 10 * 2 * 16 * 8),
)


@pytest.mark.parametrize(("options", "shapes", "macs"), MULTI_HEAD, ids=str)
def test_multi_head_attention_equals_keras(options, shapes, macs):
    """Weights are those of the projections; MACs those of the projections, the scores, the mix."""
    row = check_heads(MultiHead(num_heads=2, key_dim=8, **options), *shapes)
    assert row.macs.value == macs


def test_multi_head_attention_writes_its_arithmetic():
    """The table of cases that counters get wrong: 13,440, not 0 and not 10,240."""
    row = check_heads(MultiHead(num_heads=2, key_dim=8), (10, 16))
    assert row.macs.text == (
        "10·16·2·8 + 10·16·2·8 + 10·16·2·8 + 2·10·10·8 + 2·10·10·8 + 10·2·8·16 = 13,440"
    )
    assert row.node.params.text == "3·(16 + 1)·2·8 + (2·8 + 1)·16 = 1,088"


GROUPED = (
    ({}, [(10, 16)], 10_880),
    ({"use_bias": False}, [(10, 16)], 10_880),
    ({"use_gate": True}, [(10, 16)], 10_880 + 2560),
    ({"dropout": 0.1}, [(10, 16)], 10_880),
    ({}, [(10, 16), (6, 16)], 2 * 2560 + 2 * 6 * 16 * 8 + 2 * 4 * 60 * 4),
    ({}, [(10, 16), (6, 16), (6, 9)], 2 * 2560 + 6 * 25 * 8 + 2 * 4 * 60 * 4),
)


@pytest.mark.parametrize(("options", "shapes", "macs"), GROUPED, ids=str)
def test_grouped_query_attention_equals_keras(options, shapes, macs):
    """Key and value have heads of their own number; each query head compares all pairs."""
    layer = Grouped(head_dim=4, num_query_heads=4, num_key_value_heads=2, **options)
    row = check_heads(layer, *shapes)
    assert row.macs.value == macs


@pytest.mark.parametrize("layer", [MultiHead(2, 8), Grouped(8, 4, 2)], ids=["MultiHead", "Grouped"])
def test_attention_scores_are_a_second_output(layer):
    """They are returned on demand: one score per head and pair of tokens."""
    layer = type(layer).from_config(layer.get_config())
    row = check_heads(layer, (10, 16), return_attention_scores=True)
    assert len(row.node.facts.more_outputs) == 1


def test_the_scores_of_multi_head_attention_are_declared_square():
    """Keras says so even where the value is shorter, and builds what follows by it."""
    layer = MultiHead(2, 8)
    row = check_heads(layer, (10, 16), (6, 16), return_attention_scores=True)
    assert row.node.facts.more_outputs == ((None, 2, 10, 10),)


def test_masks_change_nothing_that_counts():
    """A causal mask or a mask of the user's hides products, but they are run."""
    tokens, mask = keras.Input((10, 16)), keras.Input((10, 10), dtype="bool")
    layer = MultiHead(2, 8)
    outputs = layer(tokens, tokens, attention_mask=mask, use_causal_mask=True)
    model = keras.Model([tokens, mask], outputs)
    row = next(r for r in graph_rows(graph_of(model)) if r.node.name == layer.name)
    agree(row, layer, [model.output])
    assert row.macs.value == 13_440
    assert len(row.node.facts.views) == 3


def test_tokens_of_unknown_number_stay_symbols():
    """Self-attention has one number of tokens, cross-attention two."""
    alone = check_heads(MultiHead(2, 8), (None, 16))
    assert set(alone.macs.symbols) == {"tokens"}
    crossed = check_heads(MultiHead(2, 8), (None, 16), (None, 16))
    assert set(crossed.macs.symbols) == {"tokens", "value_tokens"}


# -------------------------------------------------------------------- attention without heads

PLAIN = (
    (layers.Attention, {}, [(10, 16), (6, 16)], 60 * 16 + 60 * 16),
    (layers.Attention, {"use_scale": True}, [(10, 16), (6, 16)], 60 * 16 + 60 * 16),
    (layers.Attention, {}, [(10, 16), (6, 5), (6, 16)], 60 * 16 + 60 * 5),
    (layers.Attention, {"dropout": 0.1}, [(10, 16), (6, 16)], 60 * 16 + 60 * 16),
    # These scores are sums through tanh: only the mixing multiplies.
    (layers.Attention, {"score_mode": "concat"}, [(10, 16), (6, 16)], 60 * 16),
    (
        layers.Attention,
        {"score_mode": "concat", "use_scale": True},
        [(10, 16), (6, 16)],
        60 * 16,
    ),
    (layers.AdditiveAttention, {"use_scale": False}, [(10, 16), (6, 16)], 60 * 16),
)
WEIGHED = (
    (layers.AdditiveAttention, {}, [(10, 16), (6, 16)], 60 * 16 + 60 * 16),
    (layers.AdditiveAttention, {}, [(10, 16), (6, 5), (6, 16)], 60 * 16 + 60 * 5),
)


def listed(layer, shapes, **keywords):
    """A model that calls a layer on a list of query, value and key."""
    inputs = [keras.Input(shape) for shape in shapes]
    return keras.Model(inputs, layer(inputs, **keywords))


@pytest.mark.parametrize(("kind", "options", "shapes", "macs"), PLAIN + WEIGHED, ids=str)
@pytest.mark.parametrize("returned", [False, True])
def test_attention_equals_keras(kind, options, shapes, macs, returned):
    """Scores where they are products, and the mixing of the values."""
    layer = kind(**options)
    model = listed(layer, shapes, return_attention_scores=returned)
    row = next(row for row in graph_rows(graph_of(model)) if row.node.name == layer.name)
    agree(row, layer, keras.tree.flatten(model.output))
    assert row.macs.value == macs


# ------------------------------------------------------------------------------ what torch runs


@needs_torch
@pytest.mark.parametrize(("options", "shapes", "macs"), MULTI_HEAD, ids=str)
def test_multi_head_macs_are_what_torch_runs(options, shapes, macs):
    """The products that PyTorch counts while the layer runs."""
    model = attended(MultiHead(num_heads=2, key_dim=8, **options), *shapes)
    assert macs_run_by(model, *(keras.ops.ones((1, *shape)) for shape in shapes)) == macs


@needs_torch
@pytest.mark.parametrize(("options", "shapes", "macs"), GROUPED, ids=str)
def test_grouped_query_macs_are_what_torch_runs(options, shapes, macs):
    """The products that PyTorch counts while the layer runs."""
    layer = Grouped(head_dim=4, num_query_heads=4, num_key_value_heads=2, **options)
    model = attended(layer, *shapes)
    assert macs_run_by(model, *(keras.ops.ones((1, *shape)) for shape in shapes)) == macs


@needs_torch
@pytest.mark.parametrize(("kind", "options", "shapes", "macs"), PLAIN, ids=str)
def test_attention_macs_are_what_torch_runs(kind, options, shapes, macs):
    """The products that PyTorch counts while the layer runs."""
    assert counted_macs(kind(**options), *shapes) == macs


@needs_torch
@pytest.mark.parametrize(("kind", "options", "shapes", "macs"), WEIGHED, ids=str)
def test_torch_misses_the_weighing_of_additive_scores(kind, options, shapes, macs):
    """The scores are products with a vector of weights, run as `sum(scale * tanh(…))`.

    PyTorch counts no element-wise product, though this one is summed: it is v·tanh(…) in
    Bahdanau et al., 2014. So the scores are 10·6·16 more by hand.
    """
    assert counted_macs(kind(**options), *shapes) == macs - 10 * 6 * 16
